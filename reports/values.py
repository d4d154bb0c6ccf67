"""The numbers of leaderboard.json as the page's tables and plots take them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

# The gate's numbers stand in the table as metrics do.
GAIN, OVER_BLENDING, SHARE = "gain", "over blending", "above curve"
NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Value:
    """A number of the leaderboard; nan or None where there is none, and `note` for what a reader must know of it.

    apart: why it does not compare with most models', "" where it does; it is then drawn on no common axis
    """

    mean: float
    low: float
    high: float
    n: int
    note: str = ""
    apart: str = ""


def value_of(summary: Mapping[str, Any]) -> Value:
    """A number of leaderboard.json, where None stands for what is unknown."""
    mean, low, high = (math.nan if summary.get(key) is None else float(summary[key]) for key in ("mean", "low", "high"))
    return Value(mean, low, high, int(summary["n"]), _remarks(summary))


def _remarks(summary: Mapping[str, Any]) -> str:
    against = f"against {summary['n_reference']} references" if summary.get("n_reference") else ""
    clipped = f"{summary['clipped']} of {summary['n']} values clipped" if summary.get("clipped") else ""
    return "; ".join(part for part in (against, clipped, summary.get("note"), summary.get("reason")) if part)


def values_by_metric(document: Mapping[str, Any], asked: Iterable[str] = ()) -> dict[str, dict[str, Value]]:
    """The numbers of leaderboard.json by metric and model.

    asked: metrics that are in the table even where no model has a value
    Without a mean a value is left out, unless its note says why there is none. Values of a set metric that compare with
    fewer models than others' say so.
    """
    values: dict[str, dict[str, Value]] = {metric: {} for metric in asked}
    for model in document["models"]:
        for metric, value in (_gate_values(model["gain"]) | _metric_values(model["metrics"])).items():
            if not math.isnan(value.mean) or NOT_APPLICABLE in value.note:
                values.setdefault(metric, {})[model["name"]] = value
    return set_apart(values, document["set_comparisons"].get("all", {}))


def set_apart(
    values: dict[str, dict[str, Value]], comparisons: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Value]]:
    """The same values, those marked that compare with fewer models than others' do.

    comparisons: of leaderboard.json, for all outputs or for one domain: metric -> {"groups", "note"}
    """
    for metric, comparison in comparisons.items():
        for name in (name for group in comparison["groups"][1:] for name in group):
            values[metric][name] = replace(values[metric][name], apart=comparison["note"])
    return values


def _metric_values(metrics: Mapping[str, Any]) -> dict[str, Value]:
    return {metric: value_of(summary) for metric, summary in metrics.items()}


def _gate_values(gain: Mapping[str, Any]) -> dict[str, Value]:
    """The gate's numbers; why a model is not valid is said in its row, so without remarks."""
    share = math.nan if gain["share_above"] is None else 100 * gain["share_above"]
    return {
        GAIN: replace(value_of(gain), note=""),
        OVER_BLENDING: replace(value_of(gain["over_blending"]), note=""),
        SHARE: Value(share, math.nan, math.nan, gain["n"]),
    }
