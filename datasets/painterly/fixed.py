"""Image arithmetic that gives the same bits on every processor.

A rendered style image is pinned by the sha256 of its pixels, so nothing here may depend on which vector instructions
numpy picked: integers, comparisons, tables, and float64 + - * / sqrt one operation at a time (each is rounded exactly
by IEEE 754). Not used: exp, log, power, sin, arctan2, and sums or products of floats, whose order differs.

Conventions: a *plane* is an integer array [H, W]. A *weight* is fixed point, 0 to ONE (65536) for 0 to 1. An *angle* is
in integer steps, 4096 to the full turn, 0 along +x and growing towards +y (down). Borders repeat the last pixel.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.int64]
Field = NDArray[np.float64]
Bytes = NDArray[np.uint8]

ONE = 1 << 16  # the weight 1
TURN = 4096  # angle steps in a full turn
UNIT = 1 << 14  # the value of COSINE at angle 0

# TRICKY: math.cos may differ in its last bit between C libraries; rounded to 1/16384 every one of them agrees.
COSINE: Plane = np.array([round(UNIT * math.cos(2 * math.pi * step / TURN)) for step in range(TURN)], dtype=np.int64)
SINE: Plane = np.roll(COSINE, TURN // 4)


def fixed(value: float, one: int = ONE) -> int:
    """A Python float as fixed point: the nearest multiple of 1/one, as an integer."""
    return math.floor(value * one + 0.5)


def angle(degrees: float) -> int:
    """Degrees to angle steps, 0 to TURN - 1."""
    return fixed(degrees, TURN) // 360 % TURN


def luma(image: Bytes) -> Plane:
    """Brightness of uint8 [H, W, 3] as a plane, 0 to 255 * 256 (8 fractional bits; Rec. 601 weights)."""
    wide = image.astype(np.int64)
    return wide[..., 0] * 77 + wide[..., 1] * 150 + wide[..., 2] * 29


def weight_between(plane: NDArray[Any], low: float, high: float) -> Plane:
    """0 at or below low, ONE at or above high, linear between; low < high, in the plane's units."""
    value = (plane.astype(np.float64) - low) / (high - low)
    return (np.minimum(np.maximum(value, 0.0), 1.0) * ONE).astype(np.int64)


def smooth(weight: Plane) -> Plane:
    """The smoothstep 3w^2 - 2w^3 of a weight."""
    return (weight * weight >> 16) * (3 * ONE - 2 * weight) >> 16


def mix(a: NDArray[Any], b: NDArray[Any], weight: NDArray[Any] | int) -> Plane:
    """a where the weight is 0, b where it is ONE, rounded; broadcasts (give the weight [H, W, 1] for images)."""
    start = np.asarray(a, dtype=np.int64)
    return start + ((np.asarray(b, dtype=np.int64) - start) * weight + ONE // 2 >> 16)


def to_bytes(values: NDArray[Any]) -> Bytes:
    """Integers clipped to 0..255 as uint8."""
    return np.minimum(np.maximum(values, 0), 255).astype(np.uint8)


def box_blur(plane: NDArray[Any], radius: float) -> Plane:
    """Mean over a square window of half-width `radius` px (any float >= 0: the window's rim counts fractionally).

    plane: integers [H, W] or [H, W, C]; returns the same shape, rounded
    """
    planes = np.moveaxis(np.asarray(plane, dtype=np.int64), (0, 1), (-1, -2))
    down = _box_last(np.ascontiguousarray(planes), radius)
    across = _box_last(np.ascontiguousarray(np.swapaxes(down, -1, -2)), radius)
    return np.moveaxis(across, (-2, -1), (0, 1))


def _box_last(values: Plane, radius: float) -> Plane:
    """The window's mean along the last axis, where numpy's running sums are many times faster than along others."""
    steps = fixed(radius, 16)
    reach, rim = steps // 16, steps % 16
    if steps == 0:
        return values
    count = values.shape[-1]
    padded = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(reach + 1, reach + 1)], mode="edge")
    total = np.cumsum(padded, axis=-1)
    width = 2 * reach + 1
    inner = total[..., width : width + count] - total[..., :count]
    weighted = inner * 16 + (padded[..., :count] + padded[..., width + 1 : width + 1 + count]) * rim
    full = width * 16 + 2 * rim
    return (weighted + full // 2) // full


def blur(plane: NDArray[Any], sigma: float) -> Plane:
    """Nearly Gaussian blur, `sigma` px: three box blurs of the same variance (a box of half-width r has r(r+1)/3).

    Scale a plane of small integers up first; each pass rounds.
    """
    radius = (math.sqrt(1 + 4 * sigma * sigma) - 1) / 2
    for _ in range(3):
        plane = box_blur(plane, radius)
    return np.asarray(plane, dtype=np.int64)


def gradients(plane: Plane) -> tuple[Plane, Plane]:
    """Sobel derivatives (d/dx, d/dy), 8 times the slope a pixel."""
    wide = np.pad(plane, 1, mode="edge")
    across = wide[:, 2:] - wide[:, :-2]
    down = wide[2:] - wide[:-2]
    return across[:-2] + 2 * across[1:-1] + across[2:], down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:]


def tangents(plane: Plane, sigma: float) -> tuple[Field, Field, Field]:
    """Unit vectors (x, y) along the edges of a plane (0 to 65280) and how sure they are, 0 to 1.

    The structure tensor's minor direction, smoothed over `sigma` px. The half-angle formulas need square roots alone.
    x >= 0 always, so (1, 0) stands for a flat place. `sure` is the tensor's coherence.
    """
    gx, gy = (g >> 6 for g in gradients(plane))  # at most 8 * 65280 / 64, so squares stay small
    xx, yy, xy = (blur(product * 16, sigma) for product in (gx * gx, gy * gy, gx * gy))
    along, shear = (yy - xx).astype(np.float64), (-2 * xy).astype(np.float64)
    length = np.sqrt(along * along + shear * shear)
    cosine = np.where(length > 0, along / np.maximum(length, 1.0), 1.0)  # of twice the angle
    x = np.sqrt(np.maximum(0.0, (1.0 + cosine) / 2.0))
    y = np.sqrt(np.maximum(0.0, (1.0 - cosine) / 2.0))
    sure = length / np.maximum((xx + yy).astype(np.float64) + 64.0, 1.0)
    return x, np.where(shear < 0, -y, y), sure


_SLOPES = [SINE[step] / COSINE[step] for step in range(TURN // 4)]  # tangents of the angles below a quarter turn


def angles(x: NDArray[Any], y: NDArray[Any], steps: int = 64) -> Plane:
    """The direction of (x, y) without sign, as one of `steps` (even, divides 2048) equal bins over half a turn.

    returns: [H, W] 0 to steps - 1; bin b is centred on the angle b * TURN / 2 / steps
    """
    side = np.asarray(np.where(np.asarray(x) < 0, -np.asarray(y), y), dtype=np.float64)
    front, rise = np.abs(np.asarray(x, dtype=np.float64)), np.abs(side)
    size = TURN // 2 // steps
    limits = [_SLOPES[size * b + size // 2] for b in range(steps // 2)]
    bins = np.zeros(front.shape, dtype=np.int64)
    for limit in limits:
        bins += rise > front * limit
    return np.where(side < 0, -bins, bins) % steps


def hashed(x: NDArray[Any] | int, y: NDArray[Any] | int, seed: int) -> Plane:
    """A number from 0 to ONE - 1 for each integer position, the same for the same seed; broadcasts."""
    value = np.asarray(x).astype(np.uint32) * np.uint32(0x9E3779B1)
    value = value ^ (np.asarray(y).astype(np.uint32) * np.uint32(0x85EBCA77))
    value = value ^ np.uint32((seed * 0xC2B2AE3D + 0x27D4EB2F) & 0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        value = (value ^ (value >> np.uint32(shift))) * np.uint32(factor)
    return ((value ^ (value >> np.uint32(16))) >> np.uint32(16)).astype(np.int64)


def noise_at(u: Plane, v: Plane, seed: int) -> Plane:
    """Smooth value noise, 0 to ONE - 1, at fixed-point positions (ONE to a cell); broadcasts."""
    column, row = u >> 16, v >> 16
    right, down = smooth(u & (ONE - 1)), smooth(v & (ONE - 1))
    top = mix(hashed(column, row, seed), hashed(column + 1, row, seed), right)
    bottom = mix(hashed(column, row + 1, seed), hashed(column + 1, row + 1, seed), right)
    return mix(top, bottom, down)


def noise(shape: tuple[int, int], cell: float, seed: int, octaves: int = 1) -> Plane:
    """Smooth value noise [H, W], 0 to ONE - 1: cells of `cell` px (>= 1), halved in size and weight each octave."""
    total, weight = np.zeros(shape, dtype=np.int64), 0
    for octave in range(octaves):
        step = fixed(2**octave / cell)
        y, x = positions(shape)
        total = total + (noise_at(x * step, y * step, seed + 7919 * octave) << (octaves - octave))
        weight += 1 << (octaves - octave)
    return total // weight


def positions(shape: tuple[int, int]) -> tuple[Plane, Plane]:
    """(y, x) of each pixel, as planes [H, 1] and [1, W] that broadcast."""
    return np.arange(shape[0], dtype=np.int64)[:, None], np.arange(shape[1], dtype=np.int64)[None, :]


def isqrt(values: NDArray[Any]) -> Plane:
    """floor(sqrt(v)) of integers 0 to 2**52, exactly."""
    return np.floor(np.sqrt(np.asarray(values, dtype=np.float64))).astype(np.int64)


def stretched(plane: Plane, clip: float = 0.02) -> Plane:
    """A plane's own dark and light ends brought to 0 and ONE, the outer `clip` of pixels at each end cut off."""
    ranked = np.sort(plane, axis=None)
    cut = fixed(clip, ranked.size)
    low, high = int(ranked[cut]), int(ranked[ranked.size - 1 - cut])
    return weight_between(plane, low, max(high, low + 1))


def along(colours: Any, position: float) -> Plane:
    """The colour at `position`, 0 to 1, on the straight path through equally spaced colours [n, 3]; [3] integers."""
    stops = np.asarray(colours, dtype=np.int64)
    place = fixed(min(max(position, 0.0), 1.0)) * (len(stops) - 1)
    first = min(place >> 16, len(stops) - 2)
    return mix(stops[first], stops[first + 1], place - first * ONE)
