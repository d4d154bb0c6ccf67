"""Patterns of the rendered scenes: how much of a second colour shows at surface coordinates (u, v), 0 to 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stylegauge.datasets.painterly.fixed import ONE, noise_at
from stylegauge.datasets.scene_shapes import Array


def ramp(value: Array, low: float, high: float) -> Array:
    """0 at or below low, 1 at or above high, a smoothstep between."""
    w = np.minimum(np.maximum((value - low) / (high - low), 0.0), 1.0)
    return w * w * (3.0 - 2.0 * w)


def cloudy(u: Array, v: Array, seed: int, octaves: int = 4) -> Array:
    """Smooth noise, 0 to 1, of cell size 1, halved in size and weight each octave."""
    total, weight = np.zeros(u.shape, dtype=np.int64), 0
    for octave in range(octaves):
        x, y = (np.floor(w * float(ONE << octave)).astype(np.int64) for w in (u, v))
        total += noise_at(x, y, seed + 7919 * octave) << (octaves - octave)
        weight += 1 << (octaves - octave)
    return total / float(weight * ONE)


def _odd(value: Array) -> Array:
    half = np.floor(value) / 2
    return (half != np.floor(half)).astype(np.float64)


def _bricks(u: Array, v: Array, seed: int) -> Array:
    row = v * 3
    along = u + 0.5 * _odd(row)
    joint = (row - np.floor(row) < 0.14) | (along - np.floor(along) < 0.06)
    return np.where(joint, 1.0, 0.35 * cloudy(np.floor(along) + 0.5, np.floor(row) + 0.5, seed, 1))


def _wood(u: Array, v: Array, seed: int) -> Array:
    ring = v * 3 + 1.5 * cloudy(u * 0.35, v, seed, 2)
    part = ring - np.floor(ring)
    grain = 0.7 * ramp(part, 0.0, 0.8) * (1 - ramp(part, 0.85, 1.0)) + 0.3 * cloudy(u, v * 14, seed + 1, 2)
    plank = v * 0.5
    return np.where(plank - np.floor(plank) < 0.015, 1.0, grain)


def _marble(u: Array, v: Array, seed: int) -> Array:
    vein = u + v + 4 * cloudy(u, v, seed, 5)
    return 1 - ramp(np.abs(vein - np.floor(vein) - 0.5), 0.0, 0.35)


def _windows(u: Array, v: Array, seed: int) -> Array:
    across, up = u + 0.5 - np.floor(u + 0.5), v - np.floor(v)
    bar = (np.abs(across - 0.5) < 0.03) | (np.abs(up - 0.5) < 0.03)
    pane = (np.abs(across - 0.5) < 0.24) & (np.abs(up - 0.5) < 0.3) & ~bar
    return pane.astype(np.float64)


PATTERNS: dict[str, Callable[[Array, Array, int], Array]] = {
    "plain": lambda u, v, seed: np.zeros(u.shape),
    "checks": lambda u, v, seed: _odd(np.floor(u) + np.floor(v)),
    "stripes": lambda u, v, seed: _odd(v),
    "bricks": _bricks,
    "wood": _wood,
    "marble": _marble,
    "speckle": lambda u, v, seed: ramp(cloudy(u, v, seed, 4), 0.2, 0.8),
    "windows": _windows,
}
