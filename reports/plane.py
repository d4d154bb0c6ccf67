"""The content/style plane: what models lost of the content, what they missed of the style, and what takes no skill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from stylegauge.reports import labels, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Point:
    """One model in the plane; low and high are its intervals, nan where there are none.

    content, style: (mean, low, high) distances, 0 is best
    """

    name: str
    entry: bool
    content: tuple[float, float, float]
    style: tuple[float, float, float]


@dataclass(frozen=True)
class Plane:
    """What the plane shows.

    grid: [G] content distances, of a split's style copy = 1
    curves: "blend" (blending alone) and "both" (recolouring as well) -> [G] the style distance that takes no skill
    content_label, style_label: what stands at the axes
    """

    points: tuple[Point, ...]
    grid: NDArray[np.float64]
    curves: dict[str, NDArray[np.float64]]
    content_label: str
    style_label: str


@dataclass(frozen=True)
class Drawing:
    """The plane as SVG and the names for which there was no room."""

    image: Markup
    unlabelled: tuple[str, ...]


def pareto_front(points: Sequence[Point]) -> list[Point]:
    """The points that no other point beats on both distances, best content first."""
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.content[0], p.style[0], p.name)):
        if not front or point.style[0] < front[-1].style[0]:
            front.append(point)
    return front


def draw_plane(plane: Plane, width: int, height: int, name: str) -> Drawing:
    """The plane at a natural size of `width` x `height` CSS pixels."""
    with svg.drawing():
        figure = svg.blank(width, height)
        axes = figure.add_axes((58 / width, 52 / height, 1 - 72 / width, 1 - 66 / height))
        _frame(axes, plane)
        _no_skill(axes, plane)
        _front(axes, plane)
        for point in plane.points:
            _cross(axes, point)
        unlabelled = _write_names(figure, axes, plane)
        description = "; ".join(f"{p.name}: content {p.content[0]:.3g}, style {p.style[0]:.3g}" for p in plane.points)
        return Drawing(svg.inline(figure, name, "The content/style plane", description), unlabelled)


def _frame(axes: Axes, plane: Plane) -> None:
    axes.set_xlim(*_limits([p.content for p in plane.points], np.ones(1)))
    axes.set_ylim(*_limits([p.style for p in plane.points], np.concatenate(list(plane.curves.values()))))
    axes.set_xlabel(plane.content_label, fontsize=11.5, labelpad=8)
    axes.set_ylabel(plane.style_label, fontsize=11.5, labelpad=8)
    axes.tick_params(labelsize=11)
    axes.locator_params(nbins=6)
    axes.grid(color=svg.RULE, linewidth=0.6, alpha=0.6)
    axes.set_axisbelow(True)


def _limits(intervals: Sequence[tuple[float, float, float]], others: NDArray[np.float64]) -> tuple[float, float]:
    values = np.concatenate([np.ravel(intervals), others])
    values = values[np.isfinite(values)]
    low, high = min(float(values.min(initial=0)), 0.0), float(values.max(initial=0)) or 1.0
    return (low - 0.03 * (high - low) if low < 0 else 0.0), high + 0.06 * (high - low)


def _no_skill(axes: Axes, plane: Plane) -> None:
    """The curves, and everything above shaded: mixing and recolouring already reach that."""
    axes.plot(plane.grid, plane.curves["blend"], color=svg.MUTED, linewidth=1.1, linestyle=(0, (1, 2)), zorder=2)
    axes.plot(plane.grid, plane.curves["both"], color=svg.MUTED, linewidth=1.5, zorder=2)
    top = axes.get_ylim()[1]
    axes.fill_between(plane.grid, plane.curves["both"], top, color=svg.WASH, linewidth=0, zorder=0)


def _front(axes: Axes, plane: Plane) -> None:
    front = pareto_front(plane.points)
    if len(front) > 1:
        x, y = [p.content[0] for p in front], [p.style[0] for p in front]
        axes.step(x, y, where="post", color=svg.ACCENT, linewidth=1.0, alpha=0.55, zorder=2)


def _cross(axes: Axes, point: Point) -> None:
    colour, width, alpha = (svg.ACCENT, 1.6, 0.8) if point.entry else (svg.CONTROL, 1.0, 0.45)
    (x, left, right), (y, low, high) = point.content, point.style
    axes.plot([left, right], [y, y], color=colour, linewidth=width, alpha=alpha, solid_capstyle="butt", zorder=3)
    axes.plot([x, x], [low, high], color=colour, linewidth=width, alpha=alpha, solid_capstyle="butt", zorder=3)
    face = colour if point.entry else svg.PAPER
    axes.plot([x], [y], "o", markersize=8 if point.entry else 6.5, color=face, markeredgecolor=colour,
              markeredgewidth=1.5, zorder=6, clip_on=False)  # fmt: skip


def _write_names(figure: Figure, axes: Axes, plane: Plane) -> tuple[str, ...]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).draw()
    texts = [_name(axes, point) for point in plane.points]
    sizes = [(box.width, box.height) for box in (text.get_window_extent() for text in texts)]
    at = [tuple(axes.transData.transform((p.content[0], p.style[0]))) for p in plane.points]
    inside = axes.get_window_extent()
    bounds = labels.Box(inside.x0 + 2, inside.y0 + 2, inside.x1 + 12, inside.y1 + 10)
    places = labels.place(at, sizes, bounds, 5.5, _bars(axes, plane))
    for text, (x, y), placed in zip(texts, at, places):
        if placed is None:
            text.remove()
        else:
            _move(axes, text, (x, y), placed)
    return tuple(point.name for point, placed in zip(plane.points, places) if placed is None)


def _name(axes: Axes, point: Point) -> Text:
    colour, weight = (svg.ACCENT, "bold") if point.entry else (svg.MUTED, "normal")
    return axes.text(0, 0, svg.short(point.name), fontsize=11, color=colour, weight=weight, zorder=5)


def _bars(axes: Axes, plane: Plane) -> list[labels.Box]:
    """The interval bars in pixels, thin boxes that labels rather avoid."""
    boxes = []
    for point in plane.points:
        (x, left, right), (y, low, high) = point.content, point.style
        for corners in (((left, y), (right, y)), ((x, low), (x, high))):
            (a, b), (c, d) = axes.transData.transform(corners)
            if np.isfinite([a, b, c, d]).all():
                boxes.append(labels.Box(a, b, c, d).grown(1))
    return boxes


def _move(axes: Axes, text: Text, point: tuple[float, float], placed: labels.Placed) -> None:
    box = placed.box
    text.set_transform(None)
    text.set_position(((box.left + box.right) / 2, box.low))
    text.set_horizontalalignment("center")
    text.set_verticalalignment("bottom")
    if placed.far:
        ends = (np.clip(point[0], box.left, box.right), np.clip(point[1], box.low, box.high))
        axes.plot(*zip(point, ends), color=svg.MUTED, linewidth=0.7, alpha=0.7, transform=None, zorder=2.5)
