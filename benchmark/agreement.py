"""Metrics against votes: image by image, system by system, and next to how far people agree with one another."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stylegauge.benchmark.pair_values import interval_json, mean_interval, pair_groups
from stylegauge.benchmark.statistics import jackknife
from stylegauge.benchmark.votes import TIED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.benchmark.votes import Vote

Correlation = Callable[["NDArray[np.float64]", "NDArray[np.float64]"], float]


def shares(votes: Iterable[Vote]) -> pd.DataFrame:
    """The share of its votes that each model got: rows are pairs (content, style), columns models; nan for no vote."""
    got: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    for vote in votes:
        got[vote.content, vote.style, vote.a].append(vote.for_a)
        got[vote.content, vote.style, vote.b].append(1 - vote.for_a)
    index = pd.MultiIndex.from_tuples(got, names=["content", "style", "model"])
    return pd.Series([sum(each) / len(each) for each in got.values()], index=index).unstack("model")


def agreement(votes: Sequence[Vote], goodness: pd.DataFrame, split: Mapping[str, Any]) -> dict[str, Any]:
    """How far a metric agrees with votes on one question, as JSON values.

    goodness: rows pairs (content, style), columns models; the higher the better
    returns: "votes", the share of those that are no tie in which the metric is on the winner's side (half where it
    finds both equal); "image", the mean over pairs of "spearman" and "kendall" between shares and scores; "system", the
    same between the models' means; each with its interval over contents and styles
    """
    people = shares(votes)
    metric = goodness.reindex(index=people.index, columns=people.columns)
    return {
        "votes": mean_interval(_per_pair(votes, lambda vote: _side(vote, goodness)), split),
        "image": {name: mean_interval(_by_image(people, metric, one), split) for name, one in CORRELATIONS.items()},
        "system": {name: _by_system(people, metric, one, split) for name, one in CORRELATIONS.items()},
    }


def ceiling(votes: Sequence[Vote], split: Mapping[str, Any]) -> dict[str, Any]:
    """How far people agree with one another, in the terms of `agreement`, where a comparison was voted on again.

    "votes": how often two votes on one comparison agree, those that are ties apart; "image": correlation of the shares
    of one half of each comparison's votes with those of the other. A metric is measured against all votes, which are
    steadier than one half is, so a good one may reach a little further.
    """
    repeated = [given for given in _comparisons(votes).values() if len(given) > 1]
    if not repeated:
        nothing = {"mean": None, "low": None, "high": None, "n": 0, "reason": "no comparison was voted on twice"}
        return {"comparisons": 0, "votes": nothing, "image": dict.fromkeys(CORRELATIONS, nothing)}
    one, other = (shares(vote for given in repeated for vote in given[half::2]) for half in (0, 1))
    other = other.reindex(index=one.index, columns=one.columns)
    again = {id(given[0]): _agreeing(given) for given in repeated}
    return {
        "comparisons": len(repeated),
        "votes": mean_interval(_per_pair((given[0] for given in repeated), lambda vote: again[id(vote)]), split),
        "image": {name: mean_interval(_by_image(one, other, each), split) for name, each in CORRELATIONS.items()},
    }


def _comparisons(votes: Iterable[Vote]) -> dict[tuple[str, str, frozenset[str]], list[Vote]]:
    """Votes on one comparison, whichever stood first, in the order of their raters."""
    found: defaultdict[tuple[str, str, frozenset[str]], list[Vote]] = defaultdict(list)
    for vote in sorted(votes, key=lambda vote: vote.rater):
        found[vote.content, vote.style, frozenset((vote.a, vote.b))].append(vote)
    return found


def _agreeing(votes: Sequence[Vote]) -> float:
    """How often two of these votes agree; nan where fewer than two are no tie."""
    first = votes[0].a
    for_first = [vote.for_a if vote.a == first else 1 - vote.for_a for vote in votes if vote.for_a != TIED]
    n, won = len(for_first), sum(for_first)
    lost = n - won
    return (won * (won - 1) + lost * (lost - 1)) / (n * (n - 1)) if n > 1 else math.nan


def _side(vote: Vote, goodness: pd.DataFrame) -> float:
    """1 where a metric prefers the vote's winner, 1/2 where it finds both equal; nan for a tie and without a score."""
    pair = (vote.content, vote.style)
    if vote.for_a == TIED or pair not in goodness.index or not {vote.a, vote.b} <= set(goodness.columns):
        return math.nan
    ahead = goodness.at[pair, vote.a] - goodness.at[pair, vote.b]
    return math.nan if math.isnan(ahead) else float(np.sign(ahead) * np.sign(vote.for_a - TIED) + 1) / 2


def _per_pair(votes: Iterable[Vote], value: Callable[[Vote], float]) -> pd.Series:
    """The mean over each pair's votes of what is known of them."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for vote in votes:
        if not math.isnan(each := value(vote)):
            found[vote.content, vote.style].append(each)
    return _series({pair: sum(each) / len(each) for pair, each in found.items()})


def _series(values: Mapping[tuple[str, str], float]) -> pd.Series:
    index = pd.MultiIndex.from_tuples(values, names=["content", "style"]) if values else None
    return pd.Series(list(values.values()), index=index, dtype=np.float64)


def _by_image(people: pd.DataFrame, metric: pd.DataFrame, measure: Correlation) -> pd.Series:
    """A correlation over the models of each pair; pairs on which people have no order are left out."""
    found = {}
    for pair in people.index:
        both = people.loc[pair].notna() & metric.loc[pair].notna()
        a, b = (frame.loc[pair][both].to_numpy(dtype=np.float64) for frame in (people, metric))
        if len(a) > 1 and np.ptp(a) > 0:
            found[pair] = measure(a, b)
    return _series(found)


def _by_system(
    people: pd.DataFrame, metric: pd.DataFrame, measure: Correlation, split: Mapping[str, Any]
) -> dict[str, Any]:
    """A correlation of the models' means over pairs, its interval by leaving out one group at a time."""
    known = people.where(metric.notna()).to_numpy(dtype=np.float64)
    scores = metric.where(people.notna()).to_numpy(dtype=np.float64)

    def statistic(rows: NDArray[np.intp]) -> float:
        some = ~np.isnan(known[rows]).all(axis=0)
        if some.sum() < 2:
            return math.nan
        a, b = (np.nanmean(each[rows][:, some], axis=0) for each in (known, scores))
        return measure(a, b) if np.ptp(a) > 0 else math.nan

    found = interval_json(jackknife(statistic, *pair_groups(people.index, split)))
    bounded = {key: max(-1.0, min(1.0, found[key])) for key in ("low", "high") if found[key] is not None}
    return {**found, **bounded, "models": int(people.shape[1])}


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Rank correlation, equal values sharing their ranks; 0 where one of the two is constant."""
    from scipy.stats import rankdata

    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def kendall(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Kendall's tau-b; 0 where one of the two is constant."""
    from scipy.stats import kendalltau

    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(kendalltau(a, b).statistic)


CORRELATIONS: Mapping[str, Correlation] = {"spearman": spearman, "kendall": kendall}
