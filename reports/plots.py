"""The page's plots: the content/style plane and one strip plot a metric, drawn from a run's tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from stylegauge.benchmark.gate import mean_curve, run_gains
from stylegauge.benchmark.pair_values import pair_interval, pair_values
from stylegauge.metrics.info import OF_A_PAIR, MetricInfo
from stylegauge.metrics.registry import plane
from stylegauge.reports.plane import Plane, Point, draw_plane
from stylegauge.reports.strips import Strip, draw_strips
from stylegauge.reports.values import value_of

if TYPE_CHECKING:
    import pandas as pd

    from stylegauge.benchmark.store import Run

STEPS = 41  # points at which the no-skill curve is drawn


@dataclass(frozen=True)
class PlanePlots:
    """The plane for wide and for narrow windows, or the reason why there is none.

    unlabelled: names for which there was no room in one of them
    """

    wide: Markup
    narrow: Markup
    unlabelled: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class MetricPlot:
    """One strip plot; words: unit and direction."""

    metric: str
    words: str
    image: Markup


def plane_plots(run: Run, order: Sequence[Mapping[str, Any]]) -> PlanePlots:
    """The content/style plane of a run.

    order: leaderboard.json's models in the order of the table
    """
    gains, reason = run_gains(run)
    if reason or gains.empty:
        return PlanePlots(Markup(), Markup(), (), reason or "no model has both distances of any pair")
    points = tuple(
        _point(run, model, gains[gains["model"] == model["name"]])
        for model in order
        if (gains["model"] == model["name"]).any()
    )
    points = tuple(point for point in points if math.isfinite(point.content[0]))
    ends = [end for point in points for end in point.content if math.isfinite(end)]
    reach = 1.1 * max(1.0, *ends)  # the shading goes on to the plot's edge
    curve = mean_curve(run.noskill, np.linspace(0, reach, STEPS))
    plane = Plane(
        points,
        curve["content_relative"].to_numpy(),
        {name: curve[name].to_numpy() for name in ("blend", "both")},
        "content lost → (style copy = 1)",
        "style missed → (gram_rel)",
    )
    wide, narrow = draw_plane(plane, 860, 560, "plane-wide"), draw_plane(plane, 350, 420, "plane-narrow")
    unlabelled = tuple(dict.fromkeys(wide.unlabelled + narrow.unlabelled))
    return PlanePlots(wide.image, narrow.image, unlabelled, "")


def _point(run: Run, model: Mapping[str, Any], gains: pd.DataFrame) -> Point:
    """A model's place: content distance relative to the style copy's, and its style distance, with their intervals."""
    relative = gains.dropna(subset=["content_relative"]).groupby(["content", "style"])["content_relative"].mean()
    content = pair_interval(relative, run.split)
    style = value_of(model["metrics"][plane(run.plan["backbone"])[1]])
    return Point(
        model["name"],
        model["role"] != "control",
        (content.mean, content.low, content.high),
        (style.mean, style.low, style.high),
    )


def metric_plots(run: Run, order: Sequence[Mapping[str, Any]]) -> list[MetricPlot]:
    """A strip plot for each paired metric of the plan."""
    paired = [info for info in run.metrics.values() if info.compares in OF_A_PAIR]
    plots = []
    for number, info in enumerate(paired):
        metric, table = info.id, pair_values(run.scores, info.id)
        strips = [_strip(model, metric, table) for model in order if model["name"] in table]
        if strips:
            plots.append(MetricPlot(metric, _words(info), draw_strips(strips, metric, f"strips-{number}")))
    return plots


def _strip(model: Mapping[str, Any], metric: str, table: pd.DataFrame) -> Strip:
    value = value_of(model["metrics"][metric])
    values = table[model["name"]].dropna().to_numpy(dtype=np.float64)
    return Strip(model["name"], model["role"] != "control", values, value.mean, value.low, value.high)


def _words(info: MetricInfo) -> str:
    better = {True: "higher is better", False: "lower is better", None: ""}[info.higher_is_better]
    return ", ".join(part for part in (info.unit, better) if part)
