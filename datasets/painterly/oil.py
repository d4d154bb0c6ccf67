"""Impasto oil: curved brush strokes laid from coarse to fine along the forms, lit from the upper left.

After Hertzmann 1998, "Painterly rendering with curved brush strokes of multiple sizes", with two changes that let all
strokes of a picture be drawn at once: a fine stroke is laid where the picture has detail that the coarser brush cannot
show (not where the canvas so far is wrong), and of the strokes over a pixel the one of highest rank wins.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from stylegauge.datasets.painterly import brushwork, strokes
from stylegauge.datasets.painterly.brushwork import LANES, Brush
from stylegauge.datasets.painterly.fixed import Bytes
from stylegauge.datasets.painterly.strokes import Field, Index

NAME = "oil"

SCALES = (2.2, 1.4, 0.8)  # widths of the three brushes, of the parameter's
LONGEST = 90  # px; only the coarse brush of a painting with long and wide strokes gets there


@dataclass(frozen=True)
class Parameters:
    """What makes one oil painting differ from another.

    stroke_width: width of the middle brush, px, 3 to 8
    stroke_length: length of a stroke, in widths, 2 to 9
    direction: angle of the painter's habitual stroke, degrees anticlockwise from the horizontal, 0 to 180
    direction_bias: 0 (strokes follow the forms) to 1 (strokes follow the habit)
    swirl: strength of the eddies that turn strokes where the picture itself has no direction, 0 to 1
    colour_jitter: spread of colour from stroke to stroke and hair to hair, 0 to 1
    saturation: gain of chroma, 0.8 to 2
    palette: share of the colour that comes from the palette below, not from the picture, 0 to 1
    hue: the palette's hue in the lights, degrees of `strokes.recolour`, 0 to 360
    shade_hue: its hue in the shades, likewise, 0 to 360
    impasto: relief of the paint under the raking light, 0 (flat) to 1
    detail: share of the picture that the finer brushes go over, 0 to 1
    """

    stroke_width: float
    stroke_length: float
    direction: float
    direction_bias: float
    swirl: float
    colour_jitter: float
    saturation: float
    palette: float
    hue: float
    shade_hue: float
    impasto: float
    detail: float


def draw(rng: random.Random) -> Parameters:
    """Parameters of one painting."""
    hue = rng.uniform(0, 360)
    return Parameters(
        stroke_width=rng.uniform(3, 7.5),
        stroke_length=rng.uniform(2.5, 9),
        direction=rng.uniform(0, 180),
        direction_bias=rng.uniform(0, 0.6) * rng.uniform(0, 1),
        swirl=rng.uniform(0, 1),
        colour_jitter=rng.uniform(0.15, 1),
        saturation=rng.uniform(0.8, 1.8),
        palette=rng.uniform(0.1, 0.75),
        hue=hue,
        shade_hue=(hue + rng.uniform(40, 140) * rng.choice((-1, 1))) % 360,
        impasto=rng.uniform(0.2, 1),
        detail=rng.uniform(0.4, 1),
    )


def render(content: Bytes, parameters: Parameters, seed: int) -> Bytes:
    """The content as an oil painting. content: uint8 [H, W, 3]; returns uint8 [H, W, 3]."""
    flow = _flow(content, parameters, seed)
    canvas = np.zeros(content.shape[:2], np.int64)
    colours = [np.zeros((1, 3), np.float32)]
    laid = 1
    ground = content.astype(np.int64)
    for brush in _brushes(parameters):
        reference = strokes.softened(content, brush.radius * 0.5)
        starts = _starts(reference, ground, brush, parameters, seed)
        brushwork.stamp(canvas, brushwork.paths(starts, flow, brush), laid, brush, seed)
        colours.append(_mix(reference, starts, parameters, seed, brush.layer))
        laid += len(starts)
        ground = reference
    return _finish(canvas, np.concatenate(colours), content, parameters, seed)


def _brushes(parameters: Parameters) -> list[Brush]:
    brushes = []
    for layer, scale in enumerate(SCALES):
        width = parameters.stroke_width * scale
        length = int(min(width * parameters.stroke_length, LONGEST))
        # The coarsest strokes overlap the most, for they alone must cover the canvas.
        brushes.append(Brush(layer, width / 2, max(length, int(width) + 1), width * (0.7 if layer else 0.55)))
    return brushes


def _flow(content: Bytes, parameters: Parameters, seed: int) -> tuple[Field, Field]:
    """Unit vectors along which the brush moves, [H, W] each."""
    x, y, energy = strokes.doubled_tangent(content, parameters.stroke_width)
    sure = energy / (energy + np.float32(60))
    x, y = x * sure, y * sure
    wide_x, wide_y = (strokes.softened((plane * 4096).astype(np.int64), 10) for plane in (x, y))
    x, y = (near + far.astype(np.float32) / np.float32(4096) for near, far in ((x, wide_x), (y, wide_y)))
    swirl = np.float32(0.9 * parameters.swirl)
    x = x + swirl * strokes.smooth_noise(content.shape[:2], 56, seed, 1)
    y = y + swirl * strokes.smooth_noise(content.shape[:2], 56, seed, 2)
    cosine, sine = strokes.unit_vector(2 * parameters.direction)
    # Not normalised first: where the picture's own direction is weak it gives way to the habit early.
    own, habit = np.float32(1 - parameters.direction_bias), np.float32(parameters.direction_bias)
    return strokes.halve_angle(x * own + habit * np.float32(cosine), y * own - habit * np.float32(sine))


def _starts(reference: Index, ground: Index, brush: Brush, parameters: Parameters, seed: int) -> Index:
    """Middles of the strokes, [n, 2] as (row, column), in the order in which they are laid."""
    height, width = reference.shape[:2]
    along = max(brush.gap, brush.length * (0.4 if brush.layer else 0.28))
    rows, columns = int(height / brush.gap) + 1, int(width / along) + 1
    i, j = (index.ravel() for index in np.mgrid[:rows, :columns])
    y = (i + strokes.unit_noise(seed, 10 + brush.layer, i, j)) * np.float32(brush.gap)
    x = (j + strokes.unit_noise(seed, 20 + brush.layer, i, j)) * np.float32(along)
    order = np.argsort(strokes.unit_noise(seed, 30 + brush.layer, i, j), kind="stable")
    starts = np.stack([y, x], axis=1).astype(np.int64)[order]
    starts = starts[(starts[:, 0] < height) & (starts[:, 1] < width)]
    if brush.layer == 0:
        return starts
    missing = strokes.softened(np.abs(reference - ground).sum(axis=2) * 16, brush.radius)
    return starts[missing[starts[:, 0], starts[:, 1]] >= 16 * 30 * (1 - parameters.detail)]


def _mix(reference: Index, starts: Index, parameters: Parameters, seed: int, layer: int) -> Field:
    """The paint of each stroke, [n, 3]: the picture's colour at its middle, more saturated, off by a jitter."""
    colour = _paint(reference[starts[:, 0], starts[:, 1]], parameters)
    n = np.arange(len(starts))
    jitter = np.float32(parameters.colour_jitter)
    lighter = (strokes.unit_noise(seed, 40 + layer, n) - np.float32(0.5)) * 50 * jitter
    tint = (strokes.unit_noise(seed, 50 + layer, n[:, None], np.arange(3)) - np.float32(0.5)) * 50 * jitter
    return colour + lighter[:, None] + tint


def _paint(colour: Index, parameters: Parameters) -> Field:
    """The picture's colours, [..., 3] levels, as this painter mixes them."""
    return strokes.recolour(
        colour.astype(np.float32), parameters.hue, parameters.shade_hue, parameters.palette, parameters.saturation
    )


def _finish(canvas: Index, colours: Field, content: Bytes, parameters: Parameters, seed: int) -> Bytes:
    """Colour and relief of the topmost stroke at each pixel, lit."""
    canvas = brushwork.closed(canvas)
    stroke, lane = canvas // LANES, canvas % LANES
    hair = strokes.unit_noise(seed, 5, stroke, lane)
    paint = colours[stroke]
    bare = _paint(strokes.softened(content, 3), parameters)
    paint = np.where((stroke > 0)[..., None], paint, bare)
    paint = paint + ((hair - np.float32(0.5)) * np.float32(40 * parameters.colour_jitter))[..., None]
    height = strokes.unit_noise(seed, 6, stroke) + np.float32(0.7) * hair
    relief = _relief(height)
    light = np.float32(parameters.impasto) * relief
    paint = _soften_borders(paint, stroke)
    return strokes.to_bytes(paint + light[..., None])


def _soften_borders(paint: Field, stroke: Index) -> Field:
    """Average 3 x 3 px where strokes meet, in place of the anti-aliasing that one word a pixel has no room for."""
    border = np.zeros(stroke.shape, bool)
    for one, other in ((np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1])):
        differs = stroke[one] != stroke[other]
        border[one] |= differs
        border[other] |= differs
    smooth = strokes.softened(np.floor(paint * 16).astype(np.int64), 0.5).astype(np.float32) / 16
    return np.where(border[..., None], smooth, paint)


def _relief(height: Field) -> Field:
    """Shading, in levels, of a surface lit from the upper left."""
    smooth = strokes.softened((height * 4096).astype(np.int64), 0.5).astype(np.float32) / np.float32(4096)
    slope = np.zeros_like(smooth)
    slope[1:-1, 1:-1] = smooth[2:, 1:-1] - smooth[:-2, 1:-1] + smooth[1:-1, 2:] - smooth[1:-1, :-2]
    return np.clip(slope, -1, 1) * 70
