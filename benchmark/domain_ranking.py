"""Ranking within single style domains, for splits of several: where models that make only some of them take part.

The same gain over the no-skill curve as in the overall ranking, over the pairs of one domain, and the same rule: ranked
is an entry that did them all and is better than mixing and recolouring there beyond doubt. The domain is given, not
drawn, so where its style images are one group for being of one domain, each of them is a group of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.gate import NOT_GATED, VALID, Verdict, run_gains, verdict
from stylegauge.benchmark.pair_values import interval_json, pair_groups
from stylegauge.benchmark.ranking import places

if TYPE_CHECKING:
    import pandas as pd

    from stylegauge.benchmark.completeness import Completeness
    from stylegauge.benchmark.store import Run

ENTRY = "entry"


def style_domains(split: Mapping[str, Any]) -> list[str]:
    """The named domains of the style images that a split's pairs use, in order of their names."""
    label = {style["id"]: style["domain"] for style in split["styles"]}
    return sorted({label[style] for _, style in split["pairs"]} - {""})


def domain_rankings(run: Run, states: Mapping[str, Completeness], level: float) -> dict[str, Any]:
    """Domain -> {"ranked", "reason", "pairs", "models"}; empty where the split names fewer than two.

    states: how much of the split each model did
    models: entries that did the whole domain, the ranked ones first: {"name", "rank", "rank_interval", "tied_group",
        "rank_reason", "n", "gain": {"mean", "low", "high", "n"}}
    reason: why nothing is ranked, "" where something is
    """
    labels = style_domains(run.split)
    if len(labels) < 2:
        return {}
    table, reason = run_gains(run)
    entries = [model["name"] for model in run.plan["models"] if model["role"] == ENTRY]
    return {
        label: _ranking(run, label, [name for name in entries if states[name].has(label)], table, reason, level)
        for label in labels
    }


def _ranking(run: Run, label: str, names: list[str], table: pd.DataFrame, reason: str, level: float) -> dict[str, Any]:
    split = within(run.split, label)
    document = {"ranked": False, "reason": reason, "pairs": len(split["pairs"]), "models": []}
    if reason or not names:
        return {**document, "reason": reason or "no entry did all of it"}
    styles = {style for _, style in split["pairs"]}
    table = table[table["model"].isin(names) & table["style"].isin(styles)]
    expected = len(split["pairs"]) * run.plan.get("repeats", 1)
    gate = {name: verdict(table[table["model"] == name], expected, split, level) for name in names}
    valid = [name for name in names if gate[name].status == VALID]
    found = _places(valid, table, split, level) if valid else {}
    rows = [_row(name, gate[name], found.get(name)) for name in names]
    rows.sort(key=lambda row: (row["rank"] is None, row["rank"] or 0, -(row["gain"]["mean"] or 0.0)))
    return {**document, "ranked": bool(found), "reason": "" if found else _nothing(gate), "models": rows}


def _places(names: list[str], table: pd.DataFrame, split: Mapping[str, Any], level: float) -> dict[str, dict[str, Any]]:
    gains = table[table["model"].isin(names)].groupby(["content", "style", "model"])["gain"].mean().unstack("model")
    values = gains[names].to_numpy(dtype=np.float64).T  # [models, pairs], complete by the choice of names
    return places(names, values, *pair_groups(gains.index, split), level=level)


def within(split: Mapping[str, Any], label: str) -> dict[str, Any]:
    """The pairs and styles of one domain of split.json; a group that is the domain itself falls into its pictures."""
    styles = [style for style in split["styles"] if style["domain"] == label]
    if {style["group"] for style in styles} == {label}:
        styles = [{**style, "group": style["id"]} for style in styles]
    ids = {style["id"] for style in styles}
    return {**split, "styles": styles, "pairs": [pair for pair in split["pairs"] if pair[1] in ids]}


def _row(name: str, verdict: Verdict, place: Mapping[str, Any] | None) -> dict[str, Any]:
    gain = interval_json(verdict.gain) if verdict.gain else {"mean": None, "low": None, "high": None, "n": 0}
    return {
        "name": name,
        **(place or {"rank": None, "rank_interval": None, "tied_group": None}),
        "rank_reason": "" if place else f"{verdict.status}: {verdict.reason}",
        "n": gain["n"],
        "gain": gain,
    }


def _nothing(gate: Mapping[str, Verdict]) -> str:
    """Why none of the models is ranked: what the gate could not be asked for, or that it lets none through."""
    reasons = {found.reason for found in gate.values() if found.status == NOT_GATED}
    return min(reasons) if reasons else "no entry is shown to be better than mixing and recolouring here"
