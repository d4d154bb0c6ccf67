"""Votes of people on outputs, and how far a metric agrees with them.

A row of votes.csv is one vote: content, style, a, b, winner, and where they are known rater and question. `a` and `b`
name models, or are files `.../outputs/<model>/<content>__<style>.png`; the winner is "a", "b", "tie" or one of the two
names. What is compared with a metric is a model's share of the votes that it got for a pair (a tie is half of one).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.datasets.splits import Split

NEEDED = ("content", "style", "a", "b", "winner")
TIE, TIED = "tie", 0.5


@dataclass(frozen=True)
class Vote:
    """One person's choice between two outputs for one pair.

    a, b: names of models; for_a: 1 where a was chosen, 0 where b was, 1/2 for a tie
    """

    content: str
    style: str
    a: str
    b: str
    for_a: float
    rater: str = ""
    question: str = ""


@dataclass(frozen=True)
class Ballots:
    """What a votes file holds: the votes, and the folder of each model that is named by its files."""

    votes: tuple[Vote, ...]
    folders: dict[str, Path]


def read_votes(path: Path) -> Ballots:
    """The votes of a CSV file; paths in it start at the file.

    raises: UsageError, one line, with the file's line that cannot be read
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"cannot read the votes '{path}': {error}") from None
    missing = [name for name in NEEDED if rows and name not in rows[0]]
    if not rows or missing:
        found = f"it has no column '{missing[0]}'" if missing else "it holds no vote"
        raise UsageError(f"the votes '{path}': {found}; expected the columns {', '.join(NEEDED)} (rater, question)")
    folders: dict[str, Path] = {}
    votes = [_vote(row, f"{path}, line {line}", path.parent, folders) for line, row in enumerate(rows, 2)]
    return Ballots(tuple(votes), folders)


def _vote(row: Mapping[str, str | None], where: str, folder: Path, folders: dict[str, Path]) -> Vote:
    cells = {name: (row.get(name) or "").strip() for name in (*NEEDED, "rater", "question")}
    empty = [name for name in NEEDED if not cells[name]]
    if empty:
        raise UsageError(f"{where}: no {empty[0]}")
    typed = cells["a"], cells["b"]
    a, b = (_model(text, where, folder, folders) for text in typed)
    if a == b:
        raise UsageError(f"{where}: '{a}' against itself")
    choices = {"a": 1.0, typed[0]: 1.0, a: 1.0, "b": 0.0, typed[1]: 0.0, b: 0.0, TIE: TIED}
    if cells["winner"] not in choices:
        raise UsageError(f"{where}: winner '{cells['winner']}'; possible are a, b, {TIE}, {a} or {b}")
    return Vote(cells["content"], cells["style"], a, b, choices[cells["winner"]], cells["rater"], cells["question"])


def _model(text: str, where: str, folder: Path, folders: dict[str, Path]) -> str:
    """A model's name, from itself or from one of its files, whose folder is then noted."""
    if not text.lower().endswith(".png"):
        return text
    place = (folder / PurePath(text)).parent
    if not place.is_dir():
        raise UsageError(f"{where}: no folder '{place}'; a and b are names of models or .../outputs/<model>/<pair>.png")
    if folders.setdefault(place.name, place.resolve()) != place.resolve():
        raise UsageError(f"{where}: two folders of outputs are called '{place.name}'; rename one")
    return place.name


def refuse_unknown(ballots: Ballots, split: Split, models: Iterable[str]) -> None:
    """Refuse votes on pairs that the split has not, and on models of which there are no outputs.

    raises: UsageError that names the first
    """
    pairs, known = set(split.pairs), list(models)
    for vote in ballots.votes:
        if (vote.content, vote.style) not in pairs:
            raise UsageError(f"a vote on {vote.content} x {vote.style}, which is no pair of the split '{split.name}'")
        strange = [name for name in (vote.a, vote.b) if name not in known]
        if strange:
            raise UsageError(
                f"a vote on '{strange[0]}', of which there are no outputs; there are: {', '.join(known)}; "
                f"add --model {strange[0]}=folder:PATH"
            )


def questions(votes: Sequence[Vote]) -> list[str]:
    """What was asked, in the order met; [""] where no question stands in the file."""
    return list(dict.fromkeys(vote.question for vote in votes))
