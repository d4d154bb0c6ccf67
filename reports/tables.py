"""The page's smaller tables: the self-test, what failed, what it cost, set metrics of single domains."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.trust import BEHAVES
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.registry import METRICS
from stylegauge.reports import numbers
from stylegauge.reports.board import FAMILIES, Cell, Column, information, make_columns
from stylegauge.reports.values import Value, set_apart

if TYPE_CHECKING:
    import pandas as pd

HOLDS, UNDECIDED, FAILS, UNCHECKED = "holds", "undecided", "fails", "not checked"


@dataclass(frozen=True)
class Claim:
    """One property that metrics of a family must have, and what was seen: metric -> (state, observed)."""

    text: str
    found: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class SelfTest:
    """The metrics of one family against the properties asked of them.

    verdicts: metric -> (words, tone)
    failures: (metric, claim, observed); undecided: the same of claims that hold on pairs and not beyond doubt on the
    mean; blind: a sentence on each kind of thing that metrics cannot see; gate: whether this is the gate's own test
    """

    title: str
    metrics: tuple[str, ...]
    verdicts: dict[str, tuple[str, str]]
    claims: tuple[Claim, ...]
    failures: tuple[tuple[str, str, str], ...]
    undecided: tuple[tuple[str, str, str], ...]
    blind: tuple[str, ...]
    gate: bool


def self_tests(statements: Sequence[Mapping[str, Any]]) -> list[SelfTest]:
    """Statements of `benchmark.trust` as a table a family, in the page's order of families."""
    return [
        _self_test(title, [one for one in statements if one["family"] == family])
        for family, title in FAMILIES.items()
        if any(one["family"] == family for one in statements)
    ]


def _self_test(title: str, statements: Sequence[Mapping[str, Any]]) -> SelfTest:
    texts = dict.fromkeys(c["claim"] for one in statements for c in [*one["checks"], *one["unchecked"]])
    claims = tuple(Claim(text, {one["metric"]: _found(one, text) for one in statements}) for text in texts)
    return SelfTest(
        title,
        tuple(one["metric"] for one in statements),
        {one["metric"]: _verdict(one) for one in statements},
        claims,
        _observed(statements, FAILS),
        _observed(statements, UNDECIDED),
        _blind(statements),
        statements[0]["family"] == "gate",
    )


def _observed(statements: Sequence[Mapping[str, Any]], state: str) -> tuple[tuple[str, str, str], ...]:
    """(metric, claim, what was seen) of every check in this state."""
    return tuple(
        (one["metric"], c["claim"], c["observed"]) for one in statements for c in one["checks"] if _state(c) == state
    )


def _state(check: Mapping[str, Any]) -> str:
    if not check["holds"]:
        return FAILS
    return HOLDS if check["decided"] else UNDECIDED


def _blind(statements: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    metrics: dict[tuple[str, ...], list[str]] = {}
    for one in statements:
        if one["blind_to"]:
            metrics.setdefault(tuple(one["blind_to"]), []).append(one["metric"])
    return tuple(_blindness(names, controls) for controls, names in metrics.items())


def _blindness(names: Sequence[str], controls: tuple[str, ...]) -> str:
    metrics = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    if controls == ("colour-match",):
        return f"Of colour-match, {metrics} can see only what it does to luminance, so its place is not asked for."
    return f"{metrics} cannot see {' or '.join(controls)}: exchanging partners leaves the set of pictures as it is."


def _found(statement: Mapping[str, Any], claim: str) -> tuple[str, str]:
    for check in statement["checks"]:
        if check["claim"] == claim:
            return _state(check), check["observed"]
    missing: list[str] = next((c["missing"] for c in statement["unchecked"] if c["claim"] == claim), [])
    return UNCHECKED, f"controls missing: {', '.join(missing)}" if missing else "not asked of this metric"


def _verdict(statement: Mapping[str, Any]) -> tuple[str, str]:
    failed = sum(not check["holds"] for check in statement["checks"])
    if failed:
        return f"fails {failed} of {len(statement['checks'])}", "bad"
    if not statement["verdict"].startswith(BEHAVES):
        return "cannot be checked", "warn"
    if statement["undecided"]:
        return f"{statement['verdict']} on pairs; {len(statement['undecided'])} undecided", "warn"
    return statement["verdict"], "good" if statement["verdict"] == BEHAVES else "warn"


def verdicts(statements: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """What the self-test says of each metric, for the narrow headings of the leaderboard: metric -> (words, tone)."""
    found = {one["metric"]: _verdict(one) for one in statements}
    return {metric: (words.replace(f"{BEHAVES} on pairs; ", ""), tone) for metric, (words, tone) in found.items()}


@dataclass(frozen=True)
class Failure:
    """Pairs that a model could not do for one reason."""

    model: str
    status: str
    reason: str
    count: int
    pairs: tuple[tuple[str, str], ...]


def failure_rows(failures: pd.DataFrame) -> list[Failure]:
    """What failed, by model and reason: thirty pairs with one cause are one line.

    failures: columns model, content, style, status, reason
    """
    rows = []
    for (model, status, reason), some in failures.groupby(["model", "status", "reason"], sort=False):
        pairs = tuple(zip(some["content"], some["style"]))
        rows.append(Failure(str(model), str(status), str(reason), len(pairs), pairs))
    return rows


@dataclass(frozen=True)
class Costs:
    """What each model cost: metrics -> unit, and model -> metric -> text; absent ones are not applicable."""

    metrics: dict[str, str]
    rows: dict[str, dict[str, str]]
    notes: tuple[str, ...]


def costs(models: Sequence[Mapping[str, Any]]) -> Costs:
    """The efficiency figures of leaderboard.json's models."""
    units: dict[str, str] = {}
    notes: dict[str, None] = {}
    rows: dict[str, dict[str, str]] = {}
    for model in models:
        for metric, figure in model["efficiency"].items():
            units.setdefault(metric, figure["unit"] or information(metric).unit)
            if figure["value"] is not None:
                rows.setdefault(model["name"], {})[metric] = cost_text(metric, figure["value"])
            if figure["note"]:
                notes.setdefault(f"{metric}: {figure['note']}")
    return Costs(units, rows, tuple(notes))


def cost_text(metric: str, value: float) -> str:
    """A measured cost with three digits; what is counted rather than measured keeps all of its own."""
    if metric in ("parameters",) and math.isfinite(value):
        return f"{round(value):,}".replace(",", "\N{THIN SPACE}")
    return numbers.significant(value)


def domain_columns(
    sets: pd.DataFrame,
    notes: list[str],
    known: Mapping[str, MetricInfo] = METRICS,
    unverified: Collection[str] = (),
    comparisons: Mapping[str, Mapping[str, Mapping[str, Any]]] = MappingProxyType({}),
) -> list[Column]:
    """Set metrics of single domains, a column for each metric and domain; none where sets are too small.

    notes, known, unverified: as for `make_columns`; comparisons: of leaderboard.json, which models' values compare
    """
    values: dict[str, dict[str, dict[str, Value]]] = {}
    for row in sets[sets["group"] != "all"].to_dict("records"):
        value = Value(row["value"], row["low"], row["high"], int(row["n"]), str(row["note"] or ""))
        values.setdefault(str(row["group"]), {}).setdefault(str(row["metric"]), {})[str(row["model"])] = value
    return [
        replace(c, id=f"{c.id}, {group}", caveats=(group, *c.caveats), first=False)
        for group, metrics in values.items()
        for c in make_columns(set_apart(metrics, comparisons.get(group, {})), notes, known, unverified)
    ]


def cell_of(column: Column, model: str) -> Cell | None:
    """A model's cell, None where the metric does not apply to it."""
    return column.cells.get(model)
