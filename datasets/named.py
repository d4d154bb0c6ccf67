"""An object of somebody else's code, by name: `path/to/file.py:Name` or `package.module:Name`."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from stylegauge.datasets.errors import UsageError


def named_object(spec: str) -> Any:
    """The object a specification names; its module is imported, which runs its code.

    raises: UsageError that says what was not found and what there is, or why the module cannot be imported
    """
    place, _, name = spec.rpartition(":")
    module = _from_file(Path(place)) if place.endswith(".py") else _from_path(place)
    if not hasattr(module, name):
        public = [
            n
            for n, value in vars(module).items()
            if callable(value) and not n.startswith("_") and getattr(value, "__module__", None) == module.__name__
        ]
        raise UsageError(f"no '{name}' in {place}; there are: {', '.join(public) or 'no classes or functions'}")
    return getattr(module, name)


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"no file '{path}'; expected path/to/file.py:Name")
    place = path.resolve()  # two files may both be called model.py
    name = f"stylegauge_named_{hashlib.sha256(str(place).encode()).hexdigest()[:16]}"
    loader = importlib.util.spec_from_file_location(name, place)
    if loader is None or loader.loader is None:
        raise UsageError(f"'{path}' is not Python source")
    module = importlib.util.module_from_spec(loader)
    sys.modules[loader.name] = module  # dataclasses and pickling look their module up by name
    return _imported(lambda: loader.loader.exec_module(module), module, str(path))  # type: ignore[union-attr]


def _from_path(place: str) -> ModuleType:
    found: list[ModuleType] = []
    _imported(lambda: found.append(importlib.import_module(place)), ModuleType(place), place)
    return found[0]


def _imported(run: Callable[[], object], module: ModuleType, place: str) -> ModuleType:
    try:
        run()
    except (Exception, SystemExit) as error:
        raise UsageError(f"'{place}' cannot be imported: {what_went_wrong(error)}") from error
    return module


def what_went_wrong(error: BaseException) -> str:
    """Type and first line of an error."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
