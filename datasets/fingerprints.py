"""Fingerprints of many pictures, computed once: each folder's are kept in the cache as one table.

A file is known again by its name, size and times of modification and change, so a second look at 118,000 files costs
seconds. A table is written every few thousand pictures: what was stopped goes on from there.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

from stylegauge.datasets import cache
from stylegauge.datasets.images import ImageError, load_image, pixels_sha256
from stylegauge.datasets.loading import ordered_map
from stylegauge.datasets.perceptual import VERSION, VIEWS, fingerprint

KIND = "fingerprints"
WRITE_EVERY = 4096  # pictures: about half a minute on two cores
# identity: of the file; pixels: sha256 as `images.pixels_sha256` makes it; the rest as in `perceptual.Fingerprint`
ROW = np.dtype(
    [
        ("identity", "S32"),
        ("pixels", "S64"),
        ("width", "<u4"),
        ("height", "<u4"),
        ("contrast", "<f4"),
        ("hashes", "<u8", (len(VIEWS), 2)),
    ]
)
Rows = NDArray[np.void]


@dataclass(frozen=True)
class Measured:
    """Fingerprints of the pictures that can be read, in the order given.

    rows: structured array of ROW [N]; paths: N files
    unreadable: file and reason of the others
    """

    paths: tuple[Path, ...]
    rows: Rows
    unreadable: tuple[tuple[Path, str], ...]


def measure(
    paths: Sequence[Path],
    *,
    workers: int | None = None,
    on_error: str = "stop",
    say: Callable[[int, int], None] | None = None,
) -> Measured:
    """Fingerprints of files, from the cache where they are known.

    on_error: "stop" raises the ImageError of a file that cannot be read, "skip" lists it
    say: called with how many of the pictures to be read are done, and how many there are
    """
    known = _known(paths)
    missing = sorted(path for path, row in known.items() if row is None)
    unreadable: dict[Path, str] = {}
    fresh: list[Rows] = []
    answers = zip(missing, ordered_map(_measured, missing, workers=workers))
    for done, (path, (row, error)) in enumerate(answers, 1):
        if row is not None:
            known[path] = row
            fresh.append(row)
        elif on_error == "stop":
            raise ImageError(error)
        else:
            unreadable[path] = error
        last = done == len(missing) or missing[done].parent != path.parent
        if fresh and (last or len(fresh) == WRITE_EVERY):
            _keep(path.parent, fresh)
            fresh = []
        if say:
            say(done, len(missing))
    found = [(path, row) for path in paths if (row := known[path]) is not None]
    rows = np.concatenate([row for _, row in found]) if found else np.empty(0, ROW)
    listed = tuple((path, unreadable[path]) for path in paths if path in unreadable)
    return Measured(tuple(path for path, _ in found), rows, listed)


def _known(paths: Iterable[Path]) -> dict[Path, Rows | None]:
    """Every path with its row [1] of the cache, or None."""
    found: dict[Path, Rows | None] = {}
    for folder, named in groupby(sorted(set(paths)), key=lambda path: path.parent):
        table = _table(folder)
        places = {identity: index for index, identity in enumerate(table["identity"].tolist())}
        for path in named:
            place = places.get(_identity(path))
            found[path] = None if place is None else table[place : place + 1]
    return found


def _identity(path: Path) -> bytes:
    """Hash of what changes when the file does; b"" for a file that is not there."""
    try:
        state = os.stat(path)
    except OSError:
        return b""
    # The time of change as well: copying tools set that of modification back.
    words = f"{path.name}\0{state.st_size}\0{state.st_mtime_ns}\0{state.st_ctime_ns}"
    return hashlib.sha256(words.encode(errors="surrogateescape")).hexdigest()[:32].encode()


def _measured(path: Path) -> tuple[Rows | None, str]:
    identity = _identity(path)
    try:
        pixels = load_image(path)
    except ImageError as error:
        return None, str(error)
    looks = fingerprint(pixels)
    height, width = pixels.shape[:2]
    row = np.array([(identity, pixels_sha256(pixels), width, height, looks.contrast, looks.hashes)], ROW)
    return row, ""


def _table(folder: Path) -> Rows:
    data = cache.read(KIND, _key(folder))
    return np.empty(0, ROW) if data is None else np.load(io.BytesIO(data), allow_pickle=False)


def _keep(folder: Path, fresh: Sequence[Rows]) -> None:
    """Add rows to a folder's table; those of files that are gone or have changed are left out."""
    present = {_identity(path) for path in folder.iterdir()}
    kept = _table(folder)
    table = np.concatenate([kept[np.isin(kept["identity"], sorted(present))], *fresh])
    _, first = np.unique(table["identity"], return_index=True)
    file = io.BytesIO()
    np.save(file, table[np.sort(first)], allow_pickle=False)
    cache.write(KIND, _key(folder), file.getvalue())


def _key(folder: Path) -> str:
    # Another Pillow may decode a JPEG to other pixels.
    place = hashlib.sha256(os.fsencode(os.path.abspath(folder))).hexdigest()[:40]
    return f"{place}-v{VERSION}-pillow-{PIL.__version__}"
