"""A woodcut: black where the block was left standing, white where the gouge went, in lines that follow the form.

Tone is the share of each line that is carved away; very dark places stay solid, very light ones are cleared. A second
block may print a flat colour under the dark middle tones.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from stylegauge.datasets.painterly import fixed
from stylegauge.datasets.painterly.fixed import ONE, Bytes, Field, Plane
from stylegauge.datasets.painterly.stripes import stripes

NAME = "woodcut"

PAPERS = ((249, 248, 244), (241, 232, 210), (222, 201, 160))  # white, cream, straw
INKS = ((18, 17, 18), (28, 36, 62), (64, 30, 26))  # black, Prussian blue, oxblood
TINTS = ((196, 44, 38), (222, 150, 44), (104, 142, 84), (70, 122, 160), (142, 96, 140))  # red ... violet


@dataclass(frozen=True)
class Parameters:
    """What makes one woodcut differ from another.

    spacing: distance between neighbouring carved lines, px, 4 to 9
    tone: darkness at which the block is half carved, 0.3 (much black) to 0.6 (much white)
    contrast: 0 (lines everywhere) to 1 (mostly solid black and cleared white)
    angle: direction of lines where the form gives none, degrees clockwise from horizontal, 0 to 180
    following: 0 (all lines at that angle) to 1 (lines run along the form)
    regularity: 0 (short ragged gouges) to 1 (even lines that run through)
    detail: scale of the carved shapes, blur of the content in px, 0.8 (fine) to 3 (broad)
    contour: strength of black outlines, 0 to 1
    grain: wood grain in the printed areas, 0 to 1
    ink: 0 (black) over blue to 1 (oxblood)
    tint: opacity of the second block, 0 to 0.9
    hue: its colour, 0 (red) over orange, green and blue to 1 (violet)
    paper: 0 (white) over cream to 1 (straw)
    """

    spacing: float
    tone: float
    contrast: float
    angle: float
    following: float
    regularity: float
    detail: float
    contour: float
    grain: float
    ink: float
    tint: float
    hue: float
    paper: float


def draw(rng: random.Random) -> Parameters:
    """Parameters of one woodcut; a good half have a coloured second block."""
    coloured = rng.random() < 0.6
    return Parameters(
        spacing=rng.uniform(4.0, 9.0),
        tone=rng.uniform(0.3, 0.6),
        contrast=rng.uniform(0.0, 1.0),
        angle=rng.uniform(0.0, 180.0),
        following=rng.uniform(0.3, 1.0),
        regularity=rng.uniform(0.0, 1.0),
        detail=rng.uniform(0.8, 2.6),
        contour=rng.uniform(0.0, 1.0),
        grain=rng.uniform(0.0, 1.0),
        ink=max(0.0, rng.uniform(-1.0, 1.0)),
        tint=rng.uniform(0.4, 0.9) if coloured else 0.0,
        hue=rng.uniform(0.0, 1.0),
        paper=rng.uniform(0.0, 1.0),
    )


def render(content: Bytes, parameters: Parameters, seed: int) -> Bytes:
    """The content as a woodcut. content: uint8 [H, W, 3]; returns uint8 [H, W, 3]."""
    light = fixed.luma(content)
    shapes = fixed.blur(light, parameters.detail)
    tone = _tone(light, shapes, parameters)
    x, y = _directions(shapes, parameters)
    wave = stripes(x, y, parameters.spacing, parameters.regularity, seed)
    block = np.maximum(_carved(tone, wave, parameters, seed), _contour(light, parameters))
    return _print(block, shapes, parameters, seed)


def _tone(light: Plane, shapes: Plane, parameters: Parameters) -> Plane:
    """Lightness with edges overstated, as a carver does, stretched to 0..ONE."""
    around = fixed.blur(light, 4 * parameters.detail + 4)
    return fixed.stretched(shapes + (shapes - around) * 3 // 2)


def _directions(shapes: Plane, parameters: Parameters) -> tuple[Field, Field]:
    """Unit vectors of the carved lines: the form's own, drawn towards the block's angle where form is weak."""
    x, y, sure = fixed.tangents(shapes, 5.0 + parameters.detail)
    turn = fixed.angle(2 * parameters.angle)
    pull = 1.02 - parameters.following
    weight = sure * parameters.following
    double_x = (x * x - y * y) * weight + int(fixed.COSINE[turn]) / fixed.UNIT * pull * 0.6
    double_y = 2 * x * y * weight + int(fixed.SINE[turn]) / fixed.UNIT * pull * 0.6
    length = np.sqrt(double_x * double_x + double_y * double_y)
    cosine = np.where(length > 0, double_x / np.maximum(length, 1e-9), 1.0)
    half_x = np.sqrt(np.maximum(0.0, (1.0 + cosine) / 2.0))
    half_y = np.sqrt(np.maximum(0.0, (1.0 - cosine) / 2.0))
    return half_x, np.where(double_y < 0, -half_y, half_y)


def _carved(tone: Plane, wave: Plane, parameters: Parameters, seed: int) -> Plane:
    """Where the block stands (ONE) and where it is cut (0): the wave against a threshold that rises with the light."""
    spread = 0.6 - 0.5 * parameters.contrast
    light = fixed.weight_between(tone, (parameters.tone - spread) * ONE, (parameters.tone + spread) * ONE)
    ragged = fixed.noise(tone.shape, 5.0, seed + 11, octaves=2) - ONE // 2
    sharp = fixed.fixed(parameters.spacing / 6, 256)  # a wave's slope falls with its length; the cut stays one pixel
    reach = fixed.fixed(2 + 6 / parameters.spacing, 256)  # past the crests by half that pixel: clean white, solid black
    limit = ((light - ONE // 2) * reach >> 8) + (ragged * 22 >> 6)
    return np.clip(ONE // 2 + ((wave - limit) * sharp >> 8), 0, ONE)


def _contour(light: Plane, parameters: Parameters) -> Plane:
    """Black outlines on the dark side of edges."""
    ridge = fixed.blur(light, 2.2 + parameters.detail) - fixed.blur(light, 0.4 + 0.7 * parameters.detail)
    limit = 700 + fixed.fixed(900 * (1 - parameters.contour), 1)
    line = fixed.weight_between(ridge, limit, limit + 900)
    return line * fixed.fixed(min(1.0, 4 * parameters.contour)) >> 16


def _print(block: Plane, shapes: Plane, parameters: Parameters, seed: int) -> Bytes:
    """Both blocks printed on paper; ink takes less where the wood's grain is open."""
    wood = _grain(block.shape, seed)
    taken = ONE - (fixed.weight_between(wood, 0.56 * ONE, 0.86 * ONE) * fixed.fixed(0.75 * parameters.grain, 256) >> 8)
    fibre = fixed.noise(block.shape, 2.0, seed + 5) - ONE // 2
    paper = fixed.along(PAPERS, parameters.paper) + (fibre * 9 >> 16)[..., None]
    second = fixed.weight_between(-fixed.stretched(shapes), -0.66 * ONE, -0.62 * ONE)
    second = (second * fixed.fixed(parameters.tint, 256) >> 8) * taken >> 16
    sheet = fixed.mix(paper, fixed.along(TINTS, parameters.hue), second[..., None])
    return fixed.to_bytes(fixed.mix(sheet, fixed.along(INKS, parameters.ink), (block * taken >> 16)[..., None]))


def _grain(shape: tuple[int, ...], seed: int) -> Plane:
    """Long streaks along the block, 0 to ONE."""
    y, x = fixed.positions((shape[0], shape[1]))
    sway = fixed.noise((shape[0], shape[1]), 90.0, seed + 21)
    v = y * (ONE * 10 // 16) + sway * 9
    return (fixed.noise_at(x * (ONE // 38), v, seed + 31) + fixed.noise_at(x * (ONE // 11), v * 2, seed + 41)) >> 1
