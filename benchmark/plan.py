"""What a run is asked to do: frozen, validated, fingerprinted. Imports no torch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from stylegauge.benchmark.adapters.spec import ModelSpec, distinct, from_folder, parse_model
from stylegauge.benchmark.records import SCHEMA
from stylegauge.benchmark.store import canonical_json
from stylegauge.benchmark.suites import FOLDERS, NO_SUITE, OWN_SPLIT, Direction, find_suite
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.pairs import is_rule, refuse_shared_names
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.modern.catalogue import FILES
from stylegauge.metrics.registry import METRICS, resolve
from stylegauge.metrics.weights.catalogue import WEIGHTS

if TYPE_CHECKING:
    from stylegauge.datasets.splits import Split

PICTURES = ("contents", "styles", "references", "data", "split", "public")
PATHS = (*PICTURES, "suite_file")


class Plan(BaseModel):
    """One run, completely: two equal plans ask for the same numbers.

    suite: the name of a suite, whose protocol stands in the fields below; FOLDERS or OWN_SPLIT where there is none
    suite_file: where the protocol was read, of a suite that is not the package's
    contents, styles, references: folders; or data: one folder with all of them (splits.layouts.suite_folder)
    split: a split file in their place, with `data` where its files lie; public: what was published of a hidden one
    size: pixels a side; pairs: "full", "zip", "k=N" or a CSV file; None for both where a split file says them
    contents_n, styles_n: how many to draw by the seed, None for all there are
    unreadable: "stop" at a picture that cannot be decoded, or "skip" it and say so (folders only)
    directions, domains: of CycleGAN's folders: "AtoB", "BtoA", and what A and B are called
    metrics: ids of the registry, or specifications of somebody's own; in the order asked for
    backbone: which one names without a backbone mean
    numerics: "fast" computes features in bfloat16, and is never compared with "exact"
    weights: files to use in place of those found, by name; others than the published ones must be allowed
    batch: pairs given to a model at once; part of the plan because it moves the last digits
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: str = "quick"
    suite_file: Path | None = None
    contents: Path | None = None
    styles: Path | None = None
    references: Path | None = None
    data: Path | None = None
    split: Path | None = None
    public: Path | None = None
    pairs: str | None = "full"
    size: int | None = Field(default=256, ge=32, le=4096)
    contents_n: int | None = Field(default=None, ge=1)
    styles_n: int | None = Field(default=None, ge=1)
    unreadable: Literal["stop", "skip"] = "stop"
    directions: tuple[Direction, ...] = ()
    domains: tuple[str, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    metrics: tuple[str, ...] = ()
    backbone: str = "embedded"
    numerics: Literal["exact", "fast"] = "exact"
    weights: dict[str, Path] = {}
    allow_unverified_weights: bool = False
    seed: int = Field(default=0, ge=0)
    repeats: int = Field(default=1, ge=1, le=100)
    batch: int = Field(default=4, ge=1, le=1024)

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

    def pictures(self) -> Split:
        """Load and verify the plan's images."""
        from stylegauge.benchmark.sources import split_of

        split = split_of(self)
        refuse_shared_names(split.pairs, self.repeats)
        return split

    def absolute(self) -> Plan:
        """The plan with every path made absolute: the same plan from any folder, whatever folder a model moves to."""
        here = Path.cwd()
        paths = {key: Path(os.path.abspath(path)) for key in PATHS if (path := getattr(self, key))}
        models = tuple(m.model_copy(update={"spec": from_folder(m.spec, here)}) for m in self.models)
        own = {
            "pairs": self.pairs and pairs_from(self.pairs, here),
            "models": models,
            "metrics": tuple(from_folder(name, here) if ":" in name else name for name in self.metrics),
            "weights": {name: Path(os.path.abspath(path)) for name, path in self.weights.items()},
        }
        return self.model_copy(update={**paths, **own})


def pairs_from(rule: str, folder: Path) -> str:
    """A rule that names a file, with its path taken from `folder`; any other as it is."""
    if is_rule(rule):
        return rule
    path = folder / rule
    return os.path.abspath(path) if rule.lower().endswith(".csv") or path.is_file() else rule


def make_plan(roles: Mapping[str, str], of_quick: Collection[str] = (), **fields: Any) -> Plan:
    """Validate and complete a plan: models and metrics default to all there are.

    models, where given, are texts as after --model or ModelSpecs
    roles: "control" or "entry" for each model that comes with the package
    of_quick: those of them that can do nothing with other pictures than the quick suite's, and are its defaults alone
    raises: UsageError, one line, naming the first field that is wrong
    """
    given = settle_suite({key: value for key, value in fields.items() if value not in (None, ())})
    if "models" in given:
        given["models"] = tuple(parse_model(m) if isinstance(m, str) else m for m in given["models"])
    try:
        plan = Plan(**given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}") from None
    models = plan.models or tuple(
        ModelSpec(name=name, spec=name) for name in roles if plan.suite == "quick" or name not in of_quick
    )
    models = tuple(m.model_copy(update={"role": roles.get(m.spec, "entry")}) for m in models)
    metrics = tuple(map(asked_as, resolve(plan.metrics or None, plan.backbone)))
    return plan.model_copy(update={"models": distinct(list(models)), "metrics": metrics})


def settle_suite(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a plan with what its suite decides, and a suite where none was named.

    raises: UsageError where the suite decides otherwise, or its pictures are not named, or named twice
    """
    asked = given.get("suite", FOLDERS if any(key in given for key in PICTURES) else "quick")
    if asked in NO_SUITE:
        refuse_sources(given, "a run", shipped=False)
        none = {"suite": OWN_SPLIT, "size": None, "pairs": None} if "split" in given else {"suite": FOLDERS}
        return {**given, **none}
    name, suite = find_suite(asked)
    decided = suite.fixed()
    other = sorted(key for key in decided if key in given)
    if other:
        raise UsageError(f"the suite '{name}' decides {other[0]}; leave it out, or name no suite")
    refuse_sources(given, f"the suite '{name}'", suite.layout == "shipped")
    if "contents" in given and suite.layout == "cyclegan":
        raise UsageError(f"the suite '{name}' takes --data DIR with trainA, trainB, testA and testB, not two folders")
    usual = {"backbone": suite.backbone, **({"metrics": suite.metrics} if suite.metrics else {})}
    own = {"suite_file": Path(asked)} if asked != name else {}
    return {**usual, **given, **decided, **own, "suite": name}


def refuse_sources(given: Mapping[str, Any], what: str, shipped: bool) -> None:
    """Refuse pictures that are named in no way or in two.

    shipped: whether the suite brings its own
    """
    folders = "contents" in given or "styles" in given
    named = [key for key in PICTURES if key in given]
    if shipped and named:
        raise UsageError(f"{what} brings its pictures; --{named[0]} goes with another")
    if shipped:
        return
    ways = "--contents DIR --styles DIR, --data DIR with all of them, or --split FILE.json"
    if not named:
        raise UsageError(f"{what} needs pictures: {ways}")
    if folders and not {"contents", "styles"} <= set(given):
        raise UsageError(f"{what} needs both, contents and styles")
    if sum((folders, "split" in given, "data" in given and "split" not in given)) != 1:
        raise UsageError(f"{what} takes its pictures from one place: {ways}")
    if "split" in given:
        own = [
            key
            for key in ("references", "size", "pairs", "contents_n", "styles_n", "domains", "unreadable")
            if key in given
        ]
        if own:
            raise UsageError(f"the split file says {own[0]}; leave it out")
    elif "public" in given:
        raise UsageError("--public goes with --split, the private side of a hidden split")


def asked_as(info: MetricInfo) -> str:
    """How a plan names a metric: by its id, or by the specification of somebody's own."""
    from stylegauge.metrics.plugins import registered

    point = None if info.id in METRICS else registered().get(info.id)
    return info.id if info.id in METRICS or (point and point.value == info.target) else info.target
