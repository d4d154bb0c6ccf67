from pathlib import Path

import numpy as np
import pytest
from PIL import Image

FAULTS = '''
import time
import torch


def good(content, style):
    return 0.5 * content + 0.5 * style


def slow(content, style):
    time.sleep(0.15)
    return 0.25 * content + 0.75 * style


def drawn(content, style):
    """Draws from the global generator, as many models do."""
    return (content + 0.1 * torch.randn(content.shape)).clamp(0, 1)


def greedy(content, style):
    """Writes into what it was given."""
    return content.mul_(0).add_(style)


def raises(content, style):
    raise RuntimeError("no such luck\\nsecond line")


def leaves(content, style):
    raise SystemExit(3)


def nothing(content, style):
    pass


def nans(content, style):
    return content / 0 * 0


def small(content, style):
    return content[:, :, ::2, ::2]


def bytes_(content, style):
    return content * 255


def sometimes(content, style):
    """Fails for dark contents only, alone or in a batch."""
    if (content.mean(dim=(1, 2, 3)) < 0.3).any():
        raise ValueError("too dark")
    return content


def one_at_a_time(content, style):
    if len(content) > 1:
        raise ValueError("batches are not supported")
    return content


class Unbuilt:
    def __init__(self):
        raise OSError("weights are missing")
'''


def picture(seed: int, size: tuple[int, int] = (40, 40), level: int = 128) -> Image.Image:
    """A smooth picture with some texture, so that features have something to see."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    wave = ((rows * (seed + 1) + columns * 2) % 32)[..., None] * np.array([1, 2, 1])
    return Image.fromarray(np.clip(level - 32 + wave + rng.integers(0, 9, (*size, 3)), 0, 255).astype(np.uint8))


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """contents/ with three pictures (c0 dark), styles/ with three, models.py with everything that goes wrong."""
    for role, levels in (("contents", (40, 130, 180)), ("styles", (90, 150, 200))):
        (tmp_path / role).mkdir()
        for index, level in enumerate(levels):
            seed = index if role == "contents" else 10 + index
            picture(seed, level=level).save(tmp_path / role / f"{role[0]}{index}.png")
    (tmp_path / "models.py").write_text(FAULTS)
    return tmp_path
