"""The solids with flat faces of the rendered scenes: boxes and saddle roofs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.scene_shapes import NEAR, PARALLEL, Array, Rays, Triple, Vector, dot


@dataclass(frozen=True)
class Convex:
    """The points p with `normal . (p - centre) <= offset` for every face, turned about the upright axis.

    faces: ((normal of length 1), offset); turn: (cosine, sine); radius: of a sphere around it
    """

    centre: Vector
    faces: tuple[tuple[Vector, float], ...]
    turn: tuple[float, float]
    radius: float

    @property
    def bound(self) -> tuple[Vector, float]:
        """A sphere around it."""
        return self.centre, self.radius

    def _local(self, v: tuple[Array | float, ...]) -> tuple[Array | float, ...]:
        c, s = self.turn
        return c * v[0] + s * v[2], v[1], c * v[2] - s * v[0]

    def hit(self, rays: Rays) -> Array:
        """The last face entered, where that comes before the first face left."""
        start = self._local(tuple(o - c for o, c in zip(rays.origin, self.centre)))
        way = self._local(rays.direction)
        enter, leave = np.full(way[1].shape, -np.inf), np.full(way[1].shape, np.inf)  # type: ignore[union-attr]
        for face, offset in self.faces:
            speed = dot(face, way)
            speed = np.where(speed == 0, PARALLEL, speed)
            t = (offset - dot(face, start)) / speed
            enter = np.where((speed < 0) & (t > enter), t, enter)
            leave = np.where((speed > 0) & (t < leave), t, leave)
        return np.where((enter < leave) & (enter > NEAR), enter, np.inf)

    def _face(self, points: Triple) -> tuple[NDArray[np.intp], tuple[Array | float, ...]]:
        local = self._local(tuple(p - c for p, c in zip(points, self.centre)))
        outside = np.stack([dot(face, local) - offset for face, offset in self.faces])
        return outside.argmax(axis=0), local

    def normal(self, points: Triple) -> Triple:
        """The normal of the face each point lies on."""
        face, _ = self._face(points)
        table = np.array([normal for normal, _ in self.faces])[face]
        (c, s), (x, y, z) = self.turn, (table[:, 0], table[:, 1], table[:, 2])
        return c * x - s * z, y, c * z + s * x

    def surface(self, points: Triple) -> tuple[Array, Array]:
        """Along the face and upwards; on a level face the two level axes."""
        face, (x, y, z) = self._face(points)
        table = np.abs(np.array([normal for normal, _ in self.faces]))[face]
        sideways = table[:, 0] > table[:, 2]
        level = table[:, 1] > 0.9
        return np.where(sideways & ~level, z, x), np.where(level, z, y)


def turned(tangent: float) -> tuple[float, float]:
    """(cosine, sine) of the angle with this tangent."""
    length = math.sqrt(1 + tangent * tangent)
    return 1 / length, tangent / length


def box(centre: Vector, half: Vector, tangent: float = 0.0) -> Convex:
    """A box with half sizes `half`, turned about the upright axis."""
    sides = [((1.0, 0.0, 0.0), half[0]), ((0.0, 1.0, 0.0), half[1]), ((0.0, 0.0, 1.0), half[2])]
    faces = [*sides, *(((-n[0], -n[1], -n[2]), d) for n, d in sides)]
    return Convex(centre, tuple(faces), turned(tangent), _reach(half))


def _reach(half: Vector) -> float:
    return math.sqrt(half[0] * half[0] + half[1] * half[1] + half[2] * half[2])


def roof(base: Vector, half: Vector, tangent: float = 0.0) -> Convex:
    """A saddle roof: half[0], half[2] of its base and half[1] its height, the ridge along x."""
    slant = math.sqrt(half[1] * half[1] + half[2] * half[2])
    up, out = half[2] / slant, half[1] / slant
    eave = out * half[2]
    faces = (
        ((0.0, up, out), eave),
        ((0.0, up, -out), eave),
        ((1.0, 0.0, 0.0), half[0]),
        ((-1.0, 0.0, 0.0), half[0]),
        ((0.0, -1.0, 0.0), 0.0),
    )
    return Convex(base, faces, turned(tangent), _reach(half))
