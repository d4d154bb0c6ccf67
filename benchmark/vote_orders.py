"""Tables of votes as the training of a judge takes them: all votes on one comparison together, and who agrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.store import file_sha256
from stylegauge.benchmark.votes import Ballots, Vote, questions, read_votes
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.quality.training.votes import Comparison, Votes

if TYPE_CHECKING:
    from stylegauge.metrics.quality.training.votes import Goodness


def read_orders(tables: Sequence[Path], question: str | None, runs: Sequence[Path]) -> Votes:
    """The votes of some tables on outputs of some runs; without a table there are none.

    question: whose answers are taken; None where the tables ask one alone
    raises: UsageError for a table that cannot be read, for pictures of no run, and where one must choose a question
    """
    ballots = [read_votes(path) for path in tables]
    for each in ballots:
        _refuse_other_folders(each, runs)
    votes = _answers([vote for each in ballots for vote in each.votes], question)
    files = [{"sha256": file_sha256(path), "votes": len(each.votes)} for path, each in zip(tables, ballots)]
    raters = len({vote.rater for vote in votes} - {""})
    told = {"files": files, "raters": raters, "question": votes[0].question if votes else ""}
    return Votes(comparisons(votes), told, lambda scores, split: _agreement(votes, scores, split))


def _refuse_other_folders(ballots: Ballots, runs: Sequence[Path]) -> None:
    for name, folder in ballots.folders.items():
        if folder not in [(run / "outputs" / name).resolve() for run in runs]:
            raise UsageError(f"votes on the pictures in '{folder}', which are no outputs of the runs given")


def _answers(votes: Sequence[Vote], question: str | None) -> list[Vote]:
    """The votes on one question."""
    asked = questions(votes)
    if question is None and len(asked) > 1:
        raise UsageError(f"the votes answer {len(asked)} questions; choose one by --question: {', '.join(asked)}")
    if question is not None and question not in asked:
        there_are = ", ".join(filter(None, asked)) or "none with a name"
        raise UsageError(f"no vote answers the question '{question}'; there are: {there_are}")
    return [vote for vote in votes if question is None or vote.question == question]


def comparisons(votes: Iterable[Vote]) -> tuple[Comparison, ...]:
    """All votes on the same two outputs together, whichever stood first, in the order met."""
    found: defaultdict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for vote in votes:
        a, b = sorted((vote.a, vote.b))
        found[vote.content, vote.style, a, b].append(vote.for_a if a == vote.a else 1 - vote.for_a)
    return tuple(Comparison(*of, for_a=sum(each), votes=len(each)) for of, each in found.items())


def _agreement(votes: Sequence[Vote], scores: Goodness, split: Mapping[str, Any]) -> dict[str, Any]:
    """What `validate --votes` says of a metric, of raw scores; and what people say of one another on the same pairs."""
    import pandas as pd

    from stylegauge.benchmark.agreement import agreement, ceiling

    mine = [vote for vote in votes if (vote.content, vote.style) in scores]
    index = pd.MultiIndex.from_tuples(list(scores), names=["content", "style"])
    table = pd.DataFrame(list(scores.values()), index=index)
    return {"n": len(mine), **agreement(mine, table, split), "people": ceiling(mine, split)}
