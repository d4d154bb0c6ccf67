import itertools
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from stylegauge.metrics.backbones.base import Backbone

GOLDEN = Path(__file__).parents[1] / "golden"


class TinyBackbone(Backbone):
    """Stands in for a backbone where a test is about what is done with features: five small random layers."""

    preprocessing = "tiny"
    taps = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    embedding_taps = ("relu4_1", "relu5_1")
    minimum_side = 16

    def __init__(self, name="embedded", seed=0):
        super().__init__(name, sha256=f"tiny {seed}")
        generator = torch.Generator().manual_seed(seed)
        self.channels = dict(zip(self.taps, (4, 6, 8, 8, 10)))
        widths = [3, *self.channels.values()]
        self.kernels = [torch.randn(b, a, 3, 3, generator=generator) / a for a, b in itertools.pairwise(widths)]
        self._heads = {tap: torch.rand(c, generator=generator) for tap, c in self.channels.items()}
        self.images_seen = 0
        self.taps_asked = []

    @property
    def lpips_heads(self):
        return self._heads

    def prepare(self, images):
        return images - 0.5

    def walk(self, prepared, taps):
        self.images_seen += len(prepared)
        self.taps_asked.append(taps)
        x = prepared
        for stage, (tap, kernel) in enumerate(zip(self.taps, self.kernels)):
            x = F.relu(F.conv2d(F.max_pool2d(x, 2) if stage else x, kernel, padding=1))
            if tap in taps:
                yield tap, x

    def embed(self, features):
        return torch.cat([features[tap].mean((2, 3)) for tap in self.embedding_taps], dim=1)


@pytest.fixture
def tiny_backbone():
    return TinyBackbone()


@pytest.fixture
def make_backbone():
    """A tiny backbone by name, with weights of its own by seed."""
    return TinyBackbone


@pytest.fixture(scope="session")
def golden():
    """Numbers of a golden file by name: golden("frechet")["values"]."""
    return lambda name: json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def golden_inputs():
    """The functions that make the golden files' inputs."""
    return SimpleNamespace(**runpy.run_path(str(GOLDEN / "make.py")))


@pytest.fixture(scope="session")
def as_tensor():
    """A uint8 [H, W, 3] or grey [H, W] array to [1, 3, H, W] in [0, 1], in the dtype asked for."""

    def convert(image, dtype=torch.float32):
        rgb = torch.tensor(image, dtype=torch.float64) / 255
        rgb = rgb.expand(3, -1, -1) if rgb.ndim == 2 else rgb.permute(2, 0, 1)
        return rgb[None].to(dtype)

    return convert


@pytest.fixture
def images():
    """Random 8-bit images of one size: images(n, seed) -> [n, 3, 40, 48]."""

    def make(n, seed=0, size=(40, 48)):
        generator = torch.Generator().manual_seed(seed)
        return torch.randint(0, 256, (n, 3, *size), generator=generator) / 255

    return make
