"""The pictures of a folder under stable ids: the file's name without its suffix."""

from __future__ import annotations

import os
from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import SUFFIXES


def scan(folder: str | Path) -> dict[str, Path]:
    """Id to file for every picture in a folder and its subfolders, sorted by id. Nothing is decoded.

    Hidden files and folders, and files of other kinds, are passed over; links to folders are not followed.
    raises: UsageError for a missing or empty folder, and for two files that would have one id
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UsageError(f"no folder '{folder}': {'it is a file' if folder.exists() else 'there is no such folder'}")
    files: dict[str, Path] = {}
    for path in pictures(folder):
        other = files.setdefault(path.stem, path)
        if other != path:
            first, second = sorted(str(p.relative_to(folder)) for p in (other, path))
            raise UsageError(f"two images in '{folder}' have the id '{path.stem}': {first} and {second}; rename one")
    if not files:
        raise UsageError(f"no images in '{folder}'; expected files that end in {', '.join(SUFFIXES)}")
    return dict(sorted(files.items()))


def pictures(folder: Path) -> list[Path]:
    """Every picture of a folder and its subfolders by its name, hidden ones left out, in no order."""
    found = []
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(place, name) for name in names if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
        ]
    return found


def _refuse(error: OSError) -> None:
    raise UsageError(f"cannot read the folder '{error.filename}': {error.strerror}") from error
