"""Generators on weights files that their authors published, given by path. None is bundled or downloaded."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.weights.files import Located
from stylegauge.metrics.weights.read import read_state


def read_official(path: str | Path, what: str) -> dict[str, Tensor]:
    """Every tensor of a published file by name, on the CPU; a file that wants to run code is refused.

    what: the argument that named the file, for the error
    raises: UsageError for a file that is missing, damaged, or holds anything but named tensors
    """
    place = Path(path)
    if not place.is_file():
        found = "a folder" if place.is_dir() else "nothing"
        raise UsageError(f"{what}='{path}': found {found} there, expected a weights file (.pth or .safetensors)")
    return read_state(Located(what, place, "", False))
