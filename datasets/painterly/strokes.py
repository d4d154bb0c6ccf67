"""What the mosaic, oil and cartoon domains share beyond `fixed`: direction fields, noise and colour in float32.

Exactly reproducible for the same reason as `fixed`: float32 + - * / sqrt and comparisons, element by element.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from stylegauge.datasets.painterly import fixed
from stylegauge.datasets.painterly.fixed import Bytes

Field = NDArray[np.float32]
Index = NDArray[np.int64]

LANES = 64  # independent noises that one seed gives


def unit_noise(seed: int, lane: int, x: Index | int, y: Index | int = 0) -> Field:
    """Noise in [0, 1), a function of its arguments alone; x and y broadcast, `lane` (below 64) tells uses apart."""
    return fixed.hashed(x, y, seed * LANES + lane).astype(np.float32) / np.float32(fixed.ONE)


def smooth_noise(shape: tuple[int, ...], cell: float, seed: int, lane: int) -> Field:
    """Smooth noise [H, W] in [-1, 1) with cells of `cell` px."""
    noise = fixed.noise((shape[0], shape[1]), max(cell, 1.0), seed * LANES + lane)
    return noise.astype(np.float32) * np.float32(2 / fixed.ONE) - 1


def softened(image: NDArray[np.integer], radius: float) -> Index:
    """Mean whose weights fall linearly to 0 at `2 radius + 1` px: `fixed.box_blur` twice, but several times faster.

    image: integers [H, W] or [H, W, C], below 2**37 / (2 radius + 1)^2; returns int64 of that shape, rounded
    """
    base = 2 * radius + 1
    reach = int(base)
    weights = [fixed.fixed(1 - abs(step) / base, 256) for step in range(-reach, reach + 1)]
    total = image.astype(np.float64)
    for axis in (0, 1):
        # The filter's arithmetic is in float64 on whole numbers below 2**53: exact in whatever order it is done.
        total = ndimage.correlate1d(total, weights, axis=axis, mode="nearest")
    return np.floor(total / float(sum(weights) ** 2) + 0.5).astype(np.int64)


def doubled_tangent(image: NDArray[np.integer], radius: float) -> tuple[Field, Field, Field]:
    """Direction along the edges as a doubled-angle vector: averages of it do not cancel as plus and minus would.

    image: integers [H, W, 3], 0 to 255, all channels counted so that edges between equally bright colours are seen;
        radius: px over which the structure tensor is averaged
    returns: (x, y, energy), float32 [H, W]; (x, y) has length 0 (no direction) to 1 (one direction), energy >= 0 is
        the mean squared slope in (levels a pixel)^2
    """
    xx = np.zeros(image.shape[:2], np.int64)
    yy, xy = xx.copy(), xx.copy()
    for channel in range(3):
        across, down = fixed.gradients(image[..., channel].astype(np.int64))
        xx += across * across
        yy += down * down
        xy += across * down
    xx, yy, xy = (softened(product, radius) for product in (xx, yy, xy))
    energy = (xx + yy).astype(np.float32)
    # The edge runs at right angles to the gradient: a quarter turn, so half a turn of the doubled angle, so the sign.
    x, y = (part.astype(np.float32) / (energy + 1) for part in (yy - xx, -2 * xy))
    return x, y, energy / np.float32(3 * 8 * 8)  # three channels, and Sobel gives 8 times the slope


def halve_angle(x: Field, y: Field) -> tuple[Field, Field]:
    """Unit vectors (cosine, sine) at half the angle of (x, y), with cosine >= 0; (1, 0) where the vector is 0."""
    length = np.sqrt(x * x + y * y)
    known = length > 0
    half = np.where(known, x / np.where(known, length, np.float32(1)), np.float32(1)) * np.float32(0.5)
    along = np.sqrt(np.maximum(np.float32(0.5) + half, 0))
    aside = np.sqrt(np.maximum(np.float32(0.5) - half, 0))
    return along, np.where(y < 0, -aside, aside)


def unit_vector(degrees: float) -> tuple[float, float]:
    """Cosine and sine of any angle, from the table of `fixed`."""
    step = fixed.angle(degrees)
    return float(fixed.COSINE[step]) / fixed.UNIT, float(fixed.SINE[step]) / fixed.UNIT


def grey(colour: Field) -> Field:
    """Rec. 601 luma of [..., 3], in the same levels."""
    return (colour[..., 0] * 77 + colour[..., 1] * 150 + colour[..., 2] * 29) / np.float32(256)


def recolour(colour: Field, hue: float, shade_hue: float, share: float, gain: float) -> Field:
    """Give colours a painter's palette: one hue in the lights passing into another in the shades; luma stays.

    colour: float32 [..., 3], levels 0 to 255
    hue, shade_hue: degrees in the plane of (B - Y, R - Y): 0 blue, 90 red, 180 yellow, 270 green
    share: 0 keeps the picture's chroma, 1 replaces it with the palette's; gain: of the chroma that results
    returns: float32 [..., 3], not clipped
    """
    luma = grey(colour)[..., None]
    bright = np.minimum(np.maximum(luma / np.float32(255), 0), 1)
    chosen = np.stack([_chroma(hue), _chroma(shade_hue)])
    blend = bright * bright * (3 - 2 * bright)
    # No colour fits in black or white; 70 levels is the chroma of a strong paint at middle brightness.
    wanted = (chosen[1] + (chosen[0] - chosen[1]) * blend) * (bright * (1 - bright) * np.float32(4 * 70))
    chroma = colour - luma
    return luma + (chroma + (wanted - chroma) * np.float32(share)) * np.float32(gain)


def _chroma(hue: float) -> Field:
    """(R - Y, G - Y, B - Y) of unit length in the plane of (B - Y, R - Y), without luma."""
    blue, red = unit_vector(hue)
    return np.array([red, -(77 * red + 29 * blue) / 150, blue], np.float32)


def to_bytes(colour: Field) -> Bytes:
    """Levels rounded half up and clipped to uint8."""
    return fixed.to_bytes(np.floor(colour + np.float32(0.5)).astype(np.int64))
