"""Pointillism after Seurat and Signac: separate touches of nearly pure colour that mix only in the eye.

Three coats of touches on a jittered grid, each coat smaller than the one below. A touch takes the content's colour at
its own centre and is pushed towards one of a few opposed hues; the pushes cancel over many touches, so that the
mean colour stays.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.painterly import fixed, strokes
from stylegauge.datasets.painterly.fixed import ONE, Bytes, Plane

NAME = "pointillism"

CANVASES = ((247, 243, 232), (222, 196, 150), (120, 108, 104), (52, 56, 84))  # primed, bare linen, grey, dusk blue
SCALES = (1.0, 0.8, 0.62)  # radii of the coats
SHARES = (1.0, 0.9, 0.7)  # places touched in each coat, at full density
OFFSETS = ((0, 0), (1, 1), (1, 0))  # half cells (right, down): an upper coat sits in the gaps of the one below
_AXES = np.array([(62, 6, -70), (64, -34, 20), (30, 26, -66)])  # orange-blue, red-green, yellow-violet
PUSHES = np.concatenate([_AXES, -_AXES])

Small = NDArray[np.int32]  # half the memory traffic of int64, and nothing here needs more


@dataclass(frozen=True)
class Parameters:
    """What makes one pointillist picture differ from another.

    radius: mean radius of the largest touches, px, 2 to 5
    variety: scatter of the radius, 0 to 1
    density: touches laid per place that a full coat has, 0.45 (canvas shows) to 1
    regularity: 0 (scattered touches) to 1 (an even grid)
    elongation: 1 (round dots) to 2.2 (short bars) long over wide
    angle: direction of the bars, degrees clockwise from horizontal, 0 to 180
    division: how far touches are pushed towards opposed hues, 0 to 1
    lightness: scatter of brightness from touch to touch, 0 to 1
    saturation: gain of the content's chroma, 0.8 to 2.4
    palette: share of the colour that comes from the palette below, not from the picture, 0 to 1
    hue: the palette's hue in the lights, degrees (see `strokes.recolour`), 0 to 360
    shade_hue: its hue in the shades, degrees, -140 to 500
    canvas: 0 (primed white) over linen and grey to 1 (dusk blue)
    """

    radius: float
    variety: float
    density: float
    regularity: float
    elongation: float
    angle: float
    division: float
    lightness: float
    saturation: float
    palette: float
    hue: float
    shade_hue: float
    canvas: float


def draw(rng: random.Random) -> Parameters:
    """Parameters of one picture."""
    hue = rng.uniform(0.0, 360.0)
    return Parameters(
        radius=rng.uniform(2.0, 5.0),
        variety=rng.uniform(0.0, 1.0),
        density=rng.uniform(0.6, 1.0),
        regularity=rng.uniform(0.0, 1.0),
        elongation=rng.uniform(1.0, 2.2),
        angle=rng.uniform(0.0, 180.0),
        division=rng.uniform(0.2, 1.0),
        lightness=rng.uniform(0.1, 1.0),
        saturation=rng.uniform(0.8, 2.1),
        palette=rng.uniform(0.0, 0.9),
        hue=hue,
        shade_hue=hue + rng.uniform(40.0, 140.0) * rng.choice((-1, 1)),
        canvas=rng.uniform(0.0, 1.0),
    )


def render(content: Bytes, parameters: Parameters, seed: int) -> Bytes:
    """The content as coats of coloured touches. content: uint8 [H, W, 3]; returns uint8 [H, W, 3]."""
    grain = fixed.noise(_shape(content), 2.0, seed + 3) - ONE // 2
    ground = fixed.mix(fixed.along(CANVASES, parameters.canvas), fixed.box_blur(content, 9.0), ONE * 3 // 8)
    picture = ground + (grain * 20 >> 16)[..., None]
    for coat in range(len(SCALES)):
        picture = _coat(picture, content, coat, parameters, seed + 1009 * coat)
    return fixed.to_bytes(picture)


@dataclass(frozen=True)
class Touches:
    """A coat on its grid [rows, columns]: int32 positions and radii in 1/256 px, keys, colours [rows, columns, 3]."""

    x: Small
    y: Small
    radius: Small
    key: Plane
    colour: Plane


def _coat(picture: Plane, content: Bytes, coat: int, parameters: Parameters, seed: int) -> Plane:
    """The picture under one more coat: at each pixel the topmost touch over the one below it, over the picture."""
    cell = fixed.fixed(parameters.radius * 1.75, 256)
    touches = _touches(content, cell, coat, parameters, seed)
    y, x = (place.astype(np.int32) * 256 + 128 for place in fixed.positions(_shape(content)))
    shift_x, shift_y = (cell * OFFSETS[coat][axis] // 2 for axis in (0, 1))
    home = ((y - shift_y) // cell + 2).astype(np.intp) * touches.x.shape[1] + (x - shift_x) // cell + 2
    top, below = np.zeros((2, *home.shape), dtype=np.int64)
    for step in (right + down * touches.x.shape[1] for down in (-1, 0, 1) for right in (-1, 0, 1)):
        found = _touch(home + step, x, y, touches, parameters)
        below = np.maximum(below, np.minimum(top, found))
        top = np.maximum(top, found)
    colours = touches.colour.reshape(-1, 3)
    for key in (below, top):
        cover = (key >> 24 & 0x1FF) << 8
        picture = fixed.mix(picture, np.take(colours, key & 0xFFFFFF, axis=0), cover[..., None])
    return picture


def _shape(content: Bytes) -> tuple[int, int]:
    return content.shape[0], content.shape[1]


def _touch(at: NDArray[np.intp], x: Small, y: Small, touches: Touches, parameters: Parameters) -> Plane:
    """A key for the touch `at` each pixel: its order, its coverage there (0 to 256, 9 bits) and its index (24 bits).

    The larger key lies on top; 0 where the touch does not reach.
    """
    turn = fixed.angle(parameters.angle)
    long = fixed.fixed(math.sqrt(parameters.elongation), 1024)  # the area stays as the bar gets longer
    short = (1 << 20) // long
    cosine, sine = int(fixed.COSINE[turn]) >> 4, int(fixed.SINE[turn]) >> 4
    dx, dy = x - np.take(touches.x, at), y - np.take(touches.y, at)
    u = ((dx * cosine + dy * sine) >> 10) * short >> 10
    v = ((dy * cosine - dx * sine) >> 10) * long >> 10
    distance = np.sqrt((u * u + v * v).astype(np.float32)).astype(np.int32)
    cover = np.minimum(np.maximum(np.take(touches.radius, at) + 128 - distance, 0), 256)
    return np.take(touches.key, at) * (cover > 0) + (cover.astype(np.int64) << 24)


def _touches(content: Bytes, cell: int, coat: int, parameters: Parameters, seed: int) -> Touches:
    height, width = _shape(content)
    row, column = fixed.positions((height * 256 // cell + 6, width * 256 // cell + 6))
    chance = [fixed.hashed(column, row, seed + lane) for lane in range(5)]
    loose = fixed.fixed(1 - parameters.regularity, 256)
    x = (column - 2) * cell + cell * (1 + OFFSETS[coat][0]) // 2 + (((chance[0] - ONE // 2) * loose >> 8) * cell >> 16)
    y = (row - 2) * cell + cell * (1 + OFFSETS[coat][1]) // 2 + (((chance[1] - ONE // 2) * loose >> 8) * cell >> 16)
    varied = ONE + ((chance[2] - ONE // 2) * fixed.fixed(1.3 * parameters.variety, 256) >> 8)
    laid = chance[3] < fixed.fixed(parameters.density * SHARES[coat])
    radius = np.where(laid, varied * fixed.fixed(parameters.radius * SCALES[coat], 256) >> 16, -4096)
    smooth = fixed.box_blur(content, parameters.radius * SCALES[coat] * 0.6)
    seen = smooth[np.clip(y >> 8, 0, height - 1), np.clip(x >> 8, 0, width - 1)]
    colour = _pigment(seen, row, column, parameters, seed)
    key = (chance[4] + 1 << 40) + row * column.shape[1] + column
    x, y, radius = (plane.astype(np.int32) for plane in (x, y, radius))
    return Touches(x, y, radius, key, colour)


def _pigment(seen: Plane, row: Plane, column: Plane, parameters: Parameters, seed: int) -> Plane:
    """The content's colours in the picture's palette, each pushed along one of three axes of opposed hues."""
    palette = parameters.hue, parameters.shade_hue, parameters.palette, parameters.saturation
    vivid = np.floor(strokes.recolour(seen.astype(np.float32), *palette)).astype(np.int64)
    push = PUSHES[fixed.hashed(column, row, seed + 5) * len(PUSHES) >> 16]
    strength = fixed.hashed(column, row, seed + 6) * fixed.fixed(1.7 * parameters.division, 256) >> 8
    shade = (fixed.hashed(column, row, seed + 7) - ONE // 2) * fixed.fixed(70 * parameters.lightness, 1) >> 16
    return np.clip(vivid + (push * strength[..., None] >> 16) + shade[..., None], 0, 255)
