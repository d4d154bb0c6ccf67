"""Materials, light, sky and the ray tracer of the rendered scenes.

Colours are linear light, 0 to 1, as three arrays; the picture takes their square root, a display curve of exponent 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.painterly.fixed import ONE, noise_at
from stylegauge.datasets.scene_shapes import NEAR, Array, Rays, Shape, Triple, Vector, dot, unit

Colour = tuple[float, float, float]
Paint = Callable[[Triple, Triple], Triple]


@dataclass(frozen=True)
class Material:
    """What a surface looks like.

    pattern: plain, checks, stripes, bricks, wood, marble, speckle or windows; `other` is its second colour, `scale` the size of its cells
    shine: strength of the highlight, mirror: share of the reflected picture, both 0 to 1
    """

    colour: Colour
    other: Colour = (0.0, 0.0, 0.0)
    pattern: str = "plain"
    scale: float = 1.0
    shine: float = 0.0
    mirror: float = 0.0
    seed: int = 0

    def share(self, u: Array, v: Array) -> Array:
        """How much of the second colour shows at surface coordinates (u, v), 0 to 1."""
        return PATTERNS[self.pattern](u / self.scale, v / self.scale, self.seed)


@dataclass(frozen=True)
class Thing:
    """A solid made of something; `paint` overrides the material's colour (points, normals -> colours)."""

    shape: Shape
    material: Material
    paint: Paint | None = None

    def colour(self, points: Triple, normals: Triple) -> Triple:
        """The colour at points of its surface, before light."""
        if self.paint is not None:
            return self.paint(points, normals)
        share = self.material.share(*self.shape.surface(points))
        return blend(spread(self.material.colour, share), spread(self.material.other, share), share)


@dataclass(frozen=True)
class Light:
    """A lamp at infinity and the light of the surroundings.

    towards: unit vectors to the lamp; sub-sample i of a pixel uses number i modulo their count, which softens shadows
    haze: the distance at which half of a surface's light is lost to the air; inf for indoors
    """

    towards: tuple[Vector, ...]
    lamp: Colour
    above: Colour
    below: Colour
    sky: Callable[[Triple], Triple]
    haze: float = float("inf")
    air: Colour = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Scenery:
    """Everything the tracer needs. first: hits known beforehand as (t, index) for the camera's rays."""

    things: tuple[Thing, ...]
    light: Light
    first: tuple[Array, NDArray[np.int64]] | None = field(default=None, repr=False)


def blend(a: Triple, b: Triple, share: Array) -> Triple:
    """a where the share is 0, b where it is 1."""
    x, y, z = (p + (q - p) * share for p, q in zip(a, b))
    return x, y, z


def spread(colour: Colour, like: Array) -> Triple:
    """One colour as three arrays of the shape of `like`."""
    r, g, b = (np.full(like.shape, c) for c in colour)
    return r, g, b


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
    "speckle": lambda u, v, seed: cloudy(u, v, seed, 4),
    "windows": _windows,
}


def _reachable(bound: tuple[Vector, float], rays: Rays) -> NDArray[np.intp]:
    """The rays that pass through a sphere."""
    centre, radius = bound
    way: tuple[Array | float, ...] = tuple(c - o for c, o in zip(centre, rays.origin))
    across = dot(way, rays.direction)
    far = dot(way, way) - radius * radius
    length = dot(rays.direction, rays.direction)
    return np.flatnonzero((across * across >= length * far) & ((across > 0) | (far < 0)))


def trace(things: tuple[Thing, ...], rays: Rays, skip: int = 0) -> tuple[Array, NDArray[np.int64]]:
    """The nearest hit of each ray: t [N] (inf for the sky) and the index of the thing (-1 for the sky)."""
    n = rays.direction[0].shape[0]
    nearest, index = np.full(n, np.inf), np.full(n, -1, dtype=np.int64)
    for i, thing in enumerate(things[skip:], start=skip):
        bound = thing.shape.bound
        chosen = np.arange(n) if bound is None else _reachable(bound, rays)
        t = thing.shape.hit(rays.pick(chosen))
        closer = t < nearest[chosen]
        nearest[chosen[closer]] = t[closer]
        index[chosen[closer]] = i
    return nearest, index


def surfaces(things: tuple[Thing, ...], points: Triple, index: NDArray[np.int64]) -> tuple[Triple, Triple]:
    """Normals and colours at hits."""
    normals, colours = (tuple(np.zeros(index.shape) for _ in range(3)) for _ in range(2))
    for i in np.unique(index):
        chosen = np.flatnonzero(index == i)
        here = (points[0][chosen], points[1][chosen], points[2][chosen])
        normal = things[i].shape.normal(here)
        for target, value in zip(normals + colours, normal + things[i].colour(here, normal)):
            target[chosen] = value
    return (normals[0], normals[1], normals[2]), (colours[0], colours[1], colours[2])


def radiance(scenery: Scenery, rays: Rays, hits: tuple[Array, NDArray[np.int64]], bounces: int = 1) -> Triple:
    """The light that comes back along each ray."""
    t, index = hits
    light = scenery.light
    colours = light.sky(rays.direction)
    chosen = np.flatnonzero(index >= 0)
    seen, t, index = rays.pick(chosen), t[chosen], index[chosen]
    points = seen.at(t)
    normals, base = surfaces(scenery.things, points, index)
    lit = _lit(scenery, seen, points, normals, base, index, chosen)
    if bounces:
        lit = _mirrored(scenery, seen, points, normals, lit, index, bounces)
    lost = t / (t + light.haze) if light.haze < float("inf") else np.zeros(t.shape)
    lit = blend(lit, spread(light.air, lost), lost)
    for target, value in zip(colours, lit):
        target[chosen] = value
    return colours


def _lit(
    scenery: Scenery,
    seen: Rays,
    points: Triple,
    normals: Triple,
    base: Triple,
    index: NDArray[np.int64],
    number: NDArray[np.intp],
) -> Triple:
    light, lamps = scenery.light, np.array(scenery.light.towards)[number % len(scenery.light.towards)]
    towards = (lamps[:, 0], lamps[:, 1], lamps[:, 2])
    facing = np.maximum(dot(normals, towards), 0.0)
    lifted = tuple(p + 1e-4 * n for p, n in zip(points, normals))
    # TRICKY: things known beforehand (a landscape) are marched, not intersected, and throw no shadows on the others.
    blocked, _ = trace(
        scenery.things, Rays((lifted[0], lifted[1], lifted[2]), towards), skip=int(scenery.first is not None)
    )
    facing = np.where(blocked < np.inf, 0.0, facing)
    back = unit((-seen.direction[0], -seen.direction[1], -seen.direction[2]))
    half = unit((back[0] + towards[0], back[1] + towards[1], back[2] + towards[2]))
    gloss = np.maximum(dot(half, normals), 0.0)
    for _ in range(5):  # to the power 32
        gloss = gloss * gloss
    shine = np.array([thing.material.shine for thing in scenery.things])[index] * gloss * (facing > 0)
    sky = 0.5 + 0.5 * normals[1]
    r, g, b = (
        c * (lamp * facing + low + (high - low) * sky) + lamp * shine
        for c, lamp, low, high in zip(base, light.lamp, light.below, light.above)
    )
    return r, g, b


def _mirrored(
    scenery: Scenery, seen: Rays, points: Triple, normals: Triple, lit: Triple, index: NDArray[np.int64], bounces: int
) -> Triple:
    mirror = np.array([thing.material.mirror for thing in scenery.things])[index]
    chosen = np.flatnonzero(mirror > 0)
    if chosen.size == 0:
        return lit
    normal = (normals[0][chosen], normals[1][chosen], normals[2][chosen])
    direction = unit(seen.pick(chosen).direction)
    along = 2 * dot(direction, normal)
    bounced = tuple(d - along * n for d, n in zip(direction, normal))
    start = tuple(p[chosen] + NEAR * 100 * n for p, n in zip(points, normal))
    rays = Rays((start[0], start[1], start[2]), (bounced[0], bounced[1], bounced[2]))
    skip = int(scenery.first is not None)
    light = radiance(scenery, rays, trace(scenery.things, rays, skip), bounces - 1)
    # Grazing light is reflected most (Schlick's curve, its power written out).
    graze = 1 - np.maximum(-dot(direction, normal), 0.0)
    share = mirror[chosen] + (1 - mirror[chosen]) * graze * graze * graze * graze * graze
    result = tuple(c.copy() for c in lit)
    for target, value in zip(result, blend((lit[0][chosen], lit[1][chosen], lit[2][chosen]), light, share)):
        target[chosen] = value
    return result[0], result[1], result[2]
