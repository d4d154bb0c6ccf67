"""The leak scan: pictures that are in two places, as they are or nearly so, inside sets and between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from stylegauge.benchmark.leak_check import Checked, check
from stylegauge.benchmark.leak_groups import surest
from stylegauge.benchmark.leak_search import RADIUS, Candidate, flat, near_hashes, same_pixels
from stylegauge.benchmark.picture_sets import PictureSet, printable
from stylegauge.datasets.fingerprints import Measured, measure
from stylegauge.datasets.perceptual import VIEWS

SCHEMA = 1
KINDS = ("exact", "near")
# Chosen on the photographs and paintings they were measured on; docs/datasets.md has the table, and a test on others.
# Of 912,000 pairs of different pictures none within the radius reaches 0.88 but two moments of one scene; of 95 outputs
# of published methods none does with its content (0.871 the most); copies cropped by 5 % do in 97 of 100 cases.
SIMILARITY = 0.88
# So few bits are apart in no two of those pairs, outputs included (4 the fewest). Copies in grey have other features
# (0.72 for 1 in 100) and are within these bits.
SURE_DISTANCE, SURE_SIMILARITY = 2, 0.6
# At 32 x 32, in levels. JPEG of quality 30 and a quarter of the size stay within; brightening by 30 and text do not.
SAME_MEAN, SAME_LARGEST = 2.0, 16.0
_PARTS = {view: f"{view} part" for view in VIEWS} | {"centre": "centre square"}
Say = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Leak:
    """Two pictures that are one.

    kind: "exact" (the same picture, whatever its format, size or compression) or "near" (changed: cropped, mirrored,
    brightened, written on)
    how: how it was found, in words
    distance: bits in which the perceptual hashes differ, 0 to 64; similarity: cosine of features, None where not needed
    more: further copies of the second picture in its set
    """

    kind: str
    how: str
    distance: int
    similarity: float | None
    first_set: str
    first_id: str
    first_path: Path
    second_set: str
    second_id: str
    second_path: Path
    more: int = 0


@dataclass(frozen=True)
class Scan:
    """What was scanned and found.

    sets: with the pictures that could be read; unreadable: set name -> file and reason; flat: set name -> pictures
    without contrast, which are compared by their pixels alone
    compared: pairs of set names, the same name twice for the inside of a set
    """

    sets: tuple[PictureSet, ...]
    unreadable: dict[str, tuple[tuple[Path, str], ...]]
    flat: dict[str, int]
    compared: tuple[tuple[str, str], ...]
    leaks: tuple[Leak, ...]


def scan(sets: Sequence[PictureSet], *, workers: int | None = None, say: Say | None = None) -> Scan:
    """Compare every set with itself and with the others; training sets with the others alone.

    The result does not depend on the number of workers. say: called with what is done, how much of it and of how much
    raises: ImageError for a picture that cannot be read, except in training sets, where it is listed
    """
    read = [_measured(each, workers, say) for each in sets]
    pairs = _to_compare(sets)
    leaks: list[Leak] = []
    for number, (first, second) in enumerate(pairs):
        if say:
            say("comparing", number, len(pairs))
        leaks += _between(sets[first], read[first], sets[second], read[second], workers)
    return Scan(
        tuple(sets),
        {each.name: found.unreadable for each, found in zip(sets, read)},
        {each.name: flat(found.rows) for each, found in zip(sets, read)},
        tuple((sets[first].name, sets[second].name) for first, second in pairs),
        tuple(sorted(leaks, key=_order)),
    )


def _measured(pictures: PictureSet, workers: int | None, say: Say | None) -> Measured:
    def told(done: int, total: int) -> None:
        if say:
            say(f"reading {pictures.name}", done, total)

    return measure(pictures.paths, workers=workers, on_error="skip" if pictures.training else "stop", say=told)


def _to_compare(sets: Sequence[PictureSet]) -> list[tuple[int, int]]:
    inside = [(place, place) for place, each in enumerate(sets) if not each.training]
    across = [pair for pair in combinations(range(len(sets)), 2) if not all(sets[place].training for place in pair)]
    return [*inside, *across]


def _between(
    first: PictureSet, ours: Measured, second: PictureSet, theirs: Measured, workers: int | None
) -> list[Leak]:
    other = None if first is second else theirs.rows
    one_place = first.origin == second.origin
    found = []
    same: list[tuple[int, int]] = []
    for mine, others, more in same_pixels(ours.rows, other):
        same_file = first is not second and ours.paths[mine].samefile(theirs.paths[others])
        if not (same_file and one_place):  # one file in two roles of a split is how the split is meant
            how = "the same file" if same_file else "the same pixels"
            found.append(_leak("exact", how, 0, None, (first, ours, mine), (second, theirs, others), more))
            same.append((mine, others))
    links: list[Checked] = []
    for some in check(near_hashes(ours.rows, other), ours.paths, theirs.paths, workers=workers):
        links = _surest([*links, *filter(kind_of, some)], same, first is second)
    for each in links:
        kind = kind_of(each)
        pair = (first, ours, each.candidate.first), (second, theirs, each.candidate.second)
        found.append(_leak(kind, _how(kind, each.candidate), each.candidate.distance, each.similarity, *pair))
    return found


def _surest(links: Sequence[Checked], same: Sequence[tuple[int, int]], inside: bool) -> list[Checked]:
    """Those that hold each group of copies together; a place is another picture in the other set."""

    def ends(first: int, second: int) -> tuple[tuple[int, int], tuple[int, int]]:
        return (0, first), (0 if inside else 1, second)

    def order(link: Checked) -> tuple[Any, ...]:
        at = link.candidate
        return KINDS.index(kind_of(link)), at.distance, -link.similarity, at.first, at.second

    pairs = [ends(*pair) for pair in same]
    return surest(links, lambda link: ends(link.candidate.first, link.candidate.second), order, pairs)


def kind_of(checked: Checked) -> str:
    """ "exact", "near", or "" where the two pictures are different ones."""
    if checked.mean_difference <= SAME_MEAN and checked.largest_difference <= SAME_LARGEST:
        return "exact"
    needed = SURE_SIMILARITY if checked.candidate.distance <= SURE_DISTANCE else SIMILARITY
    return "near" if checked.similarity >= needed else ""


def _how(kind: str, candidate: Candidate) -> str:
    if kind == "exact":
        return "the same picture at another size or compression"
    views = candidate.first_view, candidate.second_view
    seen = {("whole", "whole"): "both wholes", ("centre", "centre"): "both centre squares"}.get(views)
    if seen is None and views[1] == "whole":
        seen = f"the second and the first's {_PARTS[views[0]]}"
    elif seen is None:
        seen = f"the first and the second's {_PARTS[views[1]]}"
    return f"perceptual hash of {seen}{', mirrored' if candidate.mirrored else ''}"


def _leak(
    kind: str, how: str, distance: int, similarity: float | None,
    first: tuple[PictureSet, Measured, int], second: tuple[PictureSet, Measured, int], more: int = 0,
) -> Leak:  # fmt: skip
    (ours, our_files, mine), (theirs, their_files, other) = first, second
    our_path, their_path = our_files.paths[mine], their_files.paths[other]
    return Leak(
        kind, how, distance, similarity, ours.name, ours.id_of(our_path), our_path,
        theirs.name, theirs.id_of(their_path), their_path, more,
    )  # fmt: skip


def _order(leak: Leak) -> tuple[Any, ...]:
    similarity = 1.0 if leak.similarity is None else leak.similarity
    names = (leak.first_set, leak.second_set, leak.first_id, leak.second_id)
    return KINDS.index(leak.kind), leak.distance, -similarity, *names


def description(found: Scan) -> dict[str, Any]:
    """The scan as JSON values; paths are absolute."""
    return {
        "schema": SCHEMA,
        "sets": [
            {
                "name": each.name,
                "training": each.training,
                "pictures": len(each.paths) - len(found.unreadable[each.name]),
                "flat": found.flat[each.name],
                "unreadable": [[_place(path), printable(why)] for path, why in found.unreadable[each.name]],
            }
            for each in found.sets
        ],
        "compared": [list(pair) for pair in found.compared],
        "rule": {
            "radius": RADIUS,
            "similarity": SIMILARITY,
            "sure_distance": SURE_DISTANCE,
            "sure_similarity": SURE_SIMILARITY,
        },
        "counts": {kind: sum(leak.kind == kind for leak in found.leaks) for kind in KINDS},
        "leaks": [_words(leak) for leak in found.leaks],
    }


def _words(leak: Leak) -> dict[str, Any]:
    return {
        "kind": leak.kind,
        "how": leak.how,
        "distance": leak.distance,
        "similarity": leak.similarity,
        "first": {"set": leak.first_set, "id": leak.first_id, "path": _place(leak.first_path)},
        "second": {"set": leak.second_set, "id": leak.second_id, "path": _place(leak.second_path)},
        "more": leak.more,
    }


def _place(path: Path) -> str:
    return printable(str(path.absolute()))
