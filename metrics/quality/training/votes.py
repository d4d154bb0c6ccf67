"""People's votes as known orders: of two outputs for one pair, the one that most of those who were asked preferred.

A majority outweighs which of two generators' outputs lies nearer to the true rendering. It never outweighs what follows
from how pictures were made (`labels`): nobody votes a degraded picture above what it was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.quality.training.labels import Bools, Row, better

if TYPE_CHECKING:
    from stylegauge.metrics.quality.training.examples_of import Pair
    from stylegauge.metrics.quality.training.read import RunFolder

Orders = tuple[tuple[str, str], ...]  # (better, worse) names of makers
Goodness = Mapping[tuple[str, str], Mapping[str, float]]  # (content, style) -> maker -> score
# Controls that a training makes just as a run does, so that a vote on the run's picture is one on the training's.
EXACT = ("identity", "style-copy")


@dataclass(frozen=True)
class Comparison:
    """All votes on two outputs for one pair; for_a: how many of the `votes` chose a, a tie being half of one."""

    content: str
    style: str
    a: str
    b: str
    for_a: float
    votes: int

    @property
    def order(self) -> Orders:
        """What most voted for; () where they are evenly split."""
        if 2 * self.for_a == self.votes:
            return ()
        return ((self.a, self.b),) if 2 * self.for_a > self.votes else ((self.b, self.a),)


@dataclass(frozen=True)
class Votes:
    """What people said of some runs' outputs.

    told: for the provenance, which files they come from
    agree: (scores, {"contents", "styles"} of split.json) -> how far they agree with the votes on those pairs, as JSON
    """

    comparisons: tuple[Comparison, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    agree: Callable[[Goodness, Mapping[str, Any]], dict[str, Any]] = lambda scores, split: {}

    def on(self, pair: Pair) -> list[Comparison]:
        """Those on one pair."""
        at = pair.rows[0]["content"], pair.rows[0]["style"]
        return [each for each in self.comparisons if (each.content, each.style) == at]

    def given_to(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs, each with what was voted for."""
        return [replace(pair, votes=tuple(order for each in self.on(pair) for order in each.order)) for pair in pairs]

    def refuse_unknown(self, folders: Sequence[RunFolder]) -> None:
        """Refuse votes on what no run has.

        raises: UsageError that names the first, and says how many there are
        """
        pairs = {pair for folder in folders for pair in folder.pairs}
        items = [{item for folder in folders for item in getattr(folder, role)} for role in ("contents", "styles")]
        models = sorted({name for folder in folders for name in folder.models})

        def strange(vote: Comparison) -> str:
            for role, item, known in zip(("content", "style"), (vote.content, vote.style), items):
                if item not in known:
                    return f"the {role} '{item}'"
            if (vote.content, vote.style) not in pairs:
                return f"{vote.content} x {vote.style}, which is no pair of theirs"
            wrong = [name for name in (vote.a, vote.b) if name not in models]
            return f"the model '{wrong[0]}'; they have {', '.join(models)}" if wrong else ""

        found = [(vote.votes, what) for vote in self.comparisons if (what := strange(vote))]
        if found:
            count = sum(votes for votes, _ in found)
            raise UsageError(f"{_votes(count)} about what the runs do not have; the first is about {found[0][1]}")

    def account(self, learnt: Sequence[Pair], asked: Sequence[Pair], valid: Sequence[str]) -> dict[str, Any]:
        """What became of all votes, as JSON values; {} where there are none.

        returns: `told`; "votes" in all; "learnt" and "held_out": votes, and the orders that they gave; "not_taken":
            votes on pairs that --pairs left out; "no_picture": on outputs that the training has not, such as controls
            that it makes in other amounts; "even", "overruled": comparisons that say nothing, or less than how the
            pictures were made does
        """
        if not self.comparisons:
            return {}
        parts = {"learnt": self._of(learnt, valid), "held_out": self._of(asked, valid)}
        total = sum(each.votes for each in self.comparisons)
        reached = sum(part["votes"] + part["no_picture"] for part in parts.values())
        return {
            **self.told,
            "votes": total,
            **{name: {key: part[key] for key in ("votes", "orders")} for name, part in parts.items()},
            "not_taken": total - reached,
            **{key: sum(part[key] for part in parts.values()) for key in ("no_picture", "even", "overruled")},
        }

    def _of(self, pairs: Sequence[Pair], valid: Sequence[str]) -> dict[str, int]:
        found = dict.fromkeys(("votes", "orders", "no_picture", "even", "overruled"), 0)
        for pair in {(pair.rows[0]["content"], pair.rows[0]["style"]): pair for pair in pairs}.values():
            places, built = _places(pair.rows), better(pair.rows, np.full_like(pair.distance, np.nan), valid)
            for each in self.on(pair):
                there = each.a in places and each.b in places
                found["votes" if there else "no_picture"] += each.votes
                if not there:
                    continue
                a, b = places[each.a], places[each.b]
                what = "even" if not each.order else "overruled" if built[a, b] or built[b, a] else "orders"
                found[what] += 1
        return found


def words(account: Mapping[str, Any]) -> str:
    """An account in one line."""
    said = [f"{_votes(account['votes'])} on outputs: {account['learnt']['votes']} to learn from"]
    said += [f"{account['held_out']['votes']} to be held out"]
    said += [f"{account['not_taken']} on pairs that are not taken"] if account["not_taken"] else []
    said += [f"{account['no_picture']} on pictures that a training has not"] if account["no_picture"] else []
    return ", ".join(said)


def _votes(count: int) -> str:
    return f"{count} vote is" if count == 1 else f"{count} votes are"


def decided(rows: Sequence[Row], distance: NDArray[np.float64], valid: Sequence[str], orders: Orders) -> Bools:
    """[N, N]: `labels.better`, with what was voted for where only nearness or nothing at all is known."""
    known, ruled = better(rows, distance, valid), voted(rows, distance, valid, orders)
    return np.asarray((known & ~ruled.T) | ruled)


def voted(rows: Sequence[Row], distance: NDArray[np.float64], valid: Sequence[str], orders: Orders) -> Bools:
    """[N, N]: what was voted for, but for what follows from how the pictures were made."""
    found = np.zeros((len(rows), len(rows)), dtype=bool)
    if not orders:
        return found
    places, built = _places(rows), better(rows, np.full_like(distance, np.nan), valid)
    for winner, loser in orders:
        if winner in places and loser in places:
            found[places[winner], places[loser]] = True
    return np.asarray(found & ~(built | built.T))


def _places(rows: Sequence[Row]) -> dict[str, int]:
    """Maker -> the example that is the very picture which a run holds of it."""
    return {
        row["maker"]: place
        for place, row in enumerate(rows)
        if row["kind"] == "output" or (row["kind"] == "control" and row["maker"] in EXACT)
    }


def agreement(votes: Votes, scored: Mapping[str, Sequence[tuple[Pair, NDArray[np.float64]]]],
              folders: Sequence[RunFolder]) -> dict[str, Any]:  # fmt: skip
    """How far judges agree with votes on held-out pairs, as JSON values; {} where nobody voted on them.

    scored: who judged -> pairs, each with [E, N] scores of its examples
    """
    split = {
        role: [item for each in folders for item in getattr(each, role).values()] for role in ("contents", "styles")
    }
    found = {}
    for who, pairs in scored.items():
        goodness = {
            (pair.rows[0]["content"], pair.rows[0]["style"]): {
                maker: float(members[:, place].mean()) for maker, place in _places(pair.rows).items()
            }
            for pair, members in pairs
            if votes.on(pair)
        }
        if goodness:
            found[who] = votes.agree(goodness, split)
    return found
