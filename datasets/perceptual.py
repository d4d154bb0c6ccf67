"""A perceptual hash: 64 bits that stay nearly the same when a picture is resized, recompressed or brightened.

The hash of Zauner (2010), "Implementation and Benchmarking of Perceptual Image Hash Functions", section 3.2.1, as in
pHash: of the luminance at 32 x 32 the discrete cosine transform; of its 8 x 8 lowest frequencies, those that are
constant along a side left out, which are above their median. Here the picture is averaged down and not blurred first,
and several views of it are hashed, each also as its mirror image, since the hash itself follows no crop.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

VERSION = 1  # of what is computed here; a cache of another version is not read
SIDE, KEPT = 32, 8
BITS = KEPT * KEPT
Box = tuple[float, float, float, float]  # left, top, right, bottom as parts of the sides

# What is cut off: 5 % at every edge, or 7 % at two edges that meet; crops between these and the whole are near both.
_INNER, _CORNER = 0.05, 0.07
# "centre" is the largest centred square: benchmarks cut squares from photographs that training folders hold whole.
VIEWS = ("whole", "centre", "inner", "top left", "top right", "bottom left", "bottom right")
_SMALL = 128  # views are cut from the picture at this size: reading the full one seven times costs as much as decoding


@dataclass(frozen=True)
class Fingerprint:
    """What is known of a picture's looks.

    hashes: uint64 [views, 2], in the order of VIEWS; of the view, and of its mirror image
    contrast: deviation of the luminance at 32 x 32, in levels of 255; near 0 the bits tell noise
    """

    hashes: NDArray[np.uint64]
    contrast: float


def fingerprint(pixels: NDArray[np.uint8]) -> Fingerprint:
    """The fingerprint of a picture, uint8 [H, W, 3]."""
    grey = Image.fromarray(pixels).convert("L").resize((_SMALL, _SMALL), Image.Resampling.BOX)
    height, width = pixels.shape[:2]
    seen = [_luminance(grey, view_box(name, width, height)) for name in VIEWS]
    return Fingerprint(np.array([_both_ways(each) for each in seen], dtype=np.uint64), float(seen[0].std()))


def view_box(name: str, width: int, height: int) -> Box:
    """Where a view lies in a picture of that size."""
    if name == "whole":
        return 0.0, 0.0, 1.0, 1.0
    if name == "centre":
        side = min(width, height)
        across, down = (1 - side / width) / 2, (1 - side / height) / 2
        return across, down, 1 - across, 1 - down
    if name == "inner":
        return _INNER, _INNER, 1 - _INNER, 1 - _INNER
    left, top = "left" in name, "top" in name
    return (
        0.0 if left else _CORNER, 0.0 if top else _CORNER, 1 - _CORNER if left else 1.0, 1 - _CORNER if top else 1.0,
    )  # fmt: skip


def distances(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Bits that differ, 0 to 64 and always even: [N] and [M] hashes to [N, M]."""
    return np.bitwise_count(ours[:, None] ^ theirs[None, :])


def _luminance(grey: Image.Image, box: Box) -> NDArray[np.float64]:
    scaled = tuple(part * _SMALL for part in box)
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BOX, box=scaled), dtype=np.float64)  # type: ignore[arg-type]


def _both_ways(luminance: NDArray[np.float64]) -> tuple[int, int]:
    basis = _basis()
    found = basis @ luminance @ basis.T
    # Mirroring turns the sign of the odd horizontal frequencies and changes nothing else.
    return _bits(found), _bits(found * (-1.0) ** np.arange(1, KEPT + 1))


def _bits(coefficients: NDArray[np.float64]) -> int:
    above = coefficients > np.median(coefficients)
    return int.from_bytes(np.packbits(above.ravel()).tobytes(), "big")


@cache
def _basis() -> NDArray[np.float64]:
    """[8, 32]: frequencies 1 to 8 of the DCT-II; its scale plays no part."""
    frequencies, places = np.arange(1, KEPT + 1)[:, None], np.arange(SIDE)[None, :]
    basis: NDArray[np.float64] = np.cos(np.pi * frequencies * (2 * places + 1) / (2 * SIDE))
    return basis
