"""The one resize and the one crop, for contents, styles and images that a generator made at another size.

Bicubic with antialiasing (a = -1/2, the kernel widened by the factor of shrinking, what lies outside the picture left
out and the rest weighed up to 1), in one rounding at the end: what `F.interpolate(mode="bicubic", antialias=True)` and
Pillow's bicubic of floats do. Unfiltered resizing moves FID by more than many papers' gains (Parmar et al. 2022,
arXiv:2104.11222).

`square` does it in whole numbers: pixels are, and each weight is a multiple of 2**-22. Every product and sum is then
exact in float64, in whatever order a processor adds, so the same bytes come out everywhere; of sums of float64 weights
that cannot be said. Most of the work is done in float32; where that comes so near a half that its errors could decide,
the exact sum does. About 1 value in 100,000 is rounded to the other level than with float64 weights (1 in 10,000 from
512 to 384 pixels, where thirds make many sums end on a half).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.images import load_image

if TYPE_CHECKING:
    from torch import Tensor

WEIGHT_BITS = 22  # twice that, the 8 of a pixel and 1 for the kernel's overshoot are the 53 of a float64
# In levels, for each line that a sum is made of. A weight fits float32; a sum errs by 2**-24 of at most 255 * 1.27 in
# the first pass, which the second widens by 1.27, and of 255 * 1.27**2 there: 4.9e-5 were all errors to agree.
FLOAT32_ERROR = 6e-5
# Products of more steps than these are shared out among threads by OpenBLAS, which spin while others use the cores.
ONE_THREAD = 2**18
_BLOCK = 16  # lines made by one product: few enough that its band is narrow, enough that the product is fast
_TOGETHER = 4  # blocks whose columns are made at once: fewer, larger products, in memory that the caches hold


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


@dataclass(frozen=True)
class _Plan:
    """How S lines become `size`, of rows and of columns alike.

    blocks: (lines to make, lines needed for them, float32 weights [made, needed])
    first, taps: of each line made, the first it needs and the exact weights [size, T] from there on
    """

    blocks: tuple[tuple[slice, slice, NDArray[np.float32]], ...]
    first: NDArray[np.intp]
    taps: NDArray[np.float64]


def _resized(picture: np.ndarray, size: int) -> np.ndarray:
    """uint8 [S, S, 3] to uint8 [size, size, 3], some blocks at a time: no float copy of the whole picture is made."""
    plan = _plan(len(picture), size)
    made = np.empty((size, size, 3), np.uint8)
    for number in range(0, len(plan.blocks), _TOGETHER):
        tall = [_lines(picture, needed, weights) for _, needed, weights in plan.blocks[number : number + _TOGETHER]]
        lines = np.concatenate(tall).reshape(-1, len(picture))
        values = np.empty((len(lines), size), np.float32)
        for columns, needed, weights in plan.blocks:
            _weigh(weights, lines[:, needed].T, values[:, columns].T)
        start = number * _BLOCK
        levels = _rounded(values, picture, plan, start).clip(0, 255).astype(np.uint8)
        made[start : start + _TOGETHER * _BLOCK] = levels.reshape(-1, 3, size).transpose(0, 2, 1)
    return made


def _lines(picture: np.ndarray, needed: slice, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """[made, 3, S]: a block of lines at its new height, still at the old width."""
    rows = picture[needed].astype(np.float32).reshape(weights.shape[1], -1)
    made = np.empty((len(weights), rows.shape[1]), np.float32)
    _weigh(weights, rows, made)
    return made.reshape(len(weights), -1, 3).transpose(0, 2, 1)


def _weigh(weights: NDArray[np.float32], rows: NDArray[np.float32], made: NDArray[np.float32]) -> None:
    """`weights @ rows` into `made`, in parts of one thread."""
    width = max(1, ONE_THREAD // weights.size)
    for start in range(0, rows.shape[1], width):
        part = slice(start, start + width)
        np.matmul(weights, rows[:, part], out=made[:, part])


def _rounded(values: NDArray[np.float32], picture: np.ndarray, plan: _Plan, start: int) -> NDArray[np.float32]:
    """Values [lines * 3, size], of the lines from `start` on, rounded as their exact sums are; `values` is used up."""
    levels = np.rint(values)
    sure = 0.5 - FLOAT32_ERROR * plan.taps.shape[1]
    doubtful = np.flatnonzero(np.abs(np.subtract(values, levels, out=values), out=values) > sure)
    at, column = np.divmod(doubtful, values.shape[1])
    line, channel = start + at // 3, at % 3
    reach = np.arange(plan.taps.shape[1])
    rows, columns = plan.first[line, None] + reach, plan.first[column, None] + reach
    around = picture[rows[:, :, None], columns[:, None, :], channel[:, None, None]]  # [doubtful, T, T]
    levels[at, column] = np.rint(np.einsum("nr,nrc,nc->n", plan.taps[line], around, plan.taps[column]))
    return levels


@lru_cache(maxsize=64)
def _plan(side: int, size: int) -> _Plan:
    first, taps = _taps(side, size)
    blocks = []
    for start in range(0, size, _BLOCK):
        lines = slice(start, min(start + _BLOCK, size))
        needed = slice(int(first[start]), int(first[lines][-1]) + taps.shape[1])
        weights = np.zeros((lines.stop - start, needed.stop - needed.start), np.float32)
        places = first[lines, None] - needed.start + np.arange(taps.shape[1])
        np.put_along_axis(weights, places, taps[lines].astype(np.float32), axis=1)
        blocks.append((lines, needed, weights))
    return _Plan(tuple(blocks), first, taps)


def _taps(side: int, size: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Of each line made, the first it needs, and weights [size, T] from there on: multiples of 2**-WEIGHT_BITS, sum 1.

    Distances are counted in units that make the kernel whole numbers, or processors would differ in its last bits.
    """
    unit = 2 * max(side, size)  # 1 of the kernel's axis; a line is 2 * size
    centre = (2 * np.arange(size) + 1) * side
    reach = min(2 * unit // size + 1, side)
    first = ((centre - 2 * unit - size) // (2 * size) + 1).clip(0, side - reach)
    x = np.abs((2 * (first[:, None] + np.arange(reach)) + 1) * size - centre[:, None])
    near = 3 * x**3 - 5 * x**2 * unit + 2 * unit**3
    far = -(x**3) + 5 * x**2 * unit - 8 * x * unit**2 + 4 * unit**3
    kernel = np.where(x < unit, near, np.where(x < 2 * unit, far, 0))
    steps = np.rint(kernel / kernel.sum(axis=1, keepdims=True) * 2**WEIGHT_BITS)
    steps[np.arange(size), steps.argmax(axis=1)] += 2**WEIGHT_BITS - steps.sum(axis=1)  # an even area stays as it is
    return first, steps / 2**WEIGHT_BITS
