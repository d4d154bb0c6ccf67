"""Pairs of pictures that may be one: the same pixels by their hash, and perceptual hashes that are near each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.fingerprints import Rows
from stylegauge.datasets.perceptual import VIEWS, distances

# Copies that were resized, recompressed, mirrored, brightened, written on or cropped by up to 5 % are all within it;
# 1 in 15,000 pairs of different photographs is, and is told apart by its features. 14 bits would let in 1 in 2,000.
RADIUS = 12
FLAT_LEVELS = 4.0  # below, the hash tells noise: flat colours, empty scans
_BLOCK = 1 << 24  # hashes compared at once: 16 million, 150 MB
# The whole of one with each view of the other, and square with square. Two different crops of one photograph meet
# through the whole of neither; they are found as far as they overlap.
_OF_VIEWS = (
    *((0, view) for view in range(len(VIEWS))), *((view, 0) for view in range(1, len(VIEWS))), (1, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """Two pictures whose hashes are near: places in their sets, bits that differ, and the views that are nearest.

    mirrored: whether the second is looked at as its mirror image
    """

    first: int
    second: int
    distance: int
    first_view: str
    second_view: str
    mirrored: bool


def same_pixels(ours: Rows, theirs: Rows | None) -> list[tuple[int, int, int]]:
    """(first, second, more) of pictures with one hash of their pixels; theirs None: inside one set.

    Of several copies the earliest stands for all: inside a set each later copy is listed with it; between sets each of
    ours is listed with the earliest of theirs, and `more` is how many others are there. So n copies give n lines.
    """
    places: dict[bytes, list[int]] = {}
    for place, digest in enumerate((ours if theirs is None else theirs)["pixels"].tolist()):
        places.setdefault(digest, []).append(place)
    if theirs is None:
        return [(group[0], later, 0) for group in places.values() for later in group[1:]]
    found = ((place, places.get(digest)) for place, digest in enumerate(ours["pixels"].tolist()))
    return [(place, group[0], len(group) - 1) for place, group in found if group]


def near_hashes(ours: Rows, theirs: Rows | None, radius: int = RADIUS) -> list[Candidate]:
    """Pairs at most `radius` bits apart in some pair of views, by their best one; theirs None: inside one set.

    Pictures whose pixels are the same are left out, copies after the first as well, and those without contrast.
    """
    mine = _worth_comparing(ours)
    others = mine if theirs is None else _worth_comparing(theirs)
    table = ours if theirs is None else theirs
    best: dict[tuple[int, int], Candidate] = {}
    for each in _pairs_of_views(ours["hashes"][mine], table["hashes"][others], radius):
        first, second = int(mine[each.first]), int(others[each.second])
        if (theirs is None and first >= second) or ours["pixels"][first] == table["pixels"][second]:
            continue
        known = best.get((first, second))
        # The first of equals stays: the whole before its parts, and as it is before mirrored.
        if known is None or each.distance < known.distance:
            found = Candidate(first, second, each.distance, each.first_view, each.second_view, each.mirrored)
            best[first, second] = found
    return [best[key] for key in sorted(best)]


def flat(rows: Rows) -> int:
    """How many pictures have too little contrast for a perceptual hash."""
    return int((rows["contrast"] < FLAT_LEVELS).sum())


def _worth_comparing(rows: Rows) -> NDArray[np.intp]:
    _, first = np.unique(rows["pixels"], return_index=True)
    earliest = np.sort(first)
    return earliest[rows["contrast"][earliest] >= FLAT_LEVELS]


def _pairs_of_views(ours: NDArray[np.uint64], theirs: NDArray[np.uint64], radius: int) -> Iterator[Candidate]:
    """ours [N, views, 2], theirs [M, views, 2]."""
    step = max(1, _BLOCK // max(1, len(theirs)))
    for mirrored in (False, True):
        for view, other in _OF_VIEWS:
            for start in range(0, len(ours), step):
                bits = distances(ours[start : start + step, view, 0], theirs[:, other, int(mirrored)])
                for first, second in zip(*(found.tolist() for found in np.nonzero(bits <= radius))):
                    distance = int(bits[first, second])
                    yield Candidate(start + first, second, distance, VIEWS[view], VIEWS[other], mirrored)
