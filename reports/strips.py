"""One metric's scores of every pair, a row a model: ticks for pairs, a box for the middle half, a dot for the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from stylegauge.reports import numbers, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_ROW = 21  # pixels a model
_WIDTH = 380
_MOST_TICKS = 720  # in one plot; 30 bytes each
_LABELS = 128  # pixels for the names


@dataclass(frozen=True)
class Strip:
    """The scores of one model: values [n], its mean and interval, nan where there is none."""

    name: str
    entry: bool
    values: NDArray[np.float64]
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Scale:
    """The axis of a strip plot: what lies outside low and high is drawn as an arrow at the edge."""

    low: float
    high: float
    log: bool


def scale_of(values: NDArray[np.float64]) -> Scale:
    """An axis for pooled scores: logarithmic when they span decades, and cut three quartile ranges beyond the middle.

    A control such as identity scores hundreds of times better than any model; it must not squeeze them into a line.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Scale(0.0, 1.0, False)
    positive = finite[finite > 0]
    log = bool(positive.size and (finite >= 0).all() and np.ptp(np.log10(np.quantile(positive, (0.1, 0.9)))) > 1)
    used = np.log10(positive) if log else finite
    first, third = np.quantile(used, (0.25, 0.75))
    reach = 3 * (third - first) or abs(third) or 1.0
    low, high = max(float(used.min()), first - reach), min(float(used.max()), third + reach)
    margin = 0.04 * (high - low) or 0.5 * abs(high) or 0.5
    low, high = low - margin, high + margin
    return Scale(10**low, 10**high, True) if log else Scale(low, high, False)


def draw_strips(strips: Sequence[Strip], label: str, name: str) -> Markup:
    """The strips of one metric, top to bottom in the order given.

    label: the metric, for those who cannot see the plot; name: unique in the page
    """
    height = _ROW * len(strips) + 28
    scale = scale_of(np.concatenate([strip.values for strip in strips] or [np.zeros(0)]))
    with svg.drawing():
        figure = svg.blank(_WIDTH, height)
        box = (_LABELS / _WIDTH, 22 / height, 1 - (_LABELS + 14) / _WIDTH, 1 - 26 / height)
        axes = figure.add_axes(box)
        _axes(axes, strips, scale)
        for row, strip in enumerate(strips):
            _row(axes, strip, row, scale, max(8, _MOST_TICKS // len(strips)))
        means = "; ".join(f"{strip.name}: mean {strip.mean:.3g} of {strip.values.size}" for strip in strips)
        return svg.inline(figure, name, f"Scores of every pair: {label}", means)


def _axes(axes: Axes, strips: Sequence[Strip], scale: Scale) -> None:
    axes.set_xscale("log" if scale.log else "linear")
    axes.set_xlim(scale.low, scale.high)
    axes.set_ylim(len(strips) - 0.4, -0.6)
    axes.set_yticks(range(len(strips)), [svg.short(strip.name) for strip in strips], fontsize=11)
    for text, strip in zip(axes.get_yticklabels(), strips):
        text.set_color(svg.ACCENT if strip.entry else svg.MUTED)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=10.5)
    _ticks(axes, scale)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=svg.RULE, linewidth=0.6, alpha=0.6)
    axes.set_axisbelow(True)


def _ticks(axes: Axes, scale: Scale) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    if scale.log:
        decades = np.log10(scale.high / scale.low)
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2 else (1.0,), numticks=6))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))


def _tick(value: float) -> str:
    if value and abs(value) < 1e-3:
        mantissa, _, exponent = f"{value:.0e}".partition("e")
        return numbers.power(int(exponent))[1:] if mantissa == "1" else f"{mantissa}{numbers.power(int(exponent))}"
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def _ticks_of(values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """The values, or where there are more than a plot can hold as many of them, evenly spaced in order of size."""
    if values.size <= most:
        return values
    return np.sort(values)[np.linspace(0, values.size - 1, most).round().astype(int)]


def _row(axes: Axes, strip: Strip, row: int, scale: Scale, most: int) -> None:
    """One path for all ticks: 48 markers a row would make the page's plots ten times larger."""
    colour = svg.ACCENT if strip.entry else svg.CONTROL
    inside = _ticks_of(strip.values[(strip.values >= scale.low) & (strip.values <= scale.high)], most)
    x = np.repeat(inside, 3).astype(float)
    y = np.tile([row - 0.28, row + 0.28, np.nan], inside.size)
    axes.plot(x, y, color=colour, linewidth=1.0, alpha=0.38, solid_capstyle="butt")
    if strip.values.size:
        first, third = np.clip(np.quantile(strip.values, (0.25, 0.75)), scale.low, scale.high)
        axes.fill_between([first, third], row - 0.28, row + 0.28, color=colour, alpha=0.13, linewidth=0)
    if scale.low <= strip.mean <= scale.high:
        axes.plot([strip.low, strip.high], [row, row], color=colour, linewidth=2.0, solid_capstyle="butt")
        axes.plot(
            [strip.mean], [row], "o", color=svg.PAPER, markersize=5.5, markeredgecolor=colour, markeredgewidth=1.5
        )
    for beyond, edge, mark in (
        (strip.values < scale.low, scale.low, "<"),
        (strip.values > scale.high, scale.high, ">"),
    ):
        if beyond.any():
            axes.plot([edge], [row], marker=mark, color=colour, markersize=5, clip_on=False)
