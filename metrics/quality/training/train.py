"""`train quality`: from run folders to a judge with its calibration, its validation and its provenance."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.files import write_atomic
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.quality.judge import Trained, write_judge
from stylegauge.metrics.quality.look import make_eye
from stylegauge.metrics.quality.relations import Eye
from stylegauge.metrics.quality.training.examples_of import Pair
from stylegauge.metrics.quality.training.familiarity import fit_familiar
from stylegauge.metrics.quality.training.fit import Schedule, fit
from stylegauge.metrics.quality.training.gather import gather
from stylegauge.metrics.quality.training.held_out import Fold, make_folds, scores_of
from stylegauge.metrics.quality.training.lessons import ASKED, LEARNT, ORACLE, Ladders
from stylegauge.metrics.quality.training.outcomes import calibrate, joined
from stylegauge.metrics.quality.training.read import RunFolder
from stylegauge.metrics.quality.training.validation import Asked, fold_outcomes, validation_table
from stylegauge.metrics.quality.training.votes import Votes, agreement, words
from stylegauge.metrics.side_by_side import SideBySide

Say = Callable[[str], None]
NO_VOTES = Votes()
_AT_ONCE = 4  # pairs between two words of how far it is
EYES = 40  # contents and styles each, by which channels are scaled


@dataclass(frozen=True)
class Settings:
    """How a judge is trained.

    name: of the score; valid: the generators whose outputs the score's event is about, besides the oracle
    seed: of all draws and first weights, a text, so that a private judge's can be a secret
    pairs, held_out_pairs: at most so many of each run, evenly spread; 0 for all
    workers: pairs that are looked at side by side
    schedule, fold_schedule: of the judge itself, and of those that are held out
    """

    name: str
    valid: tuple[str, ...]
    seed: str = "0"
    pairs: int = 0
    held_out_pairs: int = 0
    workers: int = 1
    schedule: Schedule = field(default_factory=Schedule)
    fold_schedule: Schedule = field(default_factory=lambda: Schedule(steps=450))

    @property
    def number(self) -> int:
        """The seed as a number."""
        return int.from_bytes(hashlib.sha256(self.seed.encode()).digest()[:4], "big")


def train_quality(
    runs: Sequence[Path], held_out: Sequence[Path], backbone: Backbone, settings: Settings, out: Path,
    told: Mapping[str, Any], say: Say, votes: Votes = NO_VOTES,
) -> Path:  # fmt: skip
    """Train a judge into the folder `out`: NAME.safetensors, NAME.json, NAME.curve.csv.

    runs: what is learnt from; held_out: runs over other contents, what the folds are asked about
    told: for the provenance, the command and the commit
    votes: of people, on outputs of these runs
    raises: UsageError for runs that cannot be learnt from, and for votes on what they have not
    """
    started = time.monotonic()
    folders, others = ([RunFolder(path) for path in paths] for paths in (runs, held_out))
    _refuse_shared_contents(folders, others)
    votes.refuse_unknown([*folders, *others])
    eye = _eye(backbone, folders, settings)
    learnt = votes.given_to(_pairs(folders, eye, backbone, settings, settings.pairs, LEARNT, say))
    asked = votes.given_to(_pairs(others, eye, backbone, settings, settings.held_out_pairs, ASKED, say))
    if account := votes.account(learnt, asked, settings.valid):
        say(words(account))
    folds = make_folds(learnt, asked)
    found = [_ask(fold, learnt, asked, settings, say) for fold in folds]
    pooled = joined([fold_outcomes(each, settings.valid) for each in found])
    if not len(pooled.score):
        raise UsageError("the held-out runs hold no pair whose order is known; they need rendered styles and an oracle")
    curve: list[dict[str, float]] = []
    say("the judge")
    judge = fit(
        [pair.group(settings.valid) for pair in learnt], settings.schedule, settings.number % 2**16,
        say=lambda step, row: curve.append({"step": step, **row}),
    )  # fmt: skip
    voted_on = {
        "judge": [(pair, scores_of(judge, pair)) for pair in asked if votes.on(pair)],
        "folds": [each for fold in found for each in fold.pairs],
    }
    familiar = fit_familiar(judge, [pair.inputs for pair in learnt])
    about = {
        "name": settings.name, "backbone": backbone.name, "backbone_sha256": backbone.sha256,
        "members": judge.members, "inputs": len(judge.centre), "width": settings.schedule.width,
    }  # fmt: skip
    trained = Trained(eye, judge, calibrate(pooled), familiar, about)
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{settings.name}.safetensors"
    sha256 = write_judge(file, trained)
    _write_curve(out / f"{settings.name}.curve.csv", curve)
    document = {
        "weights": {"file": file.name, "sha256": sha256, **about},
        "settings": {**_told(settings), "seed": settings.seed if len(settings.seed) < 16 else "withheld"},
        "data": {"runs": [_source(each) for each in folders], "held_out": [_source(each) for each in others],
                 "examples": sum(len(pair.rows) for pair in learnt),
                 "held_out_examples": sum(len(pair.rows) for pair in asked)},
        "votes": account,
        "validation": validation_table(found, settings.valid, learnt) | {"votes": agreement(votes, voted_on, others)},
        "seconds": round(time.monotonic() - started),
        "versions": {"stylegauge": version("stylegauge"), "python": platform.python_version(),
                     "torch": torch.__version__, "machine": platform.machine()},
        **told,
    }  # fmt: skip
    write_atomic(out / f"{settings.name}.json", (json.dumps(document, indent=1, sort_keys=True) + "\n").encode())
    return file


def _told(settings: Settings) -> dict[str, Any]:
    """What decides the judge; how many are looked at side by side does not."""
    return {name: value for name, value in asdict(settings).items() if name != "workers"}


def _refuse_shared_contents(folders: Sequence[RunFolder], others: Sequence[RunFolder]) -> None:
    groups = [{item["group"] for each in some for item in each.contents.values()} for some in (folders, others)]
    if shared := sorted(groups[0] & groups[1]):
        raise UsageError(f"the held-out runs share the content '{shared[0]}' with those that are learnt from")


def _eye(backbone: Backbone, folders: Sequence[RunFolder], settings: Settings) -> Eye:
    first = folders[0]
    chosen = [(role, item) for role, items in (("content", first.contents), ("style", first.styles)) for item in items]
    step = max(1, len(chosen) // (2 * EYES))
    return make_eye(backbone, [first.input(*each) for each in chosen[::step]], settings.number)


def _pairs(
    folders: Sequence[RunFolder], eye: Eye, backbone: Backbone, settings: Settings, most: int, ladders: Ladders,
    say: Say,
) -> list[Pair]:  # fmt: skip
    good = (ORACLE, *settings.valid)
    pairs: list[Pair] = []
    for folder in folders:

        def look(pair: tuple[str, str], folder: RunFolder = folder) -> Pair:
            content, style = pair
            shown = folder.contents[content]
            labels = {
                "domain": folder.styles[style]["domain"], "group": shown["group"], "content_kind": shown["domain"],
            }  # fmt: skip
            return gather(folder.lesson(content, style), labels, eye, backbone, good, settings.number, ladders)

        chosen = _spread(folder.pairs, most)
        for start in range(0, len(chosen), _AT_ONCE):
            say(f"looking at {folder.folder.name}: pair {start}/{len(chosen)}")
            pairs += SideBySide(settings.workers).each(look, chosen[start : start + _AT_ONCE])
    return pairs


def _spread(pairs: Sequence[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """At most so many, evenly spread; all for 0."""
    if not most or most >= len(pairs):
        return list(pairs)
    return [pairs[int(place)] for place in np.linspace(0, len(pairs) - 1, most).round()]


def _ask(fold: Fold, learnt: Sequence[Pair], asked: Sequence[Pair], settings: Settings, say: Say) -> Asked:
    """Train without a fold's domain and generators, and ask about them."""
    say(f"held out: {fold.domain}; {', '.join(fold.makers)}")
    seen = [kept for pair in learnt if (kept := pair.of(fold.trains_on)).rows]
    judge = fit([pair.group(settings.valid) for pair in seen], settings.fold_schedule, settings.number % 2**16)
    mine = [pair for pair in asked if pair.rows[0]["domain"] == fold.domain]
    return Asked(fold, [(pair, scores_of(judge, pair)) for pair in mine])


def _source(folder: RunFolder) -> dict[str, Any]:
    """What a run was, without where it lies."""
    return {
        "split": folder.split["name"], "split_sha256": folder.split["sha256"], "models": list(folder.generators),
        "manifest_sha256": hashlib.sha256((folder.folder / "manifest.json").read_bytes()).hexdigest(),
    }  # fmt: skip


def _write_curve(path: Path, curve: Sequence[Mapping[str, float]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(curve[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in curve)
    write_atomic(path, text.getvalue().encode())
