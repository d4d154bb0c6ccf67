"""Model specifications as people type them: `NAME=SPEC key=value ...`. Imports no torch."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from stylegauge.datasets.errors import UsageError

# A name is a folder's name as well: no separators, no leading dot.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@+()-]{0,79}")


class ModelSpec(BaseModel):
    """One row of the table: what it is called, where it is found, what it is built with.

    name: the row's name, and the name of its folder of outputs
    spec: a registered name, `file.py:Name`, `package.module:Name` or `folder:PATH`
    arguments: keyword arguments of its class or factory
    role: "control" for the permanent controls, "entry" for everything that is being judged
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    spec: str
    arguments: dict[str, Any] = {}
    role: str = "entry"

    @field_validator("name")
    @classmethod
    def _is_a_folder_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"'{name}' cannot name a model; possible: letters, digits, space and ._@+()-, no leading dot"
            )
        return name


def parse_model(text: str) -> ModelSpec:
    """Read `[NAME=]SPEC [key=value ...]`; values are Python literals where they read as such, otherwise text.

    raises: UsageError for an empty or unreadable text
    """
    try:
        head, *rest = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"cannot read the model '{text}' ({error}); expected [NAME=]SPEC [key=value ...]") from None
    name, _, spec = head.rpartition("=") if re.match(r"[^:/=]+=", head) else ("", "", head)
    if not spec:
        raise UsageError(f"no model in '{text}'; expected [NAME=]SPEC [key=value ...]")
    arguments = parse_arguments(rest, f" in the model '{text}'")
    return _named(name or _default_name(spec), spec, arguments, f"name it: --model NAME={spec}")


def read_model(value: object) -> ModelSpec:
    """A model as a plan file gives it: a text as after --model, or a table of spec, name and arguments.

    raises: UsageError for anything else
    """
    if isinstance(value, str):
        return parse_model(value)
    if not isinstance(value, dict):
        raise UsageError(f"models: {value!r} is no model; expected a text as after --model, or a table with a spec")
    unknown = [key for key in value if key not in _TABLE]
    if unknown:
        raise UsageError(f"models: no field '{unknown[0]}' in a model; there are: {', '.join(_TABLE)}")
    if "spec" not in value:
        raise UsageError(f"models: a model without a spec: {value}; expected spec = 'NAME' or 'file.py:Name'")
    for key, kind in _TABLE.items():
        if not isinstance(value.get(key, kind()), kind):
            expected = "a text" if kind is str else "a table"
            raise UsageError(f"models: '{key}' is {expected}; found {value[key]!r}")
    spec = value["spec"]
    return _named(value.get("name") or _default_name(spec), spec, value.get("arguments", {}), "give it a name")


_TABLE: dict[str, type] = {"spec": str, "name": str, "arguments": dict}


def from_folder(spec: str, folder: Path) -> str:
    """A specification whose path, where it is a relative one, is taken from `folder`."""
    if spec.startswith("folder:"):
        return f"folder:{os.path.abspath(folder / spec.removeprefix('folder:'))}"
    place, colon, name = spec.rpartition(":")
    return f"{os.path.abspath(folder / place)}:{name}" if colon and place.endswith(".py") else spec


def _named(name: str, spec: str, arguments: dict[str, Any], advice: str) -> ModelSpec:
    try:
        json.dumps(arguments)
    except (TypeError, ValueError):
        raise UsageError(f"the arguments of '{spec}' are {arguments}; possible: texts, numbers, lists, None") from None
    try:
        return ModelSpec(name=name, spec=spec, arguments=arguments)
    except ValidationError as error:
        raise UsageError(f"{error.errors()[0]['msg'].removeprefix('Value error, ')}; {advice}") from None


def parse_arguments(words: Iterable[str], where: str = "") -> dict[str, Any]:
    """Read `key=value` words; values are Python literals where they read as such, otherwise text.

    where: of an error, what the words stand in
    raises: UsageError for a word of another form
    """
    arguments = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.isidentifier():
            raise UsageError(f"cannot read '{word}'{where}; expected key=value")
        try:
            arguments[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            arguments[key] = value
    return arguments


def _default_name(spec: str) -> str:
    """`path/file.py:Name` is called Name, `folder:outputs/mine` mine, a registered name itself."""
    if spec.startswith("folder:"):
        return Path(spec.removeprefix("folder:")).resolve().name
    return spec.rpartition(":")[2]


def distinct(specs: list[ModelSpec]) -> tuple[ModelSpec, ...]:
    """Refuse two rows of one name: one would overwrite the other's images."""
    names = [spec.name.casefold() for spec in specs]
    twice = sorted({spec.name for spec in specs if names.count(spec.name.casefold()) > 1})
    if twice:
        raise UsageError(f"two models are called '{twice[0]}'; tell them apart: --model NAME=SPEC")
    return tuple(specs)
