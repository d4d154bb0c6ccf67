"""Models that cannot be there, found before anything runs: a mistyped name costs a second. Imports no model."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

from stylegauge.benchmark.adapters.folder import images_by_pair
from stylegauge.benchmark.adapters.python import registered
from stylegauge.datasets.errors import UsageError


def refuse_missing(spec: str) -> None:
    """Pass over a specification whose place exists.

    raises: UsageError for an unknown name, a missing file, folder or package, or a file that does not define the name
    """
    if spec.startswith("folder:"):
        images_by_pair(Path(spec.removeprefix("folder:")))
    elif ":" not in spec:
        _refuse_unknown(spec)
    else:
        place, _, name = spec.rpartition(":")
        if place.endswith(".py"):
            _refuse_undefined(Path(place), name)
        elif not _importable(place):
            raise UsageError(f"no package or module '{place.partition('.')[0]}'; expected package.module:Name")


def _refuse_unknown(name: str) -> None:
    if name not in registered():
        there_are = ", ".join(registered())
        raise UsageError(
            f"no model '{name}'; there are: {there_are}; or file.py:Name, package.module:Name, folder:PATH"
        )


def _importable(place: str) -> bool:
    try:
        return importlib.util.find_spec(place.partition(".")[0]) is not None
    except ValueError:
        return False


def _refuse_undefined(path: Path, name: str) -> None:
    try:
        body = ast.parse(path.read_bytes()).body
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}; expected path/to/file.py:Name") from None
    except SyntaxError as error:
        raise UsageError(f"'{path}' is not Python: line {error.lineno}: {error.msg}") from None
    except ValueError as error:
        raise UsageError(f"'{path}' is not Python: {error}") from None
    defined = [node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    others = {n.id for node in body for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    imported = {a.asname or a.name for node in ast.walk(ast.Module(body, [])) if isinstance(node, ast.ImportFrom)
                for a in node.names}  # fmt: skip
    if name not in {*defined, *others, *imported} and "*" not in imported:
        raise UsageError(f"no '{name}' in {path}; there are: {', '.join(defined) or 'no classes or functions'}")
