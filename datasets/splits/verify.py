"""Whether the pictures on this machine are those that a split lists, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.folder import pictures
from stylegauge.datasets.loading import Facts, facts
from stylegauge.datasets.splits.records import Item, Split

REWRITTEN = "rewritten"  # the one kind of fault that changes no number
MANY = 100  # pictures; fewer are read sooner than worker processes start
Watch = Callable[[Iterable[Facts], int], Iterable[Facts]]


@dataclass(frozen=True)
class Fault:
    """A file that is not as listed.

    kind: "missing", "extra", "changed", "decoded otherwise" (other pixels out of the very bytes that were locked) or
    REWRITTEN (other bytes, the same pixels)
    """

    kind: str
    path: Path
    text: str

    def __str__(self) -> str:
        return f"{self.path} {self.text}"


def faults(split: Split, workers: int | None = None, watch: Watch = lambda each, _: each) -> Iterator[Fault]:
    """Every fault of a split's files: what is missing, what is too many, what has changed.

    watch: shown the facts as they come, and how many there will be
    raises: UsageError where no file at all is there, which is a wrong folder rather than a fault of each
    """
    listed: dict[Path, Item] = {path: item for item in split.items if (path := item.path)}
    present = [path for path in listed if path.is_file()]
    if listed and not present:
        raise UsageError(
            f"none of the {len(listed)} files of '{split.name}' is in '{split.data}'; --data DIR names their folder"
        )
    there = set(present)
    for path in (path for path in listed if path not in there):
        yield Fault("missing", path, f"is missing; the split '{split.name}' lists it")
    for path in _extra(split, set(listed)):
        yield Fault("extra", path, f"is no part of the split '{split.name}'; remove it")
    team = 1 if len(present) < MANY else workers
    for found in watch(facts(present, split.size, workers=team, on_error="skip"), len(present)):
        fault = _compared(found, listed[found.path])
        if fault:
            yield fault


def first_fault(split: Split) -> Fault | None:
    """The first fault that changes a number; None where there is none."""
    return next((fault for fault in faults(split) if fault.kind != REWRITTEN), None)


def _extra(split: Split, listed: set[Path]) -> list[Path]:
    folders = [split.apart.get(name, split.data / name) for name in split.complete]
    return sorted({path for folder in folders if folder.is_dir() for path in pictures(folder)} - listed)


def _compared(found: Facts, item: Item) -> Fault | None:
    same_bytes = found.file_sha256 == item.file_sha256
    if found.error:
        return Fault("changed", found.path, f"has changed: {found.error}")
    if found.pixels_sha256 != item.pixels_sha256:
        hashes = f"its pixels have sha256 {found.pixels_sha256[:12]}, expected {item.pixels_sha256[:12]}"
        if same_bytes:
            return Fault("decoded otherwise", found.path, f"has the bytes that were locked, but {hashes}")
        return Fault("changed", found.path, f"has changed: {hashes}")
    if item.file_sha256 and not same_bytes:
        return Fault(REWRITTEN, found.path, "was written anew: other bytes, but the same pixels")
    return None
