"""Evenly spaced lines that follow a field of directions: phasor noise whose phases are brought into agreement.

Small waves sit on a grid, each with the direction found there (Tricard et al., "Procedural Phasor Noise", SIGGRAPH
2019). Each takes over the phase its neighbours predict for its place (as in "Instant Meshes", SIGGRAPH Asia 2015), so
that lines run through instead of breaking from wave to wave.
"""

from __future__ import annotations

import numpy as np

from stylegauge.datasets.painterly import fixed
from stylegauge.datasets.painterly.fixed import ONE, TURN, Field, Plane

CELL = 5  # px between waves
REACH = 7  # px; each wave's bell ends there


def stripes(x: Field, y: Field, spacing: float, agreement: float, seed: int) -> Plane:
    """A wave [H, W] whose crests run along the unit vectors (x, y), -ONE to ONE.

    spacing: crest to crest, px, at least 3
    agreement: 0 (each wave keeps a random phase: short, ragged lines) to 1 (lines run through)
    """
    height, width = x.shape
    rows, columns = -(-height // CELL) + 4, -(-width // CELL) + 4  # two cells beyond each border
    at_y = np.clip((np.arange(rows) - 2) * CELL + CELL // 2, 0, height - 1)
    at_x = np.clip((np.arange(columns) - 2) * CELL + CELL // 2, 0, width - 1)
    turns = TURN / spacing  # angle steps a pixel across the lines, in 1/256 below
    across_x, across_y = (np.floor(field[at_y][:, at_x] * turns * 256 + 0.5).astype(np.int64) for field in (-y, x))
    row, column = fixed.positions((rows, columns))
    own = fixed.hashed(column, row, seed) >> 4
    phase = own
    for _ in range(10):
        phase = _agreed(own, phase, across_x, across_y, agreement)
    return _evened(_added(phase, across_x, across_y, (height, width)), spacing)


def _agreed(own: Plane, phase: Plane, across_x: Plane, across_y: Plane, agreement: float) -> Plane:
    """Each wave's phase between its own and what its eight neighbours, as they stand, predict for its place."""
    keep = fixed.fixed(1 - agreement, 256)
    total_x, total_y = fixed.COSINE[own] * keep * 9, fixed.SINE[own] * keep * 9
    for down, right in ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
        near_phase, near_x, near_y = (_shifted(plane, down, right) for plane in (phase, across_x, across_y))
        same: Plane = np.where(near_x * across_x + near_y * across_y >= 0, 1, -1)  # a line has no sign, its wave has
        step: Plane = (near_x + same * across_x) * -right + (near_y + same * across_y) * -down
        told = same * (near_phase + (step * CELL >> 9)) % TURN
        weight = (256 - keep) * (2 if down * right == 0 else 1)
        total_x, total_y = total_x + fixed.COSINE[told] * weight, total_y + fixed.SINE[told] * weight
    return _phase_of(total_x, total_y)


def _shifted(plane: Plane, down: int, right: int) -> Plane:
    """The plane's value `down` rows below and `right` columns to the right; the border repeats."""
    padded = np.pad(plane, 1, mode="edge")
    return padded[1 + down : 1 + down + plane.shape[0], 1 + right : 1 + right + plane.shape[1]]


def _phase_of(x: Plane, y: Plane) -> Plane:
    """The angle of (x, y), 0 to TURN - 1: the number of table entries passed within the half turn."""
    half: Plane = fixed.angles(x, y, 256) * (TURN // 512)  # direction without sign
    backward = x * fixed.COSINE[half] + y * fixed.SINE[half] < 0
    return (half + backward * (TURN // 2)) % TURN


def _added(phase: Plane, across_x: Plane, across_y: Plane, shape: tuple[int, int]) -> Plane:
    """The waves laid over each other under bells (1 - r^2 / R^2)^2, over the sum of the bells."""
    rows, columns = phase.shape
    total = np.zeros((rows * CELL + 4 * REACH, columns * CELL + 4 * REACH), dtype=np.int64)
    bells = np.zeros_like(total)
    for down in range(-REACH, REACH + 1):
        for right in range(-REACH, REACH + 1):
            left = REACH * REACH - down * down - right * right
            if left <= 0:
                continue
            bell = left * left
            wave = fixed.COSINE[(phase + (across_x * right + across_y * down >> 8)) % TURN]
            top, start = down + 2 * REACH, right + 2 * REACH
            spot = (slice(top, top + rows * CELL, CELL), slice(start, start + columns * CELL, CELL))
            total[spot] += wave * bell
            bells[spot] += bell
    first = 2 * CELL - CELL // 2 + 2 * REACH
    seen = (slice(first, first + shape[0]), slice(first, first + shape[1]))
    return total[seen] * (ONE // fixed.UNIT) // bells[seen]


def _evened(wave: Plane, spacing: float) -> Plane:
    """The wave with the same swing everywhere: divided by its local root mean square, kept within ONE."""
    power = fixed.isqrt(fixed.box_blur(wave * wave, spacing) * 2) + ONE // 12
    return np.clip(wave * ONE // power, -ONE, ONE)
