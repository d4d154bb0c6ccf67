"""What a run is asked to do: frozen, validated, fingerprinted. Imports no torch."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from stylegauge.benchmark.adapters.spec import ModelSpec, distinct, from_folder, parse_model, read_model
from stylegauge.benchmark.records import SCHEMA
from stylegauge.benchmark.store import canonical_json
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.pairs import refuse_shared_names
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.modern.catalogue import FILES
from stylegauge.metrics.registry import METRICS, resolve
from stylegauge.metrics.weights.catalogue import WEIGHTS

if TYPE_CHECKING:
    from stylegauge.datasets.splits import Split

SUITES = {
    "quick": "12 contents x 12 rendered styles, 48 pairs at 256 px; ships with the package, needs no download",
}
NEEDS_RECIPES = ("oracle",)  # left out by default where no style was rendered
PATHS = ("contents", "styles", "references")
FOLDERS = "folders"  # the suite's name where --contents and --styles are given


class Plan(BaseModel):
    """One run, completely: two equal plans ask for the same numbers.

    suite: a name of SUITES, or "folders" with `contents` and `styles`
    pairs: "full", "zip", "k=N" or a CSV file (folders only; the named suites bring their own)
    metrics: ids of the registry, or specifications of somebody's own; in the order asked for
    backbone: which one names without a backbone mean
    numerics: "fast" computes features in bfloat16, and is never compared with "exact"
    weights: files to use in place of those found, by name; others than the published ones must be allowed
    batch: pairs given to a model at once; part of the plan because it moves the last digits
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: str = "quick"
    contents: Path | None = None
    styles: Path | None = None
    references: Path | None = None
    pairs: str = "full"
    size: int = Field(default=256, ge=32, le=4096)
    models: tuple[ModelSpec, ...] = ()
    metrics: tuple[str, ...] = ()
    backbone: str = "embedded"
    numerics: Literal["exact", "fast"] = "exact"
    weights: dict[str, Path] = {}
    allow_unverified_weights: bool = False
    seed: int = Field(default=0, ge=0)
    repeats: int = Field(default=1, ge=1, le=100)
    batch: int = Field(default=4, ge=1, le=1024)

    @model_validator(mode="after")
    def _suite_is_known(self) -> Plan:
        folders = (self.contents, self.styles)
        if self.suite == FOLDERS:
            if None in folders:
                raise ValueError("a suite of folders needs both, contents and styles")
        elif self.suite not in SUITES:
            raise ValueError(f"no suite '{self.suite}'; there are: {', '.join(SUITES)}, or --contents DIR --styles DIR")
        elif folders != (None, None) or self.references or self.pairs != "full" or self.size != 256:
            raise ValueError(
                f"the suite '{self.suite}' fixes its images, pairs and size; those flags go with two folders"
            )
        return self

    @field_validator("weights")
    @classmethod
    def _weights_are_known(cls, weights: dict[str, Path]) -> dict[str, Path]:
        known = [*WEIGHTS, *FILES]
        unknown = [name for name in weights if name not in known]
        if unknown:
            raise ValueError(f"no weights '{unknown[0]}'; there are: {', '.join(known)}")
        return weights

    @property
    def fingerprint(self) -> str:
        """16 hex digits of the plan's canonical JSON."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json"))).hexdigest()[:16]

    def document(self) -> dict[str, Any]:
        """The plan as plain JSON values, as it is kept in the run folder."""
        return {"schema": SCHEMA, **self.model_dump(mode="json"), "fingerprint": self.fingerprint}

    def split(self) -> Split:
        """Load and verify the plan's images."""
        from stylegauge.datasets.splits import folder_split, load_split

        if self.contents is None or self.styles is None:
            split = load_split(self.suite)
        else:
            split = folder_split(self.contents, self.styles, self.size, self.pairs, self.seed, self.references)
        refuse_shared_names(split.pairs, self.repeats)
        return split

    def absolute(self) -> Plan:
        """The plan with every path made absolute: the same plan from any folder, whatever folder a model moves to."""
        here = Path.cwd()
        paths = {key: Path(os.path.abspath(path)) for key in PATHS if (path := getattr(self, key))}
        models = tuple(m.model_copy(update={"spec": from_folder(m.spec, here)}) for m in self.models)
        own = {
            "pairs": _pairs_from(self.pairs, here),
            "models": models,
            "metrics": tuple(from_folder(name, here) if ":" in name else name for name in self.metrics),
            "weights": {name: Path(os.path.abspath(path)) for name, path in self.weights.items()},
        }
        return self.model_copy(update={**paths, **own})


def _pairs_from(rule: str, folder: Path) -> str:
    """A rule that names a file, with its path taken from `folder`; any other as it is."""
    if rule in ("full", "zip") or re.fullmatch(r"k=-?\d+", rule):
        return rule
    path = folder / rule
    return os.path.abspath(path) if rule.lower().endswith(".csv") or path.is_file() else rule


def make_plan(roles: Mapping[str, str], **fields: Any) -> Plan:
    """Validate and complete a plan: models and metrics default to all there are.

    models, where given, are texts as after --model or ModelSpecs
    roles: "control" or "entry" for each model that comes with the package
    raises: UsageError, one line, naming the first field that is wrong
    """
    given = {key: value for key, value in fields.items() if value not in (None, ())}
    if given.get("contents") or given.get("styles"):
        given.setdefault("suite", FOLDERS)
    if "models" in given:
        given["models"] = tuple(parse_model(m) if isinstance(m, str) else m for m in given["models"])
    try:
        plan = Plan(**given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}") from None
    models = plan.models or tuple(
        ModelSpec(name=name, spec=name) for name in roles if plan.suite != FOLDERS or name not in NEEDS_RECIPES
    )
    models = tuple(m.model_copy(update={"role": roles.get(m.spec, "entry")}) for m in models)
    metrics = tuple(map(asked_as, resolve(plan.metrics or None, plan.backbone)))
    return plan.model_copy(update={"models": distinct(list(models)), "metrics": metrics})


def asked_as(info: MetricInfo) -> str:
    """How a plan names a metric: by its id, or by the specification of somebody's own."""
    from stylegauge.metrics.plugins import registered

    point = None if info.id in METRICS else registered().get(info.id)
    return info.id if info.id in METRICS or (point and point.value == info.target) else info.target


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
    unknown = sorted(set(fields) - set(Plan.model_fields))
    if unknown:
        raise UsageError(f"no field '{unknown[0]}' in a plan; there are: {', '.join(Plan.model_fields)}")
    for key, value in fields.items():
        _check_kind(key, value)
    return _from_file(fields, path.resolve().parent)


def _check_kind(key: str, value: object) -> None:
    """Refuse a value of another kind than its field's, in the words of the file's format."""
    if key in ("models", "metrics"):
        if not isinstance(value, list):
            raise UsageError(f"{key}: expected a list, {key} = ['...', '...']; found {value!r}")
        strange = [one for one in value if not isinstance(one, str)] if key == "metrics" else []
        if strange:
            raise UsageError(f"metrics: expected a list of texts; found {strange[0]!r} in it")
    elif key in ("size", "seed", "repeats", "batch"):
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
    if "pairs" in fields:
        read["pairs"] = _pairs_from(fields["pairs"], folder)
    if "metrics" in fields:
        read["metrics"] = tuple(from_folder(name, folder) if ":" in name else name for name in fields["metrics"])
    if "weights" in fields:
        read["weights"] = {name: folder / file for name, file in fields["weights"].items()}
    if "models" in fields:
        models = [read_model(value) for value in fields["models"]]
        read["models"] = tuple(m.model_copy(update={"spec": from_folder(m.spec, folder)}) for m in models)
    return read
