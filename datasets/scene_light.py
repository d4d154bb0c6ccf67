"""Materials, light, sky and the ray tracer of the rendered scenes.

Colours are linear light, 0 to 1, as three arrays; the picture takes their square root, a display curve of exponent 2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.scene_patterns import PATTERNS
from stylegauge.datasets.scene_shapes import Array, Rays, Shape, Triple, Vector, dot, unit

Colour = tuple[float, float, float]
Paint = Callable[[Triple, Triple], Triple]


@dataclass(frozen=True)
class Material:
    """What a surface looks like.

    pattern: a key of PATTERNS; `other` is its second colour, `scale` the size of its cells
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
    """Everything the tracer needs.

    marched: how many of the first things are marched for the camera alone, and neither throw shadows nor are mirrored
    """

    things: tuple[Thing, ...]
    light: Light
    marched: int = 0


def blend(a: Triple, b: Triple, share: Array) -> Triple:
    """a where the share is 0, b where it is 1."""
    x, y, z = (p + (q - p) * share for p, q in zip(a, b))
    return x, y, z


def spread(colour: Colour, like: Array) -> Triple:
    """One colour as three arrays of the shape of `like`."""
    r, g, b = (np.full(like.shape, c) for c in colour)
    return r, g, b


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


@dataclass(frozen=True)
class Hits:
    """Where rays met things.

    rays: those that met one; index: the thing of each; number: its place among all rays; the rest: the surface there
    """

    rays: Rays
    index: NDArray[np.int64]
    number: NDArray[np.intp]
    points: Triple
    normals: Triple
    colours: Triple


def radiance(scenery: Scenery, rays: Rays, hits: tuple[Array, NDArray[np.int64]], bounces: int = 1) -> Triple:
    """The light that comes back along each ray; hits as `trace` returns them."""
    t, index = hits
    light = scenery.light
    colours = light.sky(rays.direction)
    number = np.flatnonzero(index >= 0)
    seen, t, index = rays.pick(number), t[number], index[number]
    points = seen.at(t)
    met = Hits(seen, index, number, points, *surfaces(scenery.things, points, index))
    lit = _lit(scenery, met)
    if bounces:
        lit = _mirrored(scenery, met, lit, bounces)
    lost = t / (t + light.haze) if light.haze < float("inf") else np.zeros(t.shape)
    return _put(colours, number, blend(lit, spread(light.air, lost), lost))


def _put(colours: Triple, number: NDArray[np.intp], values: Triple) -> Triple:
    """Colours with those at `number` replaced, in place."""
    for target, value in zip(colours, values):
        target[number] = value
    return colours


def _pick(values: Triple, number: NDArray[np.intp]) -> Triple:
    return values[0][number], values[1][number], values[2][number]


def _away(points: Triple, normals: Triple) -> Triple:
    """Points lifted a little off their surface."""
    x, y, z = (p + 1e-4 * n for p, n in zip(points, normals))
    return x, y, z


def _lit(scenery: Scenery, met: Hits) -> Triple:
    light = scenery.light
    lamps = np.array(light.towards)[met.number % len(light.towards)]
    towards = (lamps[:, 0], lamps[:, 1], lamps[:, 2])
    facing = np.maximum(dot(met.normals, towards), 0.0)
    blocked, _ = trace(scenery.things, Rays(_away(met.points, met.normals), towards), scenery.marched)
    facing = np.where(blocked < np.inf, 0.0, facing)
    way = met.rays.direction
    back = unit((-way[0], -way[1], -way[2]))
    half = unit((back[0] + towards[0], back[1] + towards[1], back[2] + towards[2]))
    gloss = np.maximum(dot(half, met.normals), 0.0)
    for _ in range(5):  # to the power 32
        gloss = gloss * gloss
    shine = np.array([thing.material.shine for thing in scenery.things])[met.index] * gloss * (facing > 0)
    sky = 0.5 + 0.5 * met.normals[1]
    r, g, b = (
        c * (lamp * facing + low + (high - low) * sky) + lamp * shine
        for c, lamp, low, high in zip(met.colours, light.lamp, light.below, light.above)
    )
    return r, g, b


def _mirrored(scenery: Scenery, met: Hits, lit: Triple, bounces: int) -> Triple:
    mirror = np.array([thing.material.mirror for thing in scenery.things])[met.index]
    number = np.flatnonzero(mirror > 0)
    if number.size == 0:
        return lit
    normal, way = _pick(met.normals, number), unit(_pick(met.rays.direction, number))
    along = dot(way, normal)
    x, y, z = (w - 2 * along * n for w, n in zip(way, normal))
    rays = Rays(_away(_pick(met.points, number), normal), (x, y, z))
    light = radiance(scenery, rays, trace(scenery.things, rays, scenery.marched), bounces - 1)
    # Grazing light is reflected most (Schlick's curve, its power written out).
    graze = 1 - np.maximum(-along, 0.0)
    share = mirror[number] + (1 - mirror[number]) * graze * graze * graze * graze * graze
    return _put(lit, number, blend(_pick(lit, number), light, share))
