"""A plan in a TOML file: its fields, each of the kind that a plan has, every path taken from the file's folder."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from stylegauge.benchmark.adapters.spec import from_folder, read_model
from stylegauge.benchmark.plan import PATHS, Plan, pairs_from
from stylegauge.datasets.errors import UsageError

NUMBERS = ("size", "seed", "repeats", "batch", "contents_n", "styles_n")
LISTS = ("models", "metrics", "domains")
FROM_THE_SUITE = ("directions", "suite_file")


def read_plan(path: Path) -> dict[str, Any]:
    """The fields of a plan written in TOML; all paths in it (folders, pairs, models) are relative to the file.

    raises: UsageError for a missing file, a syntax error, a field that no plan has, or a value of another kind
    """
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the plan '{path}': {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the plan '{path}' is not TOML: {error}") from None
    known = [name for name in Plan.model_fields if name not in FROM_THE_SUITE]
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise UsageError(f"no field '{unknown[0]}' in a plan; there are: {', '.join(known)}")
    for key, value in fields.items():
        _check_kind(key, value)
    return _from_file(fields, path.resolve().parent)


def _check_kind(key: str, value: object) -> None:
    """Refuse a value of another kind than its field's, in the words of the file's format."""
    if key in LISTS:
        if not isinstance(value, list):
            raise UsageError(f"{key}: expected a list, {key} = ['...', '...']; found {value!r}")
        strange = [one for one in value if not isinstance(one, str)] if key != "models" else []
        if strange:
            raise UsageError(f"{key}: expected a list of texts; found {strange[0]!r} in it")
    elif key in NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool):
            raise UsageError(f"{key}: expected a whole number; found {value!r}")
    elif key == "allow_unverified_weights":
        if not isinstance(value, bool):
            raise UsageError(f"{key}: expected true or false; found {value!r}")
    elif key == "weights":
        if not isinstance(value, dict) or not all(isinstance(path, str) for path in value.values()):
            raise UsageError(f"weights: expected a table, name = 'FILE'; found {value!r}")
    elif not isinstance(value, str):
        raise UsageError(f"{key}: expected a text; found {value!r}")


def _from_file(fields: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The fields with every path taken from the folder of the plan's file."""
    read = dict(fields)
    read |= {key: folder / fields[key] for key in PATHS if key in fields}
    if fields.get("suite", "").endswith(".toml"):
        read["suite"] = str(folder / fields["suite"])
    if "domains" in fields:
        read["domains"] = tuple(fields["domains"])
    if "pairs" in fields:
        read["pairs"] = pairs_from(fields["pairs"], folder)
    if "metrics" in fields:
        read["metrics"] = tuple(from_folder(name, folder) if ":" in name else name for name in fields["metrics"])
    if "weights" in fields:
        read["weights"] = {name: folder / file for name, file in fields["weights"].items()}
    if "models" in fields:
        models = [read_model(value) for value in fields["models"]]
        read["models"] = tuple(m.model_copy(update={"spec": from_folder(m.spec, folder)}) for m in models)
    return read
