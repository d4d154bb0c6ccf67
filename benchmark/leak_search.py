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
_BLOCK = 1 << 22  # pairs compared at once: 4 million, 50 MB, or 200 MB where all are near
# The whole of one with each view of the other, and square with square. Two different crops of one photograph meet
# through the whole of neither; they are found as far as they overlap.
_OF_VIEWS = (
    *((0, view) for view in range(len(VIEWS))), *((view, 0) for view in range(1, len(VIEWS))), (1, 1),
)  # fmt: skip
# The whole before its parts, and as it is before mirrored.
_WAYS = tuple((mirrored, view, other) for mirrored in (False, True) for view, other in _OF_VIEWS)
# A pair in 10 bytes, since pictures of one scene are near each other all to all. way: place in _WAYS
NEAR = np.dtype([("first", "<u4"), ("second", "<u4"), ("distance", "u1"), ("way", "u1")])


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


def near_hashes(ours: Rows, theirs: Rows | None, radius: int = RADIUS) -> Iterator[Rows]:
    """Pairs at most `radius` bits apart in some pair of views, by their best one; theirs None: inside one set.

    Pictures whose pixels are the same are left out, copies after the first as well, and those without contrast.
    returns: structured arrays of NEAR, a block at a time, sorted by their places; `candidates` gives them as objects
    """
    mine = _worth_comparing(ours)
    others = mine if theirs is None else _worth_comparing(theirs)
    table = ours if theirs is None else theirs
    step = max(1, _BLOCK // max(1, len(others)))
    for start in range(0, len(mine), step):
        some = mine[start : start + step]
        across = others[start:] if theirs is None else others  # what lies before was compared with an earlier block
        near = _nearest_views(ours["hashes"][some], table["hashes"][across], radius)
        near["first"], near["second"] = some[near["first"]], across[near["second"]]
        if theirs is None:
            near = near[near["first"] < near["second"]]
        yield near[ours["pixels"][near["first"]] != table["pixels"][near["second"]]]


def candidates(near: Rows) -> list[Candidate]:
    """Rows of NEAR as objects."""
    rows = ((first, second, distance, _WAYS[way]) for first, second, distance, way in near.tolist())
    return [
        Candidate(first, second, distance, VIEWS[view], VIEWS[other], mirrored)
        for first, second, distance, (mirrored, view, other) in rows
    ]


def flat(rows: Rows) -> int:
    """How many pictures have too little contrast for a perceptual hash."""
    return int((rows["contrast"] < FLAT_LEVELS).sum())


def _worth_comparing(rows: Rows) -> NDArray[np.intp]:
    _, first = np.unique(rows["pixels"], return_index=True)
    earliest = np.sort(first)
    return earliest[rows["contrast"][earliest] >= FLAT_LEVELS]


def _nearest_views(ours: NDArray[np.uint64], theirs: NDArray[np.uint64], radius: int) -> Rows:
    """ours [N, views, 2], theirs [M, views, 2]: rows of NEAR with places in these two."""
    best = np.full((len(ours), len(theirs)), radius + 1, np.uint8)
    ways = np.zeros_like(best)
    for way, (mirrored, view, other) in enumerate(_WAYS):
        bits = distances(ours[:, view, 0], theirs[:, other, int(mirrored)])
        nearer = np.nonzero(bits < best)  # the first of equals stays
        best[nearer], ways[nearer] = bits[nearer], way
    first, second = np.nonzero(best <= radius)
    near = np.empty(len(first), NEAR)
    near["first"], near["second"] = first, second
    near["distance"], near["way"] = best[first, second], ways[first, second]
    return near
