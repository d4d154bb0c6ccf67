"""The solids of the rendered scenes and the rays that meet them.

Everything here is float64 + - * / sqrt on one array after the other, each rounded exactly by IEEE 754, and never a sum
over an axis, so a scene has the same bits on every processor. Coordinates: x right, y up, z away from the camera.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Vector = tuple[float, float, float]
Triple = tuple[Array, Array, Array]

NEAR = 1e-6  # a ray that starts on a surface does not meet that surface again
PARALLEL = 1e-12


@dataclass(frozen=True)
class Rays:
    """N rays; a point of ray i is origin + t * direction, for t > 0.

    origin: three arrays [N] or three floats; direction: three arrays [N], not normalised
    """

    origin: tuple[Array | float, Array | float, Array | float]
    direction: Triple

    def at(self, t: Array) -> Triple:
        """The points at parameters t [N]."""
        (ox, oy, oz), (dx, dy, dz) = self.origin, self.direction
        return ox + t * dx, oy + t * dy, oz + t * dz

    def pick(self, chosen: NDArray[np.intp]) -> Rays:
        """The rays with these indices."""
        x, y, z = (v if isinstance(v, float) else v[chosen] for v in self.origin)
        dx, dy, dz = (v[chosen] for v in self.direction)
        return Rays((x, y, z), (dx, dy, dz))


class Shape(Protocol):
    """A solid; `bound` is a sphere around it (centre, radius), or None for what has no end."""

    @property
    def bound(self) -> tuple[Vector, float] | None:
        """A sphere around it."""

    def hit(self, rays: Rays) -> Array:
        """[N] the smallest t > NEAR at which each ray meets the solid, inf where it does not."""

    def normal(self, points: Triple) -> Triple:
        """Outward unit normals at points of the surface."""

    def surface(self, points: Triple) -> tuple[Array, Array]:
        """(u, v) coordinates for patterns, in units of length; v grows upwards where there is an upwards."""


def dot(a: tuple[Array | float, ...], b: tuple[Array | float, ...]) -> Array:
    """The dot product of vectors given by components, summed from left to right."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def unit(v: Triple) -> Triple:
    """Vectors scaled to length 1."""
    length = np.sqrt(dot(v, v))
    return v[0] / length, v[1] / length, v[2] / length


def _first(*candidates: Array) -> Array:
    best = np.full(candidates[0].shape, np.inf)
    for t in candidates:
        best = np.where((t > NEAR) & (t < best), t, best)
    return best


@dataclass(frozen=True)
class Wall:
    """The half space behind the plane `normal . p = offset`; normal points along one axis."""

    axis: int
    sign: float
    offset: float

    bound = None

    def hit(self, rays: Rays) -> Array:
        """Where the rays cross the plane."""
        towards = rays.direction[self.axis]
        towards = np.where(towards == 0, PARALLEL, towards)
        return _first((self.offset - rays.origin[self.axis]) / towards)

    def normal(self, points: Triple) -> Triple:
        """The plane's normal."""
        x, y, z = (np.full(points[0].shape, self.sign if i == self.axis else 0.0) for i in range(3))
        return x, y, z

    def surface(self, points: Triple) -> tuple[Array, Array]:
        """The two other axes."""
        u, v = (points[i] for i in range(3) if i != self.axis)
        return u, v


@dataclass(frozen=True)
class Ball:
    """An ellipsoid with radius `radius` across and `radius * flat` upwards."""

    centre: Vector
    radius: float
    flat: float = 1.0

    @property
    def bound(self) -> tuple[Vector, float]:
        """A sphere around it."""
        return self.centre, self.radius * max(1.0, self.flat)

    def _local(self, v: tuple[Array | float, ...]) -> tuple[Array | float, ...]:
        return v[0], v[1] / self.flat, v[2]

    def hit(self, rays: Rays) -> Array:
        """The nearer root of the sphere's quadratic, after squeezing space by `flat`."""
        start = self._local(tuple(o - c for o, c in zip(rays.origin, self.centre)))
        way = self._local(rays.direction)
        a, b, c = dot(way, way), dot(start, way), dot(start, start) - self.radius * self.radius
        root = np.sqrt(np.maximum(b * b - a * c, 0.0))
        nearest = _first((-b - root) / a, (-b + root) / a)
        return np.where(b * b >= a * c, nearest, np.inf)

    def normal(self, points: Triple) -> Triple:
        """The gradient of the ellipsoid's equation."""
        x, y, z = (p - c for p, c in zip(points, self.centre))
        return unit((x, y / (self.flat * self.flat), z))

    def surface(self, points: Triple) -> tuple[Array, Array]:
        """Sideways and upwards from the centre."""
        x, y, z = (p - c for p, c in zip(points, self.centre))
        return x + 0.5 * z, y


@dataclass(frozen=True)
class Frustum:
    """An upright cylinder, cone or anything between: radius `low` at the base, `high` at the top."""

    base: Vector
    low: float
    high: float
    height: float

    @property
    def bound(self) -> tuple[Vector, float]:
        """A sphere around it."""
        x, y, z = self.base
        half, wide = self.height / 2, max(self.low, self.high)
        return (x, y + half, z), math.sqrt(half * half + wide * wide)

    @property
    def slope(self) -> float:
        """Change of the radius for each unit of height."""
        return (self.high - self.low) / self.height

    def hit(self, rays: Rays) -> Array:
        """The nearest of two crossings of the mantle and one of each lid."""
        (x, y, z), (dx, dy, dz) = (tuple(o - b for o, b in zip(rays.origin, self.base)), rays.direction)
        radius, k = self.low + self.slope * y, self.slope
        a = dx * dx + dz * dz - k * k * (dy * dy)
        a = np.where(a == 0, PARALLEL, a)
        b = x * dx + z * dz - k * (radius * dy)
        c = x * x + z * z - radius * radius
        root = np.sqrt(np.maximum(b * b - a * c, 0.0))
        found = []
        for t in ((-b - root) / a, (-b + root) / a):
            up = y + t * dy
            found.append(np.where((b * b >= a * c) & (up >= 0) & (up <= self.height), t, np.inf))
        for level, wide in ((0.0, self.low), (self.height, self.high)):
            t = (level - y) / np.where(dy == 0, PARALLEL, dy)
            px, pz = x + t * dx, z + t * dz
            found.append(np.where(px * px + pz * pz <= wide * wide, t, np.inf))
        return _first(*found)

    def normal(self, points: Triple) -> Triple:
        """Outward from the axis and up by the slope; straight up or down on a lid."""
        x, y, z = (p - b for p, b in zip(points, self.base))
        out = np.maximum(np.sqrt(x * x + z * z), PARALLEL)
        nx, ny, nz = unit((x / out, np.full(x.shape, -self.slope), z / out))
        lid = np.where(y > self.height - 1e-7, 1.0, np.where(y < 1e-7, -1.0, 0.0))
        on_lid = lid != 0
        return np.where(on_lid, 0.0, nx), np.where(on_lid, lid, ny), np.where(on_lid, 0.0, nz)

    def surface(self, points: Triple) -> tuple[Array, Array]:
        """Sideways and upwards from the base."""
        x, y, z = (p - b for p, b in zip(points, self.base))
        return x + 0.5 * z, y
