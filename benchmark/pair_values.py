"""From rows of scores to one value a pair: the tables that intervals, gate, ranks and checks are computed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.records import OK
from stylegauge.benchmark.statistics import LEVEL, Interval, crossed_interval

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

# Equal images have a PSNR of inf; a mean needs a number, and above 100 dB nobody sees a difference.
LIMITS: Mapping[str, float] = {"psnr": 100.0}


def pair_values(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One metric of all models: rows are pairs, columns models, values the mean over repeats.

    scores: rows of scores.parquet; those that are not "ok" are left out, so a pair may be nan
    returns: index (content, style) sorted, columns models sorted; PSNR clipped at its limit first
    """
    rows = scores[(scores["metric"] == metric) & (scores["status"] == OK)]
    rows = rows.assign(value=clip(rows["value"].to_numpy(dtype=np.float64), metric))
    means = rows.groupby(["content", "style", "model"], sort=True)["value"].mean()
    return means.unstack("model")


def clip(values: NDArray[np.float64], metric: str) -> NDArray[np.float64]:
    """Values as means take them."""
    return np.minimum(values, LIMITS[metric]) if metric in LIMITS else values


def clipped_count(scores: pd.DataFrame, metric: str, model: str) -> int:
    """How many of a model's values were above the metric's limit."""
    if metric not in LIMITS:
        return 0
    rows = scores[(scores["metric"] == metric) & (scores["model"] == model) & (scores["status"] == OK)]
    return int((rows["value"] > LIMITS[metric]).sum())


def pair_groups(pairs: pd.MultiIndex, split: Mapping[str, Any]) -> tuple[NDArray, NDArray]:
    """Content group and style group of each pair: [n], [n].

    split: split.json; ValueError for a pair whose content or style it does not list
    """
    groups = []
    for level, role in enumerate(("contents", "styles")):
        known = {item["id"]: item["group"] for item in split[role]}
        ids = pairs.get_level_values(level)
        unknown = sorted(set(ids) - set(known))
        if unknown:
            raise ValueError(f"scores of {unknown[0]!r}, which is not among the split's {role}")
        groups.append(np.array([known[item] for item in ids], dtype=object).astype(str))
    return groups[0], groups[1]


def pair_interval(values: pd.Series, split: Mapping[str, Any], level: float = LEVEL) -> Interval:
    """Crossed, grouped interval of the mean of one value a pair; values indexed by (content, style), finite."""
    content_groups, style_groups = pair_groups(values.index, split)
    return crossed_interval(values.to_numpy(dtype=np.float64), content_groups, style_groups, level)


def mean_interval(values: pd.Series, split: Mapping[str, Any], level: float = LEVEL) -> dict[str, Any]:
    """The same as JSON values: {"mean", "low", "high", "n"}; None, with a "reason", for what is unknown."""
    finite = np.isfinite(values.to_numpy(dtype=np.float64))
    if not finite.all():
        return {**_NOTHING, "n": len(values), "reason": f"{int((~finite).sum())} of {len(values)} values not finite"}
    if not len(values):
        return {**_NOTHING, "n": 0, "reason": "no values"}
    return interval_json(pair_interval(values, split, level))


_NOTHING: Mapping[str, Any] = {"mean": None, "low": None, "high": None}


def interval_json(interval: Interval) -> dict[str, Any]:
    """An interval as JSON values: None for what is undefined, and why."""
    if interval.n == 0:
        return {**_NOTHING, "n": 0, "reason": interval.reason}
    numbers = {"mean": interval.mean, "low": interval.low, "high": interval.high}
    known = {key: number if np.isfinite(number) else None for key, number in numbers.items()}
    return {**known, "n": interval.n, **({"reason": interval.reason} if interval.reason else {})}
