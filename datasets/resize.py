"""The one resize and the one crop, for contents, styles and images that a generator made at another size.

Bicubic with antialiasing (a = -1/2, the kernel widened by the factor of shrinking, what lies outside the picture left
out and the rest weighed up to 1), in one rounding at the end: what `F.interpolate(mode="bicubic", antialias=True)` and
Pillow's bicubic of floats do. Unfiltered resizing moves FID by more than many papers' gains (Parmar et al. 2022,
arXiv:2104.11222).

`square` does it in whole numbers: pixels are, and each weight is a multiple of 2**-22. Every product and sum is then
exact in float64, in whatever order a processor adds, so the same bytes come out everywhere; of sums of float64 weights
that cannot be said. About 1 value in 100,000 lies so near a half that it is rounded to the other level than there (1 in
10,000 from 512 to 384 pixels, where thirds make many sums end on a half).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.images import load_image

if TYPE_CHECKING:
    from torch import Tensor

WEIGHT_BITS = 22  # twice that, the 8 of a pixel and 1 for the kernel's overshoot are the 53 of a float64
_BLOCK = 16  # lines made by one product: few enough that its band is narrow, enough that the product is fast
_TOGETHER = 4  # blocks whose columns are made at once: fewer, larger products, in memory that the caches hold
_Floats = NDArray[np.float64]
_Band = tuple[slice, slice, _Floats]


def resize(images: Tensor, size: tuple[int, int]) -> Tensor:
    """[N, 3, H, W] in [0, 1] to [N, 3, *size]; the images themselves where they have that size already."""
    import torch.nn.functional as F

    if tuple(images.shape[-2:]) == tuple(size):
        return images
    return F.interpolate(images, size=tuple(size), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def squared(path: str | Path, size: int) -> NDArray[np.uint8]:
    """A file's picture as `square` makes it, uint8 [size, size, 3]; raises what `images.load_image` raises."""
    return square(load_image(path), size)


def square(array: np.ndarray, size: int) -> np.ndarray:
    """The centre of a picture as a square: uint8 [H, W, 3] to uint8 [size, size, 3], rounded half to even.

    The shorter side becomes `size`, enlarged where it is smaller, and the longer side is cropped around its centre. It
    is cropped first, which keeps the centre to half a pixel of the larger picture and costs less. An array of that size
    already comes back unchanged.
    """
    height, width = array.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    cropped = array[top : top + side, left : left + side]
    return np.ascontiguousarray(cropped) if side == size else _resized(cropped, size)


def _resized(picture: np.ndarray, size: int) -> np.ndarray:
    """uint8 [S, S, 3] to uint8 [size, size, 3], some blocks at a time: no float copy of the whole picture is made."""
    bands = _bands(len(picture), size)
    made = np.empty((size, size, 3), np.uint8)
    for first in range(0, len(bands), _TOGETHER):
        tall = [_lines(picture, needed, weights) for _, needed, weights in bands[first : first + _TOGETHER]]
        lines = np.concatenate(tall).reshape(-1, len(picture))
        values = np.empty((len(lines), size))
        for columns, needed, weights in bands:
            np.matmul(lines[:, needed], weights.T, out=values[:, columns])
        np.clip(np.rint(values, out=values), 0, 255, out=values)
        start = first * _BLOCK
        made[start : start + _TOGETHER * _BLOCK] = values.reshape(-1, 3, size).transpose(0, 2, 1)
    return made


def _lines(picture: np.ndarray, needed: slice, weights: _Floats) -> _Floats:
    """[made, 3, S]: a block of lines at its new height, still at the old width."""
    rows = picture[needed].astype(np.float64)
    made = weights @ rows.reshape(len(rows), -1)
    return made.reshape(len(weights), -1, 3).transpose(0, 2, 1)


@lru_cache(maxsize=64)
def _bands(side: int, size: int) -> tuple[_Band, ...]:
    """(lines to make, lines needed for them, weights [made, needed]), block by block."""
    weights = _weights(side, size)
    bands = []
    for start in range(0, size, _BLOCK):
        block = weights[start : start + _BLOCK]
        used = np.flatnonzero(block.any(axis=0))
        needed = slice(int(used[0]), int(used[-1]) + 1)
        bands.append((slice(start, start + _BLOCK), needed, np.ascontiguousarray(block[:, needed])))
    return tuple(bands)


def _weights(side: int, size: int) -> _Floats:
    """[size, side] multiples of 2**-WEIGHT_BITS, each row of sum 1.

    Distances are counted in units that make the kernel whole numbers, or processors would differ in its last bits.
    """
    unit = 2 * max(side, size)
    made, given = 2 * np.arange(size)[:, None] + 1, 2 * np.arange(side)[None, :] + 1
    x = np.abs(given * size - made * side)  # 1 of the kernel's axis is `unit`
    near = 3 * x**3 - 5 * x**2 * unit + 2 * unit**3
    far = -(x**3) + 5 * x**2 * unit - 8 * x * unit**2 + 4 * unit**3
    kernel = np.where(x < unit, near, np.where(x < 2 * unit, far, 0))
    steps = np.rint(kernel / kernel.sum(axis=1, keepdims=True) * 2**WEIGHT_BITS)
    steps[np.arange(size), steps.argmax(axis=1)] += 2**WEIGHT_BITS - steps.sum(axis=1)  # an even area stays as it is
    return steps / 2**WEIGHT_BITS
