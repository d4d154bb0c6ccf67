"""Which pairs the gallery leads with: each model's best and worst, and those on which models differ most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stylegauge.benchmark.records import OK

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[str, str]


@dataclass(frozen=True)
class PairScores:
    """One number a model and pair.

    label: what the number is called in the page
    table: index (content, style), a column a model; nan where a model has no output
    """

    label: str
    table: pd.DataFrame
    higher_is_better: bool

    def best(self, model: str) -> Pair | None:
        """The pair this model did best, None without any score."""
        return self._extreme(model, worst=False)

    def worst(self, model: str) -> Pair | None:
        """The pair this model did worst."""
        return self._extreme(model, worst=True)

    def value(self, model: str, pair: Pair) -> float:
        """The score as the metric gives it; nan where there is none."""
        if model not in self.table.columns or pair not in self.table.index:
            return float("nan")
        return float(self.table.at[pair, model])

    def widest_gaps(self, models: list[str], count: int) -> list[Pair]:
        """The pairs on which these models lie furthest apart, no content or style twice while others are left."""
        columns = [model for model in models if model in self.table.columns]
        if len(columns) < 2:
            return []
        some = self.table[columns]
        gaps = (some.max(axis=1) - some.min(axis=1))[some.notna().sum(axis=1) >= 2]
        ordered = list(gaps.sort_values(ascending=False, kind="stable").index)
        fresh: list[Pair] = []
        for content, style in ordered:
            if all(content != other and style != another for other, another in fresh):
                fresh.append((content, style))
        return (fresh + [pair for pair in ordered if pair not in fresh])[:count]

    def _extreme(self, model: str, worst: bool) -> Pair | None:
        if model not in self.table.columns:
            return None
        column = self.table[model].dropna()
        if column.empty:
            return None
        lowest = worst == self.higher_is_better
        content, style = column.idxmin() if lowest else column.idxmax()
        return content, style


def scores_of_metric(scores: pd.DataFrame, metric: str, label: str, higher_is_better: bool) -> PairScores:
    """The scores of one metric as a table; repeats of a pair are averaged."""
    rows = scores[(scores["metric"] == metric) & (scores["status"] == OK)]
    table = rows.pivot_table(index=["content", "style"], columns="model", values="value", aggfunc="mean")
    return PairScores(label, table, higher_is_better)
