"""Cross hatching in pen and ink: the darker the place, the more layers of parallel strokes cross there.

Each layer is a family of lines at its own angle. A line is broken into strokes with tapered ends; a stroke exists where
the content is darker than its layer's threshold and swells a little with the darkness.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from stylegauge.datasets.painterly import fixed
from stylegauge.datasets.painterly.fixed import ONE, Bytes, Plane

NAME = "hatching"

PAPERS = ((250, 250, 247), (243, 234, 212), (209, 184, 145))  # white, cream, kraft
INKS = ((30, 44, 104), (20, 19, 22), (78, 44, 24), (146, 50, 30))  # indigo, black, sepia, sanguine


@dataclass(frozen=True)
class Parameters:
    """What makes one hatched drawing differ from another.

    spacing: distance between neighbouring lines of a layer, px, 3 to 7
    width: full width of a stroke, px, 0.7 to 2.4
    angle: direction of the first layer, degrees clockwise from horizontal, 0 to 180
    crossing: angle between the first two layers, degrees, 25 to 90
    layers: how many layers the darkest places carry, 1.5 to 4
    length: mean length of a stroke, px, 14 to 70
    wobble: how far the hand strays from the straight line, px, 0 to 2
    irregularity: scatter of spacing, pressure and stroke ends, 0 to 1
    form: how much the lines bulge over light and dark, 0 to 1
    outline: strength of the drawn contours, 0 to 1
    paper: 0 (white) over cream to 1 (kraft)
    ink: 0 (indigo) over black and sepia to 1 (sanguine)
    """

    spacing: float
    width: float
    angle: float
    crossing: float
    layers: float
    length: float
    wobble: float
    irregularity: float
    form: float
    outline: float
    paper: float
    ink: float


def draw(rng: random.Random) -> Parameters:
    """Parameters of one drawing; the width goes with the spacing, so that lights stay open."""
    spacing = rng.uniform(3.0, 7.0)
    return Parameters(
        spacing=spacing,
        width=min(2.4, max(0.7, spacing * rng.uniform(0.24, 0.42))),
        angle=rng.uniform(0.0, 180.0),
        crossing=rng.uniform(25.0, 90.0),
        layers=rng.uniform(1.5, 4.0),
        length=rng.uniform(14.0, 70.0),
        wobble=rng.uniform(0.0, 1.6),
        irregularity=rng.uniform(0.0, 1.0),
        form=rng.uniform(0.0, 1.0),
        outline=rng.uniform(0.2, 1.0),
        paper=rng.uniform(0.0, 1.0) * rng.uniform(0.3, 1.0),
        ink=rng.uniform(0.0, 1.0),
    )


def render(content: Bytes, parameters: Parameters, seed: int) -> Bytes:
    """The content as a hatched drawing. content: uint8 [H, W, 3]; returns uint8 [H, W, 3]."""
    light = fixed.luma(content)
    dark = ONE - fixed.stretched(fixed.blur(light, 0.7))
    bend = _bend(dark, parameters, seed)
    ink = _outline(light, parameters, seed)
    for layer in range(4):
        drawn = _layer(dark, bend, layer, parameters, seed)
        ink = ink + drawn - (ink * drawn >> 16)
    return _print(ink, parameters, seed)


def _bend(dark: Plane, parameters: Parameters, seed: int) -> Plane:
    """How far each line is pushed sideways, in 1/65536 px: by the form below it and by the hand."""
    relief = fixed.blur(dark, 9.0) * fixed.fixed(34 * parameters.form, 256) >> 8
    hand = fixed.noise(dark.shape, 18.0, seed, octaves=2) - ONE // 2
    return relief + (hand * fixed.fixed(3 * parameters.wobble, 256) >> 8)


def _layer(dark: Plane, bend: Plane, layer: int, parameters: Parameters, seed: int) -> Plane:
    """Coverage by one layer, 0 to ONE; layer 0 carries the light tones, the next ones only darker and darker places."""
    start = 0.14 + 0.8 * layer / parameters.layers
    if start >= 1:
        return np.zeros_like(dark)
    turns = (0.0, parameters.crossing, parameters.crossing / 2, 90 + parameters.crossing / 2)
    turn = fixed.angle(parameters.angle + turns[layer])
    cosine, sine = int(fixed.COSINE[turn]) * 4, int(fixed.SINE[turn]) * 4
    y, x = fixed.positions(dark.shape)
    u, v = x * cosine + y * sine, y * cosine - x * sine + bend
    first = v // fixed.fixed(parameters.spacing)
    covers = [_line(first + step, u, v, dark, start, parameters, seed + 101 * layer) for step in (0, 1)]
    return np.maximum(covers[0], covers[1])


def _line(line: Plane, u: Plane, v: Plane, dark: Plane, start: float, parameters: Parameters, seed: int) -> Plane:
    """Coverage by the line of this number in a layer whose strokes appear at darkness `start`."""
    loose = fixed.fixed(parameters.irregularity, 256)
    scatter = fixed.hashed(line, 1, seed) - ONE // 2
    centre = line * fixed.fixed(parameters.spacing) + (
        scatter * fixed.fixed(0.8 * parameters.spacing, 256) * loose >> 16
    )
    length = fixed.fixed(parameters.length) + (
        (fixed.hashed(line, 2, seed) - ONE // 2) * loose * fixed.fixed(parameters.length, 1) >> 8
    )
    place = u + fixed.hashed(line, 3, seed) * 64
    stroke = place // length
    end = place - stroke * length
    end = np.minimum(end, length - end)
    pressure = (fixed.hashed(line, stroke, seed + 4) - ONE // 2) * loose * 4 >> 11
    swell = fixed.weight_between(dark + pressure, start * ONE, (start + 0.5) * ONE)
    present = np.minimum(swell * 8, ONE)
    taper = np.minimum(end * 6 // fixed.fixed(parameters.length, 1), ONE)
    half = (
        fixed.fixed(parameters.width / 2, 256)
        * (present * (ONE * 5 // 8 + (swell * 3 >> 3)) >> 16)
        * (taper + ONE // 4)
        // (5 * ONE // 4)
        >> 8
    )
    return np.clip(half + ONE // 2 - np.abs(v - centre), 0, ONE) * np.minimum(2 * half, ONE) >> 16


def _outline(light: Plane, parameters: Parameters, seed: int) -> Plane:
    """Coverage by contours: the dark side of edges, where a difference of blurs is large, with a broken line."""
    ridge = fixed.blur(light, 2.2) - fixed.blur(light, 0.8)
    broken = fixed.noise(light.shape, 9.0, seed + 55) >> 5
    limit = 500 + fixed.fixed(2600 * (1 - parameters.outline), 1)
    line = fixed.weight_between(ridge - broken, limit, limit + 1400)
    return line * fixed.fixed(min(1.0, 4 * parameters.outline)) >> 16


def _print(ink: Plane, parameters: Parameters, seed: int) -> Bytes:
    """Ink of a given coverage on grained paper, in colour."""
    grain = fixed.noise(ink.shape, 2.5, seed + 77, octaves=2) - ONE // 2
    paper = fixed.along(PAPERS, parameters.paper) + (grain * 14 >> 16)[..., None]
    density = ink * (ONE - (np.abs(grain) >> 2)) >> 16
    return fixed.to_bytes(fixed.mix(paper, fixed.along(INKS, parameters.ink), density[..., None]))
