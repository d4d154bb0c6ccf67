"""Checks of one metric against controls whose place is known beforehand, on pairs and on means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.pair_values import pair_interval

if TYPE_CHECKING:
    import pandas as pd

    from stylegauge.benchmark.statistics import Interval

# A metric that orders three pairs in four rightly has seen the difference; one that is right on average alone has not.
LEAST_SHARE = 0.75
# "As its source": within a quarter of the way from identity to style copy.
ALIKE = 0.25


@dataclass(frozen=True)
class Check:
    """One thing that a metric must do, and whether it did."""

    claim: str
    holds: bool
    observed: str

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Scored:
    """What one paired metric says of the controls.

    values: rows pairs (content, style), columns controls; the higher the better, whatever the metric's own direction
    split: split.json, for the groups
    """

    values: pd.DataFrame
    split: Mapping[str, Any]

    def difference(self, better: str, worse: str) -> pd.Series:
        """Per pair, above 0 where the metric puts `better` above `worse`."""
        return (self.values[better] - self.values[worse]).dropna()

    def mean(self, control: str) -> float:
        """The control's mean, the higher the better."""
        return float(self.values[control].mean())


def ordered(scored: Scored, claim: str, sequence: Sequence[tuple[str, str]]) -> Check:
    """Every (better, worse) is ordered rightly: on three pairs in four, and on the mean beyond doubt.

    `observed` tells of the weakest of them. Where the design has no interval, the mean's sign takes its place.
    """
    found = [_order(scored, better, worse) for better, worse in sequence]
    weakest = min(found, key=lambda one: (one.holds, one.share))
    return Check(claim, all(one.holds for one in found), weakest.observed(len(found) > 1))


@dataclass(frozen=True)
class _Order:
    better: str
    worse: str
    right: int
    interval: Interval

    @property
    def share(self) -> float:
        return self.right / self.interval.n if self.interval.n else 0.0

    @property
    def holds(self) -> bool:
        bound = self.interval.low if self.interval.defined else self.interval.mean
        return self.share >= LEAST_SHARE and bound > 0

    def observed(self, name_them: bool) -> str:
        text = f"{self.right} of {self.interval.n} pairs, mean difference {spread(self.interval)}"
        return f"{self.better} over {self.worse}, the weakest: {text}" if name_them else text


def _order(scored: Scored, better: str, worse: str) -> _Order:
    difference = scored.difference(better, worse)
    return _Order(better, worse, int((difference > 0).sum()), pair_interval(difference, scored.split))


def alike(scored: Scored, claim: str, control: str, source: str) -> Check:
    """A control's mean is as its source's: closer than a quarter of the way from identity to style copy."""
    interval = pair_interval(scored.difference(control, source), scored.split)
    way = abs(scored.mean("identity") - scored.mean("style-copy"))
    part = abs(interval.mean) / way if way > 0 else np.inf
    text = f"{100 * part:.0f} % of the way from identity to style copy, mean difference {spread(interval)}"
    return Check(claim, bool(part <= ALIKE), text)


def non_dominated(scored: Scored, other: Scored, claim: str, control: str, rivals: Iterable[str]) -> Check:
    """No rival has a better mean both here and on `other`, the metric of the plane's other axis."""
    above = [
        rival
        for rival in rivals
        if scored.mean(rival) > scored.mean(control) and other.mean(rival) > other.mean(control)
    ]
    return Check(claim, not above, f"better on both: {', '.join(above)}" if above else "no control is better on both")


def listed(values: Mapping[str, float], claim: str, sequence: Sequence[tuple[str, str]]) -> Check:
    """Every (better, worse) is ordered rightly by one number a control, the lower the better (set metrics)."""
    holds = all(values[better] < values[worse] for better, worse in sequence)
    named = dict.fromkeys(name for pair in sequence for name in pair)
    return Check(claim, holds, ", ".join(f"{name} {values[name]:.3g}" for name in named))


def spread(interval: Interval) -> str:
    """A mean with its interval, for people."""
    if not interval.defined:
        return f"{interval.mean:.3g} (no interval: {interval.reason})"
    return f"{interval.mean:.3g} [{interval.low:.3g}, {interval.high:.3g}]"
