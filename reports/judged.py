"""The quality score's own section: how sure the judges are, where they abstain, and what they learnt from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.records import OK
from stylegauge.reports import numbers

if TYPE_CHECKING:
    import pandas as pd

    from stylegauge.benchmark.store import Run

HEADS = ("content", "style", "artefact")


@dataclass(frozen=True)
class Row:
    """One model: its score with the ensemble's spread, how often the judges abstained, and their three heads."""

    model: str
    score: str
    spread: str
    abstained: str
    heads: tuple[str, ...]


@dataclass(frozen=True)
class Judge:
    """One judge of the run.

    trained_on, held_out: in plain words, "" where it is not known
    """

    metric: str
    trained_on: str
    held_out: str
    sha256: str
    rows: list[Row]


def judges(run: Run, order: Iterable[Mapping[str, Any]]) -> list[Judge]:
    """The judges of a run, [] where it has none; order: the models as the page has them."""
    names = [model["name"] for model in order]
    return [
        Judge(
            metric, facts["trained_on"], _held_out(facts["figures"]), facts["sha256"], _rows(run.scores, metric, names)
        )
        for metric, facts in run.environment.get("judges", {}).items()
    ]


def _held_out(figures: Mapping[str, float]) -> str:
    if not figures:
        return ""
    return (
        "On renderers, generators and contents that a judge had not seen it told good from bad with an AUROC of at "
        f"least {figures['worst_auroc']:.2f} in every fold, and its calibration was off by {figures['ece']:.3f} in "
        "the mean."
    )


def _rows(scores: pd.DataFrame, metric: str, names: Iterable[str]) -> list[Row]:
    mine = scores[scores["metric"].str.startswith(metric) & scores["value"].notna() & (scores["status"] == OK)]
    means = mine.groupby(["model", "metric"])["value"].mean()
    strange = scores[scores["metric"] == f"{metric}:strangeness"].groupby("model")["value"]
    asked, abstained = strange.count(), strange.apply(lambda each: int((each > 1).sum()))
    found = []
    for name in names:
        if not asked.get(name, 0):
            continue
        at = {suffix: means.get((name, f"{metric}{suffix}"), math.nan) for suffix in ("", ":spread", *_suffixes())}
        found.append(
            Row(
                name, numbers.fixed(at[""], 1), numbers.fixed(at[":spread"], 1), f"{abstained[name]} of {asked[name]}",
                tuple(numbers.fixed(at[suffix], 1) for suffix in _suffixes()),
            )
        )  # fmt: skip
    return found


def _suffixes() -> list[str]:
    return [f":{head}" for head in HEADS]
