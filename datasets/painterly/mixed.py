"""No school of painting: a few plain operations in turn, each drawn or left out, for styles that no renderer has.

A judge that met six renderers knows six renderers. These recipes are what it practises on besides: any of them changes
a picture in a way that can be told from its style image alone, and most look like nothing that the domains look like.
The quick suite has none of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from stylegauge.datasets.painterly import fixed, strokes
from stylegauge.datasets.painterly.fixed import Bytes
from stylegauge.datasets.painterly.strokes import Field

NAME = "mixed"
_WAYS = ("smoothing", "warp", "block", "flat", "screen", "cross", "ink", "grain")  # what is drawn or left out, as 0


@dataclass(frozen=True)
class Parameters:
    """What makes one differ from another.

    smoothing: px, 0 to 3; warp, warp_cell: how far pixels are displaced, 0 to 6 px, by noise of cells of 6 to 40 px
    block, block_side: share of the picture given by the means of squares, 0 to 1, and their side, 4 to 14 px
    flat, tones: share of each channel that is rounded to so many steps, 0 to 1 and 2 to 6
    palette, hue, shade_hue, saturation: as `strokes.recolour` takes them; contrast: gain around the middle, 0.7 to 1.5
    screen, cross: strength of a pattern of lines and of one across it, 0 to 0.5 of the range; angle: of the lines,
        degrees; spacing: crest to crest, 3 to 16 px; shade: share of their strength that grows with darkness, 0 to 1
    ink: how much edges are darkened, or lightened where it is below 0, -0.8 to 0.9
    grain, grain_cell: strength of noise, 0 to 0.3 of the range, and its cells, 1 to 8 px
    """

    smoothing: float
    warp: float
    warp_cell: float
    block: float
    block_side: float
    flat: float
    tones: float
    palette: float
    hue: float
    shade_hue: float
    saturation: float
    contrast: float
    screen: float
    cross: float
    angle: float
    spacing: float
    shade: float
    ink: float
    grain: float
    grain_cell: float


def draw(rng: random.Random) -> Parameters:
    """Parameters of one of them: two to five ways of changing a picture besides its colours."""
    hue = rng.uniform(0, 360)
    whole = {
        "smoothing": rng.uniform(1, 3),
        "warp": rng.uniform(1.5, 6),
        "block": rng.uniform(0.4, 1),
        "flat": rng.uniform(0.4, 1),
        "screen": rng.uniform(0.12, 0.5),
        "cross": rng.uniform(0.12, 0.5),
        "ink": rng.choice((rng.uniform(0.3, 0.9), rng.uniform(-0.8, -0.3))),
        "grain": rng.uniform(0.06, 0.3),
    }
    chosen = rng.sample(_WAYS, rng.randint(2, 5))
    return Parameters(
        **{way: strength if way in chosen else 0.0 for way, strength in whole.items()},
        warp_cell=rng.uniform(6, 40),
        block_side=rng.uniform(4, 14),
        tones=rng.uniform(2, 6),
        palette=rng.uniform(0.1, 0.9),
        hue=hue,
        shade_hue=(hue + rng.uniform(0, 180) * rng.choice((-1, 1))) % 360,
        saturation=rng.uniform(0.4, 2.2),
        contrast=rng.uniform(0.7, 1.5),
        angle=rng.uniform(0, 180),
        spacing=rng.uniform(3, 16),
        shade=rng.uniform(0, 1),
        grain_cell=rng.uniform(1, 8),
    )


def render(content: Bytes, parameters: Parameters, seed: int) -> Bytes:
    """The content so changed. content: uint8 [H, W, 3]; returns uint8 [H, W, 3]."""
    p = parameters
    picture = strokes.softened(content, p.smoothing) if p.smoothing else content.astype(np.int64)
    picture = _warped(picture, p, seed) if p.warp else picture
    *_, energy = strokes.doubled_tangent(picture, 1.5)
    colour = _blocks(picture, p) if p.block else picture.astype(np.float32)
    if p.flat:
        step = np.float32(255 / (max(p.tones, 2) - 1))
        colour = colour + (np.floor(colour / step + np.float32(0.5)) * step - colour) * np.float32(p.flat)
    colour = strokes.recolour(colour, p.hue, p.shade_hue, p.palette, p.saturation)
    colour = (colour - np.float32(128)) * np.float32(p.contrast) + np.float32(128)
    if p.ink:
        weight = (energy / (energy + np.float32(150)) * np.float32(abs(p.ink)))[..., None]
        colour = colour + ((0 if p.ink > 0 else np.float32(255)) - colour) * weight
    colour = colour + _patterns(colour, p)[..., None]
    if p.grain:
        noise = strokes.smooth_noise(colour.shape, p.grain_cell, seed, 2)
        colour = colour + (noise * np.float32(255 * p.grain))[..., None]
    return strokes.to_bytes(colour)


def _warped(picture: fixed.Plane, p: Parameters, seed: int) -> fixed.Plane:
    """Each pixel taken from a place near it, the nearer the smoother the noise that says from where."""
    height, width = picture.shape[:2]
    y, x = fixed.positions((height, width))
    down, right = (
        np.floor(strokes.smooth_noise((height, width), p.warp_cell, seed, lane) * np.float32(p.warp) + np.float32(0.5))
        for lane in (0, 1)
    )
    rows, columns = np.clip(y + down.astype(np.int64), 0, height - 1), np.clip(x + right.astype(np.int64), 0, width - 1)
    return np.asarray(picture[rows, columns])


def _blocks(picture: fixed.Plane, p: Parameters) -> Field:
    """Squares of one colour, mixed in."""
    side = max(2, int(p.block_side))
    height, width = picture.shape[:2]
    y, x = fixed.positions((height, width))
    means = strokes.softened(picture, side / 4)
    rows, columns = (np.minimum(at // side * side + side // 2, most - 1) for at, most in ((y, height), (x, width)))
    own = picture.astype(np.float32)
    return own + (means[rows, columns].astype(np.float32) - own) * np.float32(p.block)


def _patterns(colour: Field, p: Parameters) -> Field:
    """[H, W]: what lines at the angle and lines across them add, in levels."""
    dark = 1 - np.clip(strokes.grey(colour), 0, 255) / np.float32(255)
    strength = np.float32(255) * (np.float32(1 - p.shade) + dark * np.float32(p.shade))
    along, aside = strokes.unit_vector(p.angle)
    y, x = (at.astype(np.float32) for at in fixed.positions((colour.shape[0], colour.shape[1])))
    added = np.zeros(colour.shape[:2], np.float32)
    for share, (down, right) in ((p.screen, (along, -aside)), (p.cross, (aside, along))):
        if share:
            phase = (x * np.float32(right) + y * np.float32(down)) / np.float32(p.spacing)
            wave = np.abs(phase - np.floor(phase) - np.float32(0.5)) * 4 - 1  # a triangle, -1 to 1
            added = added + wave * np.float32(share) * strength
    return added
