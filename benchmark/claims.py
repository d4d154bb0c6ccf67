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
# More is asked of a metric that judges the whole output: what takes no skill is nearly always below the renderer.
NEARLY_ALL = 0.95
UNDECIDED = "undecided on the mean"
# "As its source": within a quarter of the way from identity to style copy.
ALIKE = 0.25


@dataclass(frozen=True)
class Check:
    """One thing that a metric must do, and whether it did.

    decided: False where the pairs say so but the mean's interval holds 0, as where a few pairs rule a mean: such a
    metric orders outputs of one pair rightly, and its means over this split tell nothing
    """

    claim: str
    holds: bool
    observed: str
    decided: bool = True

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


def ordered(scored: Scored, claim: str, sequence: Sequence[tuple[str, str]], least_share: float = LEAST_SHARE) -> Check:
    """Every (better, worse) is ordered rightly: on so large a share of the pairs, and on the mean.

    `observed` tells of the weakest of them.
    """
    found = [_order(scored, better, worse, least_share) for better, worse in sequence]
    weakest = min(found, key=lambda one: (one.holds, one.decided, one.share))
    holds, decided = all(one.holds for one in found), all(one.decided for one in found)
    return Check(claim, holds, weakest.observed(len(found) > 1), decided)


@dataclass(frozen=True)
class _Order:
    better: str
    worse: str
    right: int
    interval: Interval
    least_share: float

    @property
    def share(self) -> float:
        return self.right / self.interval.n if self.interval.n else 0.0

    @property
    def holds(self) -> bool:
        return self.share >= self.least_share and self.interval.mean > 0

    @property
    def decided(self) -> bool:
        return beyond_doubt(self.interval)

    def observed(self, name_them: bool) -> str:
        text = f"{self.right} of {self.interval.n} pairs, mean difference {spread(self.interval)}"
        text += "" if self.decided else f", {UNDECIDED}"
        return f"{self.better} over {self.worse}, the weakest: {text}" if name_them else text


def _order(scored: Scored, better: str, worse: str, least_share: float) -> _Order:
    difference = scored.difference(better, worse)
    return _Order(better, worse, int((difference > 0).sum()), pair_interval(difference, scored.split), least_share)


def alike(scored: Scored, claim: str, control: str, source: str) -> Check:
    """A control's mean is as its source's: closer than a quarter of the way from identity to style copy."""
    interval = pair_interval(scored.difference(control, source), scored.split)
    way = abs(scored.mean("identity") - scored.mean("style-copy"))
    part = abs(interval.mean) / way if way > 0 else np.inf
    text = f"{100 * part:.0f} % of the way from identity to style copy, mean difference {spread(interval)}"
    return Check(claim, bool(part <= ALIKE), text)


def non_dominated(scored: Scored, other: Scored, claim: str, control: str, rivals: Iterable[str]) -> Check:
    """No rival is better beyond doubt both here and on `other`, the metric of the plane's other axis."""
    above, perhaps = [], []
    for rival in rivals:
        found = [pair_interval(axis.difference(rival, control), scored.split) for axis in (scored, other)]
        if all(beyond_doubt(interval) for interval in found):
            above.append(rival)
        elif all(interval.mean > 0 for interval in found):
            perhaps.append(rival)
    parts = [f"better on both: {', '.join(above)}"] if above else []
    parts += [f"better on both means, not beyond doubt: {', '.join(perhaps)}"] if perhaps else []
    return Check(claim, not above, "; ".join(parts) or "no control is better on both", not perhaps)


def beyond_doubt(interval: Interval) -> bool:
    """Whether the mean is above 0 by its interval; False where there is none."""
    return interval.defined and interval.low > 0


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
