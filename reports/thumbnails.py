"""Pictures small enough that a whole run fits one page: WebP, each stored once, within a budget of bytes."""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from stylegauge.datasets.images import load_image

SIDE = 192  # pixels of the longer side
BUDGET = 7_500_000  # characters of base64; the rest of a page of 10 MB is tables, plots and the pictures of the gallery
_QUALITIES = (80, 70, 60, 50, 40)  # below, artefacts of the codec would be taken for the model's
_SAMPLE = 48  # pictures from which the quality is first guessed


@dataclass(frozen=True)
class Thumbnails:
    """What was kept: path -> base64 of a WebP file, in the order given, at one quality for all.

    left_out: how many of the pictures found did not fit the budget
    """

    images: dict[Path, str]
    quality: int
    left_out: int


def encode(path: Path, quality: int) -> str:
    """One picture as base64 WebP, `SIDE` pixels on its longer side; never enlarged."""
    from PIL import Image

    image = Image.fromarray(load_image(path))  # upright and on white, as it was scored
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, "WEBP", quality=quality, method=4)
    return base64.b64encode(file.getvalue()).decode("ascii")


def encode_all(paths: Sequence[Path], budget: int = BUDGET) -> Thumbnails:
    """Thumbnails of all pictures that exist, at the best quality that fits; what still does not fit is left out.

    paths: the most important first, for it is the end of the list that is left out
    """
    present = [path for path in dict.fromkeys(paths) if path.exists()]
    for quality in _QUALITIES[_QUALITIES.index(_guess(present, budget)) :]:
        images = dict(zip(present, _encode_many(present[: _most(present, budget)], quality)))
        if len(images) == len(present) and sum(map(len, images.values())) <= budget:
            return Thumbnails(images, quality, 0)
    return _cut(images, quality, budget, len(present))


def _encode_many(paths: Sequence[Path], quality: int) -> list[str]:
    with ThreadPoolExecutor(2) as threads:  # the codec works outside the interpreter's lock
        return list(threads.map(lambda path: encode(path, quality), paths))


def _guess(paths: Sequence[Path], budget: int) -> int:
    """The quality at which a sample says that all would fit."""
    # Not every nth: the list goes pair by pair through the same models, so a stride would meet the same few of them.
    sample = random.Random(0).sample(list(paths), min(len(paths), _SAMPLE))  # noqa: S311
    for quality in _QUALITIES:
        size = sum(map(len, _encode_many(sample, quality)))
        if size * len(paths) <= 0.95 * budget * len(sample):
            return quality
    return _QUALITIES[-1]


def _most(paths: Sequence[Path], budget: int) -> int:
    """More pictures than this do not fit: photographs and paintings seldom get below 2.5 KB."""
    return min(len(paths), budget // 2_500)


def _cut(images: dict[Path, str], quality: int, budget: int, found: int) -> Thumbnails:
    kept: dict[Path, str] = {}
    used = 0
    for path, data in images.items():
        used += len(data)
        if used > budget:
            break
        kept[path] = data
    return Thumbnails(kept, quality, found - len(kept))
