"""Held-out evaluation: a whole renderer, generator families and all contents at once that a judge has never seen.

For each fold a judge is trained without one domain and without some generators, and asked about pairs of that domain
with contents of another run, whose photographs and scenes no training saw. Told is what it says of the true rendering
and of the generators that it does not know, against everything that is no good stylisation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr

from stylegauge.metrics.quality.network import Judge, overall
from stylegauge.metrics.quality.training.examples_of import Pair
from stylegauge.metrics.quality.training.labels import NO_SKILL, Row, is_valid
from stylegauge.metrics.quality.training.lessons import IDENTITY, ORACLE

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fold:
    """domain: whose pairs are left out; makers: the generators that are."""

    domain: str
    makers: tuple[str, ...]

    def trains_on(self, row: Row) -> bool:
        """Whether a judge of this fold may see an example."""
        return row["domain"] != self.domain and row["maker"] not in self.makers

    def asks(self, row: Row) -> bool:
        """Whether an example is one of the fold's: made by what it has not seen, or by nobody."""
        mine = row["maker"] in self.makers or row["maker"] in (ORACLE, IDENTITY) or row["kind"] == "control"
        return bool(row["domain"] == self.domain and mine)


def make_folds(pairs: Sequence[Pair], asked: Sequence[Pair]) -> list[Fold]:
    """A fold for each rendered domain that is asked about; each generator is left out in a domain that it makes, the
    rarest ones first."""
    makes: dict[str, set[str]] = defaultdict(set)
    outputs = [row for pair in pairs for row in pair.rows if row["kind"] == "output"]
    there = {pair.rows[0]["domain"] for pair in asked}
    rendered = sorted({row["domain"] for row in outputs if row["maker"] == ORACLE} & there)
    for row in outputs:
        if row["maker"] != ORACLE and row["domain"] in rendered:
            makes[row["maker"]].add(row["domain"])
    held: dict[str, list[str]] = {domain: [] for domain in rendered}
    for maker in sorted(makes, key=lambda name: (len(makes[name]), name)):
        held[min(makes[maker], key=lambda domain: (len(held[domain]), domain))].append(maker)
    return [Fold(domain, tuple(makers)) for domain, makers in held.items()]


@torch.inference_mode()
def scores_of(judge: Judge, pair: Pair) -> Array:
    """[E, N] the members' raw scores of a pair's examples."""
    return np.asarray(overall(judge(pair.inputs.float())[0]).double().numpy())


def auroc(good: Array, bad: Array) -> float:
    """P(a good one scores above a bad one), ties half."""
    above = (good[:, None] > bad[None]).mean() + (good[:, None] == bad[None]).mean() / 2
    return float(above)


def evaluate(fold: Fold, asked: Sequence[tuple[Pair, Array]], valid: Sequence[str]) -> dict[str, Any]:
    """What a judge said in one fold; asked: the pairs with [E, N] scores."""
    good: list[float] = []
    bad: dict[str, list[float]] = defaultdict(list)
    below: dict[str, list[bool]] = defaultdict(list)
    means: dict[str, list[float]] = defaultdict(list)
    for pair, members in asked:
        score = members.mean(axis=0)
        truth = [s for s, row in zip(score, pair.rows) if row["kind"] == "output" and row["maker"] == ORACLE]
        for s, row in zip(score, pair.rows):
            if row["kind"] == "output":
                means[row["maker"]].append(s)
            if fold.asks(row) and is_valid(row, valid):
                good.append(s)
            if row["kind"] in NO_SKILL:
                bad[negative(row)].append(s)
                below[negative(row)] += [s < each for each in truth]
    return {
        "domain": fold.domain,
        "makers": list(fold.makers),
        "n_good": len(good),
        "auroc": {name: auroc(np.array(good), np.array(each)) for name, each in sorted(bad.items())},
        "below_oracle": {name: float(np.mean(each)) for name, each in sorted(below.items())},
        "mean_score": {name: float(np.mean(each)) for name, each in sorted((means | bad).items())},
        "ladders": ladders(asked, lambda row: row["maker"] == ORACLE),
        "ladders_of_outputs": ladders(asked, lambda row: row["maker"] != ORACLE and fold.asks(row)),
        "seed_to_seed": _between_members(asked),
    }


def negative(row: Row) -> str:
    """Which kind of negative an example is."""
    return str(row["maker"] if row["kind"] == "control" else row["kind"])


def ladders(
    asked: Sequence[tuple[Pair, Array]], which: Callable[[Row], bool] = lambda row: True
) -> dict[str, dict[str, float]]:
    """damage -> mean Kendall tau with the known order, share of steps that go the wrong way, and how many steps.

    which: the examples whose ladders are climbed, by what was degraded
    """
    taus: dict[str, list[float]] = defaultdict(list)
    wrong: dict[str, list[bool]] = defaultdict(list)
    for pair, members in asked:
        for (damage, _), climbed in _climbed(pair, members.mean(axis=0), which).items():
            taus[damage].append(float(kendalltau(np.arange(len(climbed)), -np.array(climbed)).statistic))
            wrong[damage] += [b >= a for a, b in pairwise(climbed)]
    return {
        name: {"tau": float(np.mean(taus[name])), "violations": float(np.mean(wrong[name])), "steps": len(wrong[name])}
        for name in sorted(taus)
    }


def _climbed(pair: Pair, score: Array, which: Callable[[Row], bool]) -> Mapping[tuple[str, str], list[float]]:
    """(damage, what was degraded) -> the scores along each ladder of a pair, from what is not degraded on."""
    undamaged = {row["maker"]: s for s, row in zip(score, pair.rows) if row["kind"] in ("output", "control")}
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for s, row in zip(score, pair.rows):
        if row["damage"] and row["maker"] in undamaged and which(row):
            start = [(0.0, undamaged[row["maker"]])]
            found.setdefault((row["damage"], row["maker"]), start).append((row["step"], s))
    return {ladder: [s for _, s in sorted(steps)] for ladder, steps in found.items()}


def _between_members(asked: Sequence[tuple[Pair, Array]]) -> float:
    """Mean rank correlation of any two members, over all examples."""
    everything = np.concatenate([members for _, members in asked], axis=1)
    rank = np.asarray(spearmanr(everything, axis=1).statistic)
    return float(rank[np.triu_indices(len(rank), 1)].mean())
