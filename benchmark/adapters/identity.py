"""What a model is, as a hash: its source tree, its weights, its arguments. Imports neither torch nor the model."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from stylegauge.benchmark.adapters.folder import images_by_pair
from stylegauge.benchmark.adapters.spec import ModelSpec
from stylegauge.benchmark.store import canonical_json, file_sha256

WEIGHTS = (
    ".safetensors",
    ".pt",
    ".pth",
    ".tar",
    ".ckpt",
    ".npz",
    ".npy",
    ".bin",
    ".onnx",
    ".pt2",
    ".t7",
    ".h5",
    ".pkl",
)
SOURCES = (".py", ".json", ".yaml", ".yml", ".toml")
# A model kept in a home folder must not make us read the whole disk: beyond this, size and time stand for content.
MOST_FILES = 5000
MOST_BYTES = 2**31
_PASSED_OVER = {"__pycache__", "node_modules", "site-packages", "runs"}


def model_sha256(spec: ModelSpec) -> str:
    """One hash of everything that decides what a model makes, as far as files can tell.

    A model given by file is taken with the sources and weights below its folder; a module with its top package; a
    registered name of ours with this package; a folder of images with those images.
    """
    parts: list[tuple[str, str]] = [("spec", spec.spec), ("arguments", canonical_json(spec.arguments).decode())]
    parts += [(name, sha) for name, sha in _files_of(spec.spec)]
    return hashlib.sha256(canonical_json(parts)).hexdigest()


def tree_sha256(folder: Path) -> str:
    """One hash of the sources and weights below a folder, by relative name."""
    return hashlib.sha256(canonical_json(list(_tree(folder)))).hexdigest()


def code_sha256() -> str:
    """One hash of this package's own code, weights and split files: any change to a metric makes new scores."""
    here = Path(__file__).resolve().parents[2]
    folders = ("datasets", "metrics", "baselines", "benchmark/adapters")
    files = [
        "benchmark/batches.py",
        "benchmark/seeding.py",
        "benchmark/units.py",
        "benchmark/noskill.py",
        "benchmark/device.py",
        "benchmark/groundwork.py",
    ]
    parts = [(name, tree_sha256(here / name)) for name in folders]
    parts += [(name, file_sha256(here / name)) for name in files]
    return hashlib.sha256(canonical_json(parts)).hexdigest()


def _files_of(spec: str) -> list[tuple[str, str]]:
    if spec.startswith("folder:"):
        files = images_by_pair(Path(spec.removeprefix("folder:")))
        return [(path.name, file_sha256(path)) for path in files.values()]
    place = spec.rpartition(":")[0]
    if place.endswith(".py"):
        path = Path(place)
        return list(_tree(path.resolve().parent)) if path.is_file() else []
    module = place or _registered_module(spec)
    if module.startswith("stylegauge."):
        return []  # covered by code_sha256, which every unit's key holds
    root = importlib.util.find_spec(module.partition(".")[0]) if module else None
    if root is None:
        return []
    if root.submodule_search_locations:
        return [part for folder in root.submodule_search_locations for part in _tree(Path(folder))]
    return [(Path(root.origin).name, file_sha256(Path(root.origin)))] if root.origin else []


def _registered_module(name: str) -> str:
    from stylegauge.benchmark.adapters.python import registered

    point = registered().get(name)
    return point.value.partition(":")[0] if point else ""


def _tree(folder: Path) -> Iterator[tuple[str, str]]:
    count = total = 0
    for root, folders, files in os.walk(folder):
        if {"plan.json", "split.json"} <= set(files):  # a run's own folder, kept beside the model
            folders.clear()
            continue
        folders[:] = sorted(f for f in folders if not f.startswith((".", "venv")) and f not in _PASSED_OVER)
        for name in sorted(files):
            path = Path(root) / name
            if not name.endswith((*SOURCES, *WEIGHTS)) or not path.is_file():
                continue
            count, total = count + 1, total + path.stat().st_size
            relative = path.relative_to(folder).as_posix()
            if count > MOST_FILES or total > MOST_BYTES:
                yield relative, f"{path.stat().st_size} bytes, changed {path.stat().st_mtime_ns}"
            else:
                yield relative, file_sha256(path)
