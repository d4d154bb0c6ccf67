"""The numbers of leaderboard.json as the page's tables and plots take them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

# The gate's numbers stand in the table as metrics do.
GAIN, OVER_BLENDING, SHARE = "gain", "over blending", "above curve"


@dataclass(frozen=True)
class Value:
    """A number of the leaderboard; nan or None where there is none, and `note` for what a reader must know of it."""

    mean: float
    low: float
    high: float
    n: int
    note: str = ""


def value_of(summary: Mapping[str, Any]) -> Value:
    """A number of leaderboard.json, where None stands for what is unknown."""
    mean, low, high = (math.nan if summary.get(key) is None else float(summary[key]) for key in ("mean", "low", "high"))
    return Value(mean, low, high, int(summary["n"]), _remarks(summary))


def _remarks(summary: Mapping[str, Any]) -> str:
    against = f"against {summary['n_reference']} references" if summary.get("n_reference") else ""
    clipped = f"{summary['clipped']} of {summary['n']} values clipped" if summary.get("clipped") else ""
    return "; ".join(part for part in (against, clipped, summary.get("note"), summary.get("reason")) if part)


def values_by_metric(models: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Value]]:
    """The numbers of leaderboard.json's models by metric and model, the gate's first; those without a mean left out."""
    values: dict[str, dict[str, Value]] = {}
    for model in models:
        for metric, value in (_gate_values(model["gain"]) | _metric_values(model["metrics"])).items():
            if not math.isnan(value.mean):
                values.setdefault(metric, {})[model["name"]] = value
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
