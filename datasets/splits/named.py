"""The splits that ship with the package: NAME.json and NAME/*.png beside this file, verified when they are loaded."""

from __future__ import annotations

from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits.files import read_split
from stylegauge.datasets.splits.records import Split

FOLDER = Path(__file__).parent


def names(folder: Path = FOLDER) -> list[str]:
    """What there is to load."""
    return sorted(file.stem for file in folder.glob("*.json"))


def load_split(name: str, folder: Path = FOLDER) -> Split:
    """The split `name` from `folder`, every file of it verified.

    raises: UsageError naming an unknown split, a changed, missing or extra file
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        raise UsageError(f"no split '{name}'; there are: {', '.join(names(folder))}")
    return read_split(path, verify=True)
