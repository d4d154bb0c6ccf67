"""Where to write the names of points so that no two lie on each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_RADII = (7.0, 11.0, 16.0, 23.0, 32.0, 43.0, 56.0, 72.0, 92.0, 116.0)
_DIRECTIONS = 16
_GAP = 2.0  # pixels kept free around every label
_AMBIGUOUS = 20.0  # what it costs a label to stand nearer to another point than to its own
_CLOSE = 16.0  # a label this near needs no line to its point


@dataclass(frozen=True)
class Box:
    """An upright rectangle in pixels, y upwards or downwards alike."""

    left: float
    low: float
    right: float
    high: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share any area."""
        return self.left < other.right and other.left < self.right and self.low < other.high and other.low < self.high

    def within(self, other: Box) -> bool:
        """Whether this box lies in the other."""
        return (
            other.left <= self.left and self.right <= other.right and other.low <= self.low and self.high <= other.high
        )

    def grown(self, by: float) -> Box:
        """The box with a margin."""
        return Box(self.left - by, self.low - by, self.right + by, self.high + by)


@dataclass(frozen=True)
class Placed:
    """A label's box and whether it is far enough from its point to need a line to it."""

    box: Box
    far: bool


def place(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    bounds: Box,
    marker: float = 5.0,
    soft: Sequence[Box] = (),
) -> list[Placed | None]:
    """A place for each label, greedily, the most crowded points first.

    points: pixels; sizes: width and height of each label; marker: half the side of a point's mark
    soft: boxes (interval bars, curves) that labels avoid where they can
    returns: None for a label that no place was free for
    """
    marks = [Box(x - marker, y - marker, x + marker, y + marker) for x, y in points]
    taken: list[Box] = []
    places: list[Placed | None] = [None] * len(points)
    for index in sorted(range(len(points)), key=lambda i: (-_crowd(points, i), points[i], i)):
        blocked = [*taken, *(mark for other, mark in enumerate(marks) if other != index)]
        others = [point for other, point in enumerate(points) if other != index]
        best = _best(points[index], sizes[index], bounds, blocked, soft, others)
        places[index] = best
        if best:
            taken.append(best.box.grown(_GAP))
    return places


def _crowd(points: Sequence[tuple[float, float]], index: int) -> int:
    x, y = points[index]
    return sum(math.hypot(x - other_x, y - other_y) < 60 for other_x, other_y in points) - 1


def _best(
    point: tuple[float, float],
    size: tuple[float, float],
    bounds: Box,
    blocked: Sequence[Box],
    soft: Sequence[Box],
    others: Sequence[tuple[float, float]],
) -> Placed | None:
    best: Placed | None = None
    least = math.inf
    for radius in _RADII:
        for step in range(_DIRECTIONS):
            box = _candidate(point, size, radius, 2 * math.pi * step / _DIRECTIONS)
            if not box.within(bounds) or any(box.overlaps(other) for other in blocked):
                continue
            cost = radius + 14 * sum(box.overlaps(other) for other in soft)
            cost += _AMBIGUOUS * (_distance(box, point) > min((_distance(box, p) for p in others), default=math.inf))
            if cost < least:
                best, least = Placed(box, radius > _CLOSE), cost
    return best


def _distance(box: Box, point: tuple[float, float]) -> float:
    """From the point to the nearest place of the box."""
    x, y = point
    return math.hypot(max(box.left - x, 0, x - box.right), max(box.low - y, 0, y - box.high))


def _candidate(point: tuple[float, float], size: tuple[float, float], radius: float, angle: float) -> Box:
    """The box whose nearest edge lies `radius` from the point in the direction of `angle`."""
    width, height = size
    across, up = math.cos(angle), math.sin(angle)
    # Beside a slanted direction the whole box moves over, so that it stands clear of an upright cross at the point.
    x = point[0] + across * radius + width / 2 * (math.copysign(1, across) if abs(across) > 0.3 else 0)
    y = point[1] + up * radius + height / 2 * (math.copysign(1, up) if abs(up) > 0.3 else 0)
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
