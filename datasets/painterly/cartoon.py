"""Cel-shaded cartoon: flat fills in a few tones, vivid colour, ink outlines.

After Winnemöller, Olsen and Gooch 2006, "Real-time video abstraction" (edge-preserving smoothing, quantised luma,
difference-of-Gaussians lines), with lines drawn out along the edges as in Kang, Lee and Chui 2007, "Coherent line
drawing". The bilateral filter's weights are rational functions, not exponentials, which differ between processors.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np

from stylegauge.datasets.painterly import strokes
from stylegauge.datasets.painterly.fixed import Bytes
from stylegauge.datasets.painterly.strokes import Field

NAME = "cartoon"


@dataclass(frozen=True)
class Parameters:
    """What makes one cartoon differ from another.

    outline: width of the ink lines, px, 1 to 4
    line_density: how faint an edge still gets a line, 0 (only the strongest) to 1
    ink: lightness of the lines, 0 (black) to 0.5 (a darker shade of what they cross)
    tones: steps of brightness between black and white, 2.5 to 6
    airbrush: share of the gradient that is left within a tone, 0 (flat cels) to 0.5
    smoothing: reach of the edge-preserving smoothing, px, 2 to 6
    saturation: gain of chroma, 0.8 to 2.4
    palette: share of the colour that comes from the palette below, not from the picture, 0 to 1
    hue: the palette's hue in the lights, degrees of `strokes.recolour`, 0 to 360
    shade_hue: its hue in the shades, likewise, 0 to 360
    contrast: gain of brightness around the middle, 0.9 to 1.5
    """

    outline: float
    line_density: float
    ink: float
    tones: float
    airbrush: float
    smoothing: float
    saturation: float
    palette: float
    hue: float
    shade_hue: float
    contrast: float


def draw(rng: random.Random) -> Parameters:
    """Parameters of one cartoon."""
    hue = rng.uniform(0, 360)
    return Parameters(
        outline=rng.uniform(1.7, 3.8),
        line_density=rng.uniform(0.4, 1),
        ink=rng.uniform(0, 0.5) * rng.uniform(0, 1),
        tones=rng.uniform(2.5, 6),
        airbrush=rng.uniform(0, 0.5) * rng.uniform(0, 1),
        smoothing=rng.uniform(2.5, 5),
        saturation=rng.uniform(0.9, 2.4),
        palette=rng.uniform(0.1, 0.75),
        hue=hue,
        shade_hue=(hue + rng.uniform(40, 140) * rng.choice((-1, 1))) % 360,
        contrast=rng.uniform(1, 1.5),
    )


def render(content: Bytes, parameters: Parameters, seed: int) -> Bytes:
    """The content as a cartoon. content: uint8 [H, W, 3]; returns uint8 [H, W, 3]. Nothing in it is random."""
    del seed
    x, y, _ = strokes.doubled_tangent(content, 2.5)
    along = strokes.halve_angle(x, y)
    flat = _draw_out(_flatten(content, parameters), along, 3)
    fills = _fill(flat, parameters)
    line = _lines(flat, along, parameters)
    inked = fills * np.float32(parameters.ink)
    return strokes.to_bytes(fills + (inked - fills) * line[..., None])


def _flatten(content: Bytes, parameters: Parameters) -> Field:
    """Bilateral smoothing along rows, then columns, three times over; float32 [H, W, 3]."""
    planes = np.moveaxis(content, 2, 0).astype(np.float32)
    reach = parameters.smoothing
    for alike in (7 * reach, 6 * reach, 5 * reach):
        for axis in (1, 2):
            planes = _bilateral(planes, axis, reach, alike)
    return np.moveaxis(planes, 0, 2)


def _bilateral(planes: Field, axis: int, reach: float, alike: float) -> Field:
    """One pass along one axis of [3, H, W]; colours `alike` levels apart count a quarter."""
    radius = int(reach)
    length = planes.shape[axis]
    pad = [(0, 0)] * 3
    pad[axis] = (radius, radius)
    padded = np.pad(planes, pad, mode="edge")
    total, weights = planes.copy(), np.ones(planes.shape[1:], np.float32)
    for offset in range(-radius, radius + 1):
        if offset == 0:
            continue
        window = [slice(None)] * 3
        window[axis] = slice(radius + offset, radius + offset + length)
        other = padded[tuple(window)]
        apart = other - planes
        apart *= apart
        likeness = 1 / (1 + (apart[0] + apart[1] + apart[2]) * np.float32(1 / (alike * alike)))
        weight = likeness * likeness * np.float32(1 - offset * offset / ((reach + 1) * (reach + 1)))
        total += other * weight
        weights += weight
    return total / weights


def _fill(flat: Field, parameters: Parameters) -> Field:
    """Flat tones and vivid, tinted colour, [H, W, 3] levels."""
    grey = strokes.grey(flat)
    # Stepped before it is amplified, so that a more vivid cartoon has the same patches, not more of them.
    chroma = np.stack([_quantise(flat[..., c] - grey, 24.0) for c in range(3)], axis=-1)
    bright = np.clip((grey - 128) * np.float32(parameters.contrast) + 128, 0, 255)
    tone = _quantise(bright, 256 / parameters.tones)
    tone = tone + (bright - tone) * np.float32(parameters.airbrush)
    painted = strokes.recolour(
        tone[..., None] + chroma, parameters.hue, parameters.shade_hue, parameters.palette, parameters.saturation
    )
    return np.clip(painted, 0, 255)


def _quantise(level: Field, step: float) -> Field:
    """Levels in steps, with a rise about one pixel wide between them, so that the borders are not jagged."""
    place = level / np.float32(step)
    below = np.floor(place)
    slope = np.zeros_like(place)
    slope[1:-1] = np.abs(place[2:] - place[:-2])
    slope[:, 1:-1] += np.abs(place[:, 2:] - place[:, :-2])
    width = np.clip(slope * np.float32(0.5), 0.04, 1)
    rise = np.clip((place - below - np.float32(0.5)) / width + np.float32(0.5), 0, 1)
    return (below + rise) * np.float32(step)


def _lines(flat: Field, along: tuple[Field, Field], parameters: Parameters) -> Field:
    """Ink coverage 0 to 1, [H, W]: the dark side of edges, drawn out along them."""
    wide = (flat * 256).astype(np.int64)
    difference = strokes.softened(wide, 0.3 * parameters.outline) - strokes.softened(wide, 0.7 * parameters.outline)
    # Luma alone misses edges between equally bright colours; the darkest channel alone inks both of their sides.
    signed = difference.astype(np.float32) / np.float32(256)
    darker = (strokes.grey(signed) + signed.min(axis=2)) * np.float32(0.5)
    threshold = np.float32(0.7 + 7 * (1 - parameters.line_density))
    return np.clip((-_draw_out(darker, along, 5) - threshold) / np.float32(2.5), 0, 1)


def _draw_out(image: Field, along: tuple[Field, Field], reach: int) -> Field:
    """Mean of [H, W] or [H, W, C] over `reach` px either way along the direction field."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    total = image.copy()
    pixels = image.reshape(height * width, *image.shape[2:])
    for step in range(-reach, reach + 1):
        if step:
            row = np.clip(y + along[1] * step + np.float32(0.5), 0, height - 1).astype(np.int64)
            column = np.clip(x + along[0] * step + np.float32(0.5), 0, width - 1).astype(np.int64)
            total += np.take(pixels, row * width + column, axis=0)
    return total / np.float32(2 * reach + 1)
