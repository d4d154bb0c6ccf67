"""The gate: is a model better than mixing and recolouring?

What takes no skill is a curve in the plane of content distance and style distance. For each pair it is measured along
two paths: "blend", from the content to the style image by alpha blending, and "colour", from the content to its colour
match to the style image. A model's gain on a pair is the curve's style distance at the model's content distance, less
the model's style distance. It is valid on a split when its mean gain is above 0 by the crossed interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stylegauge.benchmark.pair_values import pair_interval
from stylegauge.benchmark.records import OK
from stylegauge.benchmark.statistics import LEVEL, Interval
from stylegauge.metrics.registry import plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.benchmark.store import Run

VALID, NOT_VALID, NOT_GATED = "valid", "not valid", "not gated"
# An interval that holds 0 says neither that a model is better nor that it is not.
NOT_SHOWN, WORSE = "not shown to be better than mixing and recolouring", "worse than mixing and recolouring"
PATHS = ("blend", "colour")
# One and the same image scored in batches of other sizes differs by about 1e-5 relative, and style distances are below
# 1: a smaller gain than this is no gain, so that a point of the curve never beats the curve.
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Curves:
    """The no-skill paths of every pair, each path with the same number of steps for all pairs.

    pairs: (content, style), P of them
    content, style: path -> [P, K] distances along the path
    copy_distance: [P], the content distance of the style copy, which is 1 in the plane
    """

    pairs: pd.MultiIndex
    content: Mapping[str, NDArray[np.float64]]
    style: Mapping[str, NDArray[np.float64]]
    copy_distance: NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one model.

    status: "valid", "not valid" or "not gated"; reason: why it is not gated, or why it is not valid
    gain: over both paths; gain_blend: over blending alone; None where nothing could be measured
    share_above: share of pairs with a gain above 0, in [0, 1]; None likewise
    """

    status: str
    reason: str
    gain: Interval | None = None
    gain_blend: Interval | None = None
    share_above: float | None = None


def no_skill(content: NDArray[np.float64], style: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least style distance that a path reaches without more content distance than `at`, a pair a row.

    content, style: [R, K] a path's points, joined by straight lines; K at least 2; it need not go one way
    at: [R] content distances
    returns: [R]. That is the path's lower envelope and its running minimum at once: a point with less content distance
    and less style distance is at least as good. It is constant beyond the ends; to the left, the path's leftmost value.
    """
    at = np.maximum(at, content.min(axis=1))[:, None]
    swap = content[:, 1:] < content[:, :-1]
    left, right = np.where(swap, content[:, 1:], content[:, :-1]), np.where(swap, content[:, :-1], content[:, 1:])
    at_left, at_right = np.where(swap, style[:, 1:], style[:, :-1]), np.where(swap, style[:, :-1], style[:, 1:])
    width = right - left
    part = np.clip(np.divide(at - left, width, out=np.ones_like(width), where=width > 0), 0, 1)
    # On a straight line the minimum lies at one of the ends of what has been reached of it.
    reached = np.minimum(at_left, at_left + part * (at_right - at_left))
    least: NDArray[np.float64] = np.where(left <= at, reached, np.inf).min(axis=1)
    return least


def make_curves(noskill: pd.DataFrame) -> Curves:
    """Read noskill.parquet into arrays.

    raises: ValueError where a pair lacks a path or steps that other pairs have, or a distance is not finite
    """
    tables = {path: _steps(noskill, path) for path in PATHS}
    pairs = tables["blend"][0].index
    if not pairs.equals(tables["colour"][0].index):
        raise ValueError("the no-skill paths blend and colour do not cover the same pairs")
    content = {path: table[0].to_numpy(dtype=np.float64) for path, table in tables.items()}
    style = {path: table[1].to_numpy(dtype=np.float64) for path, table in tables.items()}
    return Curves(pairs, content, style, content["blend"][:, -1])


def _steps(noskill: pd.DataFrame, path: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Content and style distances of a path: rows pairs, columns steps in order."""
    rows = noskill[noskill["path"] == path].set_index(["content", "style", "step"])
    content, style = (rows[name].unstack("step") for name in ("content_distance", "style_distance"))
    if content.shape[1] < 2 or not (np.isfinite(content).all(axis=None) and np.isfinite(style).all(axis=None)):
        raise ValueError(f"the no-skill path {path!r} needs two or more steps, the same for every pair, all finite")
    return content.sort_index(), style.sort_index()


def gains(scores: pd.DataFrame, noskill: pd.DataFrame, backbone: str) -> pd.DataFrame:
    """The place in the plane and the gain of every output.

    scores, noskill: the run's tables; backbone: the suite's
    returns: columns model, content, style, repeat, content_distance, style_distance, content_relative (style copy = 1;
    nan where content and style are one picture), gain_blend, gain; only outputs with both distances and a curve
    """
    curves = make_curves(noskill)
    points = _points(scores, backbone)
    rows = curves.pairs.get_indexer(pd.MultiIndex.from_frame(points[["content", "style"]]))
    points, rows = points[rows >= 0].reset_index(drop=True), rows[rows >= 0]
    at, style = (points[name].to_numpy() for name in ("content_distance", "style_distance"))
    blend, colour = (no_skill(curves.content[path][rows], curves.style[path][rows], at) for path in PATHS)
    copy = curves.copy_distance[rows]
    return points.assign(
        content_relative=np.divide(at, copy, out=np.full_like(at, np.nan), where=copy > 0),
        gain_blend=_settle(blend - style),
        gain=_settle(np.minimum(blend, colour) - style),
    )


def _points(scores: pd.DataFrame, backbone: str) -> pd.DataFrame:
    keys = ["model", "content", "style", "repeat"]
    parts = []
    for metric, name in zip(plane(backbone), ("content_distance", "style_distance"), strict=True):
        # An empty table has no dtype of its own.
        rows = scores[(scores["metric"] == metric) & (scores["status"] == OK)].astype({"value": np.float64})
        rows = rows[np.isfinite(rows["value"])]
        parts.append(rows[[*keys, "value"]].rename(columns={"value": name}))
    return parts[0].merge(parts[1], on=keys, validate="one_to_one").sort_values(keys, ignore_index=True)


def _settle(gain: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.abs(gain) <= TOLERANCE, 0.0, gain)


def mean_curve(noskill: pd.DataFrame, grid: NDArray[np.float64]) -> pd.DataFrame:
    """The no-skill curve to draw: the mean over pairs of each pair's curve.

    grid: [Q] relative content distances (style copy = 1)
    returns: columns content_relative, blend (blending alone), both
    """
    curves = make_curves(noskill)
    columns: dict[str, list[float]] = {"blend": [], "both": []}
    for relative in grid:
        at = relative * curves.copy_distance
        blend, colour = (no_skill(curves.content[path], curves.style[path], at) for path in PATHS)
        columns["blend"].append(float(blend.mean()))
        columns["both"].append(float(np.minimum(blend, colour).mean()))
    return pd.DataFrame({"content_relative": grid, **columns})


def run_gains(run: Run) -> tuple[pd.DataFrame, str]:
    """The gains of a run, or an empty frame and the reason why nothing can be gated."""
    backbone = run.plan["backbone"]
    needed = plane(backbone)
    absent = [metric for metric in needed if metric not in run.metrics]
    if absent:
        return pd.DataFrame(), f"the gate needs {' and '.join(needed)}; this run did not compute {' and '.join(absent)}"
    if run.noskill.empty:
        return pd.DataFrame(), "the run holds no no-skill curve"
    return gains(run.scores, run.noskill, backbone), ""


def verdicts(run: Run, level: float = LEVEL) -> dict[str, Verdict]:
    """The gate's word on every model of the plan.

    A model with missing pairs is not gated, since it may lack the pairs that it would lose; its gains stand beside.
    """
    table, reason = run_gains(run)
    names = [model["name"] for model in run.plan["models"]]
    if reason:
        return {name: Verdict(NOT_GATED, reason) for name in names}
    expected = len(run.split["pairs"]) * run.plan.get("repeats", 1)
    return {name: verdict(table[table["model"] == name], expected, run.split, level) for name in names}


def verdict(rows: pd.DataFrame, expected: int, split: Mapping[str, Any], level: float) -> Verdict:
    """The gate's word on the outputs of one model.

    rows: of `gains`; expected: outputs, a pair counting once a repeat
    """
    if rows.empty:
        return Verdict(NOT_GATED, "no output has both distances")
    means = rows.groupby(["content", "style"], sort=True)[["gain", "gain_blend"]].mean()
    gain, gain_blend = (pair_interval(means[name], split, level) for name in ("gain", "gain_blend"))
    measured = (gain, gain_blend, float((means["gain"] > 0).mean()))
    if len(rows) < expected:
        return Verdict(NOT_GATED, f"incomplete: {len(rows)} of {expected} outputs measured", *measured)
    if not gain.defined:
        return Verdict(NOT_GATED, gain.reason, *measured)
    if gain.low > 0:
        return Verdict(VALID, "", *measured)
    return Verdict(NOT_VALID, WORSE if gain.high < 0 else NOT_SHOWN, *measured)
