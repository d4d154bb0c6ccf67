"""Arguments that a model does not take, found before anything runs. Runs no code of anybody's model.

A model of this package is imported and asked; a file is read as source, and what its text leaves open is left to the
moment when the model is built. An installed module is not looked into: finding its source would import its package.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from stylegauge.benchmark.adapters.python import registered
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.benchmark.adapters.spec import ModelSpec


def refuse_arguments(model: ModelSpec) -> None:
    """Pass over a model whose arguments are taken, or of which that cannot be told yet.

    raises: UsageError that names the first argument which is not taken, and those which are
    """
    if not model.arguments:
        return
    taken = _taken(model.spec)
    unknown = [] if taken is None else [key for key in model.arguments if key not in taken]
    if unknown:
        there_are = f"there are: {', '.join(taken)}" if taken else "it takes no arguments"
        raise UsageError(f"the model '{model.name}' ({model.spec}) takes no '{unknown[0]}'; {there_are}")


def _taken(spec: str) -> list[str] | None:
    """The names a model can be given; None where that cannot be told without running it."""
    place, _, name = spec.rpartition(":")
    if spec.startswith("folder:"):
        return []
    if place:
        return _taken_by_source(Path(place), name) if place.endswith(".py") else None
    point = registered()[spec]
    return list(inspect.signature(point.load()).parameters) if point.module.startswith("stylegauge.") else None


def _taken_by_source(path: Path, name: str) -> list[str] | None:
    defined = [node for node in ast.parse(path.read_bytes()).body if getattr(node, "name", None) == name]
    if len(defined) != 1 or getattr(defined[0], "decorator_list", []):
        return None
    node = defined[0]
    if isinstance(node, ast.FunctionDef):
        names = _parameters(node)
        return [] if names is not None and _is_model(node) else names
    if not isinstance(node, ast.ClassDef) or node.keywords:
        return None
    special = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    if "__new__" in special or ("__init__" not in special and node.bases):
        return None
    names = _parameters(special["__init__"]) if "__init__" in special else ["self"]
    return None if names is None else names[1:]


def _is_model(node: ast.FunctionDef) -> bool:
    """f(content, style) and f(request) are models themselves; any other function is a factory."""
    places = [*node.args.posonlyargs, *node.args.args]
    return len(places) - len(node.args.defaults) == 2 or [one.arg for one in places[:1]] == ["request"]


def _parameters(node: ast.FunctionDef) -> list[str] | None:
    """The names of a function's parameters; None where it takes any."""
    if node.args.kwarg or node.decorator_list:
        return None
    return [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
