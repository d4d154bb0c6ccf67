"""What models gain by the public judge of quality and not by a private one: who was trained against public weights.

A private judge is another one of the same kind (`train quality --secret`), whose weights no entrant has. The two differ
for every model, since they were trained on other pictures. So a model's gap is held against the field's median gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.pair_values import mean_interval, pair_values
from stylegauge.benchmark.statistics import LEVEL

if TYPE_CHECKING:
    import pandas as pd

    from stylegauge.benchmark.store import Run

FIELD = 3  # entries, without which there is no field to stand out of
HIGHER, LOWER = "higher on the public one than the field", "lower on the public one than the field"


def judge_gaps(run: Run, level: float = LEVEL) -> list[dict[str, Any]]:
    """One comparison for each judge of one's own with the public one, as JSON values; [] without either.

    "public", "private": the metrics; "median": of the entries' gaps, None below FIELD entries, and then a "reason";
    "models": controls last, each with "public" and "private" (means over the pairs on which neither judge abstained),
    "gap" (public less private: mean, crossed interval, n), "ranks" ([public, private] among the entries, None for
    controls), "rank_gap" (how many places better by the public one), "flag" (HIGHER, LOWER or "": whether the
    interval of the gap excludes the median)
    """
    judges = list(run.environment.get("judges", {}))
    public = [judge for judge in judges if judge.partition("@")[0] == "quality"]
    return [_compared(run, one, other, level) for one in public for other in judges if other not in public]


def _compared(run: Run, public: str, private: str, level: float) -> dict[str, Any]:
    tables = [pair_values(run.scores, metric) for metric in (public, private)]
    models = sorted(run.plan["models"], key=lambda model: bool(model["role"] == "control"))
    rows = [_row(model, tables, run.split, level) for model in models]
    entries = [row for row in rows if row["role"] != "control" and row["gap"]["mean"] is not None]
    known = len(entries) >= FIELD
    median = float(np.median([row["gap"]["mean"] for row in entries])) if known else None
    places = [_places(entries, judge) for judge in ("public", "private")]
    for row in rows:
        row["ranks"] = [each.get(row["name"]) for each in places]
        row["rank_gap"] = None if None in row["ranks"] else row["ranks"][1] - row["ranks"][0]
        row["flag"] = _flag(row, median)
    reason = "" if known else f"{len(entries)} of {FIELD} entries that a field needs have scores of both judges"
    return {"public": public, "private": private, "median": median, "reason": reason, "models": rows}


def _row(
    model: Mapping[str, Any], tables: Sequence[pd.DataFrame], split: Mapping[str, Any], level: float
) -> dict[str, Any]:
    """A model's means and gap over the pairs that both judges scored."""
    name = model["name"]
    about = {"name": name, "role": model["role"]}
    if any(name not in table for table in tables):
        return {**about, "public": None, "private": None, "gap": _nothing()}
    public, private = (table[name].dropna() for table in tables)
    both = public.index.intersection(private.index)
    if not len(both):
        return {**about, "public": None, "private": None, "gap": _nothing()}
    means = {"public": float(public[both].mean()), "private": float(private[both].mean())}
    return {**about, **means, "gap": mean_interval(public[both] - private[both], split, level)}


def _nothing() -> dict[str, Any]:
    return {"mean": None, "low": None, "high": None, "n": 0, "reason": "no pair that both judges scored"}


def _places(entries: Sequence[Mapping[str, Any]], judge: str) -> dict[str, int]:
    """Name -> rank, 1 the best; equal means share the better place."""
    return {row["name"]: 1 + sum(other[judge] > row[judge] for other in entries) for row in entries}


def _flag(row: Mapping[str, Any], median: float | None) -> str:
    """On which side of the field's median the whole interval of an entry's gap lies."""
    low, high = row["gap"]["low"], row["gap"]["high"]
    if row["role"] == "control" or median is None or low is None or high is None:
        return ""
    return HIGHER if low > median else LOWER if high < median else ""
