"""A metric on every ladder: one small panel each, all in the metric's own unit and on one axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from stylegauge.reports import numbers, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANEL_HEIGHT, _HEAD, _FOOT, _LEFT = 92, 30, 20, 44  # pixels
Row = Mapping[str, Any]


def draw_ladders(rows: Sequence[Row], metric: str, higher_is_better: bool, width: int, name: str) -> Markup:
    """The panels of one metric, as many beside each other as there is room for.

    rows: of validation.json's ladders; width: in pixels; name: unique in the page
    """
    across = min(len(rows), max(3, width // 84)) if rows else 1
    down = -(-len(rows) // across)
    height = down * (_PANEL_HEIGHT + _HEAD + _FOOT)
    limits = _limits(rows)
    with svg.drawing():
        figure = svg.blank(width, height)
        step = (width - _LEFT - 6) / across
        for place, row in enumerate(rows):
            column, line = place % across, place // across
            bottom = height - line * (_PANEL_HEIGHT + _HEAD + _FOOT) - _HEAD - _PANEL_HEIGHT
            box = (_LEFT + column * step) / width, bottom / height, (step - 12) / width, _PANEL_HEIGHT / height
            _panel(figure.add_axes(box), row, limits, higher_is_better, first=column == 0)
        told = "; ".join(f"{row['ladder'].replace('_', ' ')}: tau {_tau(row)}" for row in rows)
        return svg.inline(figure, name, f"{metric} on each ladder", told)


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """The shared axis. A start that no step comes near (the PSNR of a picture with itself) is left outside."""
    steps = [step["mean"] for row in rows for step in row["steps"][1:] if step["mean"] is not None]
    if not steps:
        return 0.0, 1.0
    low, high = min(steps), max(steps)
    reach = (high - low) or abs(high) or 1.0
    for row in rows:
        start = row["steps"][0]["mean"]
        if start is not None and low - reach <= start <= high + reach:
            low, high = min(low, start), max(high, start)
    margin = 0.06 * ((high - low) or 1.0)
    return low - margin, high + margin


def _panel(axes: Axes, row: Row, limits: tuple[float, float], higher_is_better: bool, first: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    colour = svg.CONTROL if row["unasked"] else svg.ACCENT
    known = [(at, step) for at, step in enumerate(row["steps"]) if step["mean"] is not None]
    xs, means = [at for at, _ in known], [step["mean"] for _, step in known]
    low, high = ([step["mean"] if step[end] is None else step[end] for _, step in known] for end in ("low", "high"))
    axes.fill_between(xs, low, high, color=colour, alpha=0.14, linewidth=0)
    axes.plot(xs, means, color=colour, linewidth=1.5)
    axes.plot(xs, means, "o", color=colour, markersize=2.6)
    wrong = [at for at in range(len(means) - 1) if _wrong(means[at], means[at + 1], higher_is_better)]
    for at in wrong:
        axes.plot(xs[at : at + 2], means[at : at + 2], color=svg.WARN, linewidth=2.4)
    axes.set_xlim(-0.3, len(row["steps"]) - 0.7)
    axes.set_ylim(*limits)
    axes.set_xticks([0, len(row["steps"]) - 1], ["0", _strength(row["strengths"])], fontsize=10)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}".replace("-", "\N{MINUS SIGN}")))
    axes.tick_params(axis="y", labelsize=10, labelleft=first, length=3 if first else 0)
    axes.spines["left"].set_visible(first)
    axes.grid(axis="y", color=svg.RULE, linewidth=0.6, alpha=0.6)
    axes.set_axisbelow(True)
    title = row["ladder"].replace("_", " ").replace("oracle degradation", "recipe")
    axes.text(0, 1.2, title, transform=axes.transAxes, fontsize=11, color=svg.INK)
    axes.text(0, 1.05, f"τ {_tau(row)}", transform=axes.transAxes, fontsize=10, color=svg.MUTED)


def _wrong(before: float, after: float, higher_is_better: bool) -> bool:
    return after >= before if higher_is_better else after <= before


def _strength(strengths: Sequence[float]) -> str:
    return f"{strengths[-1]:g}" if strengths else ""


def _tau(row: Row) -> str:
    mean = row["tau"]["mean"]
    return numbers.fixed(math.nan if mean is None else mean, 2)
