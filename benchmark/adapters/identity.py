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
from stylegauge.datasets.cache import cache_folder

# What people write and keep beside a model, and no model reads: a log of the run itself must not make it another model.
NOTES = (".log", ".txt", ".md", ".html", ".ipynb", ".pyc", ".tmp")
# A model kept in a home folder must not make us read the whole disk: beyond this, size and time stand for content.
MOST_FILES = 5000
MOST_BYTES = 2**31
_PASSED_OVER = {"__pycache__", "node_modules", "site-packages", "venv"}


def model_sha256(spec: ModelSpec) -> str:
    """One hash of everything that decides what a model makes, as far as files can tell.

    A model given by file is taken with every file below its folder but notes and logs; a module with its top package; a
    registered name of ours with this package; a folder of images with those images. An argument that names a file or
    folder counts with what is in it. What a model fetches from elsewhere is not seen.
    """
    parts = [("spec", spec.spec), ("arguments", canonical_json(spec.arguments).decode()), *_files_of(spec.spec)]
    for value in spec.arguments.values():
        if isinstance(value, str) and (path := Path(value)).exists():
            parts += _tree(path) if path.is_dir() else [(value, file_sha256(path))]
    return hashlib.sha256(canonical_json(parts)).hexdigest()


def source_sha256(spec: str) -> str:
    """One hash of the source that `file.py:Name` or `module:Name` names, with what lies beside it."""
    return hashlib.sha256(canonical_json([spec, *_files_of(spec)])).hexdigest()


def code_sha256(*names: str) -> str:
    """One hash of parts of this package, folders or files by name in the checkout, weights and splits included."""
    here = Path(__file__).resolve().parents[2]
    parts = [(n, list(_tree(here / n)) if (here / n).is_dir() else file_sha256(here / n)) for n in names]
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
    """Each file below a folder by relative name, with the sha256 of its content; links to folders are followed once."""
    count = total = 0
    seen = {os.path.realpath(cache_folder())}  # ours, wherever it is kept
    for root, folders, files in os.walk(folder, followlinks=True):
        is_run = {"plan.json", "split.json"} <= set(files)  # a run's own folder, kept beside the model
        if is_run or os.path.realpath(root) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(root))
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _PASSED_OVER)
        for path in (Path(root) / name for name in sorted(files)):
            if path.name.startswith(".") or path.suffix.lower() in NOTES or not path.is_file():
                continue
            count, total = count + 1, total + path.stat().st_size
            relative = path.relative_to(folder).as_posix()
            if count > MOST_FILES or total > MOST_BYTES:
                yield relative, f"{path.stat().st_size} bytes, changed {path.stat().st_mtime_ns}"
            else:
                yield relative, file_sha256(path)
