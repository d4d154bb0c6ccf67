"""validation.json: what is known of each metric on a split, from the controls' run, the pairs' files and the votes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from stylegauge.benchmark.agreement import agreement, ceiling, spearman
from stylegauge.benchmark.gate_trust import trust_gate
from stylegauge.benchmark.ladders import CONTENT, STARTS, TRIPLE, tau, unasked, violations
from stylegauge.benchmark.pair_values import mean_interval, pair_values
from stylegauge.benchmark.retest import KINDS, VIEWS
from stylegauge.benchmark.trust import trust
from stylegauge.benchmark.validation_words import LIMITS, TITLES, properties
from stylegauge.benchmark.votes import questions
from stylegauge.datasets.distortions import LADDERS

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run
    from stylegauge.benchmark.votes import Ballots
    from stylegauge.metrics.info import MetricInfo

SCHEMA = 1
# What a metric that compares so is degraded from where nobody knows a renderer.
RECOLOURED = "the content recoloured, the best output known here"
ALWAYS = ("rounds", "oracle_degradation")


@dataclass(frozen=True)
class Evidence:
    """All that a validation was told.

    run: the finished run of the controls; pairs: documents of `validation_work`, in the split's order
    moved: rows of the sensitivity map
    outputs: scores of the models that votes are about, besides the controls' own; None without votes
    """

    run: Run
    pairs: Sequence[Mapping[str, Any]]
    ballots: Ballots | None = None
    scores: pd.DataFrame | None = None
    moved: Sequence[Mapping[str, Any]] = ()

    @property
    def infos(self) -> list[MetricInfo]:
        """The metrics, in the plan's order."""
        return list(self.run.metrics.values())

    @property
    def is_rendered(self) -> bool:
        """Whether the oracle's ladders could be climbed."""
        return any("rounds" in found for pair in self.pairs for found in pair["ladders"].values())

    def series(self, values: Iterable[float | None]) -> pd.Series:
        """One value a pair, those that are none left out."""
        index = pd.MultiIndex.from_tuples([tuple(pair["pair"]) for pair in self.pairs], names=["content", "style"])
        return pd.Series([math.nan if each is None else each for each in values], index=index, dtype=float).dropna()

    def mean(self, values: Iterable[float | None]) -> dict[str, Any]:
        """The mean of one value a pair, with its crossed interval."""
        return mean_interval(self.series(values), self.run.split)


def compose(evidence: Evidence, key: str, pairs: int) -> dict[str, Any]:
    """The document; pairs: how many the split has, of which `evidence.pairs` are a sample."""
    run = evidence.run
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "key": key,
        "suite": run.plan["suite"],
        "backbone": run.plan["backbone"],
        "numerics": run.plan["numerics"],
        "seed": run.plan["seed"],
        "split": {key: run.split[key] for key in ("name", "sha256", "size")},
        "environment": {key: run.environment[key] for key in ("device", "versions") if key in run.environment},
        "rendered": evidence.is_rendered,
        "sample": {"n": len(evidence.pairs), "of": pairs, "pairs": [pair["pair"] for pair in evidence.pairs]},
        "metrics": [info.document() for info in evidence.infos],
        "ladders": [row for info in evidence.infos for row in ladder_rows(evidence, info)],
        "controls": {"trust": [trust_gate(run), *trust(run)], "means": _means(run)},
        "retest": [row for info in evidence.infos for row in retest_rows(evidence, info)],
        "resolution": [row for info in evidence.infos for row in view_rows(evidence, info)],
        "attack": [attack_row(evidence, info) for info in evidence.infos],
        "sensitivity": list(evidence.moved),
        "votes": _votes(evidence),
    }
    return {
        **found,
        "titles": [list(each) for each in TITLES.items()],
        "limits": LIMITS,
        "properties": properties(found),
    }


def _sign(info: MetricInfo) -> int:
    return 1 if info.higher_is_better else -1


def ladder_rows(evidence: Evidence, info: MetricInfo) -> list[dict[str, Any]]:
    """One row a ladder: tau and violations over pairs, and the mean of every step in the metric's own unit."""
    climbed = [pair["ladders"].get(info.id, {}) for pair in evidence.pairs]
    return [_ladder_row(evidence, info, name, [each.get(name) for each in climbed]) for name in _names(climbed)]


def _names(climbed: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for name in (*LADDERS, *ALWAYS) if any(name in each for each in climbed)))


def _ladder_row(
    evidence: Evidence, info: MetricInfo, name: str, climbs: Sequence[Mapping[str, Any] | None]
) -> dict[str, Any]:
    there = next(climb for climb in climbs if climb)
    values = [_known(climb["values"]) if climb else [math.nan] for climb in climbs]
    goodness = [[_sign(info) * each for each in one] for one in values]
    steps = [evidence.mean([one[step] if len(one) > step else None for one in values])
             for step in range(len(there["strengths"]) + 1)]  # fmt: skip
    return {
        "metric": info.id,
        "ladder": name,
        "start": _start(evidence, info, name),
        "strengths": there["strengths"],
        "unasked": unasked(info, name),
        "tau": evidence.mean(map(tau, goodness)),
        "violations": evidence.mean(map(violations, goodness)),
        "steps": steps,
    }


def _start(evidence: Evidence, info: MetricInfo, ladder: str) -> str:
    if ladder == "oracle_degradation" or (info.compares == TRIPLE and evidence.is_rendered):
        return "the true renderer's output"
    return RECOLOURED if info.compares == TRIPLE else STARTS[info.compares]


def _known(values: Iterable[float | None]) -> list[float]:
    return [math.nan if each is None else each for each in values]


def _means(run: Run) -> list[dict[str, Any]]:
    """Every control's mean on every metric, with its interval."""
    rows = []
    for info in run.metrics.values():
        table = pair_values(run.scores, info.id)
        for model in run.plan["models"]:
            if model["name"] in table:
                mean = mean_interval(table[model["name"]].dropna(), run.split)
                rows.append({"metric": info.id, "control": model["name"], **mean})
    return rows


def retest_rows(evidence: Evidence, info: MetricInfo) -> list[dict[str, Any]]:
    """One row for each way to measure again: changes, also in units of the metric's own deviation over pairs."""
    rows = []
    for what, kind in KINDS.items():
        both = [pair["retest"][what].get(info.id) for pair in evidence.pairs]
        known = np.array([each for each in both if each and None not in each], dtype=np.float64).reshape(-1, 2)
        changes = np.abs(known[:, 1] - known[:, 0])
        spread = float(np.std(known[:, 0], ddof=1)) if len(known) > 1 else 0.0
        found: dict[str, Any] = {"metric": info.id, "what": what, "kind": kind, "n": len(known)}
        for name, value in (("largest", changes.max), ("mean", changes.mean)):
            found[name] = float(value()) if len(known) else None
            found[f"{name}_relative"] = found[name] / spread if len(known) and spread > 0 else None
        rows.append(found)
    return rows


def view_rows(evidence: Evidence, info: MetricInfo) -> list[dict[str, Any]]:
    """One row for each other look at the pictures: whether pairs and controls keep their order, and the shift."""
    table = pair_values(evidence.run.scores, info.id)
    return [_view_row(evidence, info, view, table) for view in VIEWS]


def _view_row(evidence: Evidence, info: MetricInfo, view: str, table: pd.DataFrame) -> dict[str, Any]:
    full: list[float] = []
    seen: list[float] = []
    shifts: list[float] = []
    for pair in evidence.pairs:
        values = {name: each[info.id] for name, each in pair["views"][view].items() if each.get(info.id) is not None}
        here = [(table.at[tuple(pair["pair"]), name], value) for name, value in values.items() if name in table]
        here = [both for both in here if math.isfinite(both[0])]
        full += [both[0] for both in here]
        seen += [both[1] for both in here]
        shifts.append(float(np.mean([b - a for a, b in here])) if here else math.nan)
    enough = len(full) > 2
    spread = float(np.std(full, ddof=1)) if enough else 0.0
    shift = evidence.mean(shifts)
    return {
        "metric": info.id,
        "view": view,
        "n": len(full),
        "rank": spearman(np.array(full), np.array(seen)) if enough else None,
        "shift": shift,
        "shift_relative": shift["mean"] / spread if spread > 0 and shift["mean"] is not None else None,
        "reason": "" if full else "too small for this metric",
    }


def attack_row(evidence: Evidence, info: MetricInfo) -> dict[str, Any]:
    """How far the score was moved upwards, and which share of the way from the attacked output to the better one."""
    found = [pair["attack"][info.id] for pair in evidence.pairs]
    whole = [each for each in found if None not in (each["start"], each["end"], each["other"])]
    ways = [_sign(info) * (each["other"] - each["start"]) for each in whole]
    gain = evidence.mean(_gain(info, each) for each in found)
    way = math.fsum(ways) / len(ways) if ways else 0.0
    of_content = info.compares == CONTENT
    best = "the true renderer's output" if evidence.is_rendered else "the content recoloured"
    return {
        "metric": info.id,
        "on": best if of_content else "the content itself",
        "towards": "the content itself" if of_content else best,
        "how": sorted({each["how"] for each in found}),
        "gain": gain,
        "way": way if ways else None,
        "share": gain["mean"] / way if way > 0 and gain["mean"] is not None else None,
    }


def _gain(info: MetricInfo, attacked: Mapping[str, Any]) -> float | None:
    start, end = attacked["start"], attacked["end"]
    return None if start is None or end is None else _sign(info) * (end - start)


def _votes(evidence: Evidence) -> dict[str, Any] | None:
    """Agreement of every metric with the votes on every question, and of people with one another."""
    if evidence.ballots is None:
        return None
    votes, split = evidence.ballots.votes, evidence.run.split
    asked = {question: [vote for vote in votes if vote.question == question] for question in questions(votes)}
    scores = pd.concat([evidence.run.scores, *([] if evidence.scores is None else [evidence.scores])])
    tables = {info.id: _sign(info) * pair_values(scores, info.id) for info in evidence.infos}
    return {
        "n": len(votes),
        "pairs": len({(vote.content, vote.style) for vote in votes}),
        "models": sorted({name for vote in votes for name in (vote.a, vote.b)}),
        "raters": len({vote.rater for vote in votes} - {""}),
        "agreement": [
            {"metric": info.id, "question": question, **agreement(some, tables[info.id], split)}
            for question, some in asked.items()
            for info in evidence.infos
        ],
        "ceiling": [{"question": question, **ceiling(some, split)} for question, some in asked.items()],
    }
