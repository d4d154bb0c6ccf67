"""Brush strokes as bent ribbons of paint, all of a layer laid at once.

A canvas is an int64 array [H, W], C-contiguous: each pixel holds a word, `stroke * LANES + lane`, of the topmost stroke
over it and of the hair of the brush that touched it; 0 is bare. Strokes are numbered from 1 in the order in which they
are laid, so "topmost" is the maximum, which does not depend on the order of evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stylegauge.datasets.painterly import strokes
from stylegauge.datasets.painterly.strokes import Field, Index

SPACING = np.float32(0.72)  # px between the dabs of a stroke: any closer costs time, any wider leaves holes
LANES = 64  # hairs side by side in a brush that one word can tell apart: brushes up to 46 px wide


@dataclass(frozen=True)
class Brush:
    """One layer's brush. layer: 0 is the coarsest; radius and length in px; gap: px between strokes side by side."""

    layer: int
    radius: float
    length: int
    gap: float


def paths(starts: Index, flow: tuple[Field, Field], brush: Brush) -> Field:
    """Follow the direction field both ways from the middles of strokes.

    starts: [n, 2] as (row, column); flow: unit vectors (x, y), [H, W] each
    returns: [n, places, 4] as (y, x, dy, dx): points SPACING px apart and the direction of travel there
    """
    half = max(1, int(brush.length / 2 / SPACING))
    ahead, behind = (_walk(starts, flow, half, sign) for sign in (1.0, -1.0))
    behind[..., 2:] *= -1
    return np.concatenate([behind[:, :0:-1], ahead], axis=1)


def _walk(starts: Index, flow: tuple[Field, Field], steps: int, sign: float) -> Field:
    height, width = flow[0].shape
    place = starts.astype(np.float32)
    out = np.empty((len(starts), steps, 4), np.float32)
    before = np.zeros_like(place)
    for step in range(steps):
        row = np.clip(place[:, 0].astype(np.int64), 0, height - 1)
        column = np.clip(place[:, 1].astype(np.int64), 0, width - 1)
        move = np.stack([flow[1][row, column], flow[0][row, column]], axis=1)
        # A direction has no sign: go on the way one came.
        turn = move[:, 0] * before[:, 0] + move[:, 1] * before[:, 1] < 0 if step else np.full(len(starts), sign < 0)
        move = np.where(turn[:, None], -move, move)
        out[:, step, :2], out[:, step, 2:] = place, move
        place = place + move * SPACING
        before = move
    return out


def stamp(canvas: Index, ribbons: Field, first: int, brush: Brush, seed: int) -> None:
    """Lay strokes, numbered from `first`, over the canvas, in place.

    ribbons: [n, places, 4] as `paths` returns them
    """
    (height, width), (n, places) = canvas.shape, ribbons.shape[:2]
    lanes = int(2 * brush.radius / SPACING) + 1
    across = (np.arange(lanes, dtype=np.float32) - np.float32((lanes - 1) / 2)) * SPACING
    y = ribbons[:, :, None, 0] + ribbons[:, :, None, 3] * across
    x = ribbons[:, :, None, 1] - ribbons[:, :, None, 2] * across
    # Round ends, and every hair of the brush lifts off at its own place.
    bow = np.float32(brush.radius) - np.sqrt(np.maximum(np.float32(brush.radius * brush.radius) - across * across, 0))
    stroke = np.arange(first, first + n)[:, None]
    ragged = [
        bow / SPACING + strokes.unit_noise(seed, lane, stroke, np.arange(lanes)) * np.float32(brush.radius)
        for lane in (3, 4)
    ]
    place = np.arange(places)[None, :, None]
    touched = (place >= ragged[0][:, None, :]) & (place < places - ragged[1][:, None, :])
    touched &= (y >= 0) & (y < height) & (x >= 0) & (x < width)
    chosen = np.flatnonzero(touched)
    pixel = y.ravel()[chosen].astype(np.int64) * width + x.ravel()[chosen].astype(np.int64)
    np.maximum.at(canvas.reshape(-1), pixel, (chosen // (places * lanes) + first) * LANES + chosen % lanes)


def closed(canvas: Index) -> Index:
    """Fill the pinholes of a stroke: where both neighbours belong to one higher stroke, so does the pixel."""
    out = canvas.copy()
    for before, after, inner in (
        (canvas[:, :-2], canvas[:, 2:], (slice(None), slice(1, -1))),
        (canvas[:-2], canvas[2:], (slice(1, -1), slice(None))),
    ):
        one = before // LANES == after // LANES
        out[inner] = np.where(one & (before > out[inner]), before, out[inner])
    return out
