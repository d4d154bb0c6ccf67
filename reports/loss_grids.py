"""Where an output lost its quality score, as a small grid beside its picture: a square a window, larger for more lost.

What the squares show is told in words as well, and size alone carries it: colour only follows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stylegauge.benchmark.loss_maps import LossMap, Output, loss_maps
from stylegauge.reports import numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.benchmark.store import Run

HEADS = ("content", "style", "artefact")
LEVELS = 9  # sizes of squares; level 0 has none
_TOP = 0.9  # the share of all windows of the run that lie below the largest square: what takes no skill lies above
_GATHERED = 0.3  # a quarter of the picture with more of the loss than this is named


@dataclass(frozen=True)
class Grid:
    """One judge's map of one output.

    levels: a digit a window, row by row; said: what stands beside it; title: the whole in words
    """

    levels: str
    score: str
    said: str
    title: str

    @property
    def side(self) -> int:
        """Windows in a row."""
        return math.isqrt(len(self.levels))

    @property
    def strokes(self) -> list[tuple[int, str]]:
        """(level, SVG path): a dot for each window of that level, which its stroke makes a square."""
        places = [(f"M{i % self.side} {i // self.side}h0", int(level)) for i, level in enumerate(self.levels)]
        drawn = [(level, "".join(dot for dot, at in places if at == level)) for level in range(1, LEVELS + 1)]
        return [(level, path) for level, path in drawn if path]


@dataclass(frozen=True)
class Grids:
    """All grids of a page, on one scale.

    of: output -> a grid for each judge that kept a map of it
    steps: (level, how much is lost there) for the legend, () where there are no maps
    """

    of: Mapping[Output, tuple[Grid, ...]]
    steps: tuple[tuple[int, str], ...]


def make_grids(run: Run) -> Grids:
    """The grids of a run folder; none where its units kept no maps."""
    maps = loss_maps(run)
    pooled = [np.maximum(each.loss.sum(axis=2), 0).ravel() for kept in maps.values() for each in kept.values()]
    if not pooled:
        return Grids({}, ())
    top = float(np.quantile(np.concatenate(pooled), _TOP)) or 1.0
    of: dict[Output, tuple[Grid, ...]] = {}
    for metric, kept in maps.items():
        for output, each in kept.items():
            of[output] = (*of.get(output, ()), make_grid(metric, each, top))
    return Grids(of, tuple(_steps(top)))


def make_grid(metric: str, lost: LossMap, top: float) -> Grid:
    """The grid of one map; top: the loss of a window that gets the largest square."""
    windows = np.maximum(lost.loss.sum(axis=2), 0)
    levels = np.minimum(np.rint(LEVELS * windows / top), LEVELS).astype(int)
    heads = lost.loss.mean(axis=(0, 1))
    where, share = _quarter(windows)
    worst = HEADS[int(heads.argmax())]
    score = "abstains" if math.isnan(lost.score) else numbers.fixed(lost.score, 1)
    said = f"lost by {worst}, {where}" if levels.any() else "next to nothing lost"
    each = ", ".join(f"{head} {numbers.fixed(value, 2)}" for head, value in zip(HEADS, heads))
    title = (
        f"{metric} {score}. Lost against the best outputs: {numbers.fixed(heads.sum(), 2)} ({each}); "
        f"{f'{share:.0%} of it {where}' if where != _ALL_OVER else where}"
    )
    return Grid("".join(map(str, levels.ravel())), f"{metric.partition('@')[0]} {score}", said, title)


_ALL_OVER = "all over"


def _quarter(windows: NDArray[np.float64]) -> tuple[str, float]:
    """Which quarter holds most of what was lost, and its share; "all over" where none stands out."""
    half, total = len(windows) // 2, windows.sum()
    if not half or not total:
        return _ALL_OVER, 1.0
    first, last = slice(half), slice(-half, None)
    places = {
        "top left": (first, first), "top right": (first, last),
        "bottom left": (last, first), "bottom right": (last, last),
    }  # fmt: skip
    shares = {name: float(windows[place].sum() / total) for name, place in places.items()}
    where = max(shares, key=lambda name: shares[name])
    return (where, shares[where]) if shares[where] > _GATHERED else (_ALL_OVER, 1.0)


def _steps(top: float) -> Iterable[tuple[int, str]]:
    for level in (1, 3, 5, 7, LEVELS):
        yield level, numbers.fixed(top * level / LEVELS, 1) + (" and more" if level == LEVELS else "")
