"""leaderboard.json: what a run says of its models, computed from the run folder's tables alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark import ranking
from stylegauge.benchmark.comparability import (
    cautions,
    comparable,
    networks,
    set_comparisons,
    unverified_metrics,
)
from stylegauge.benchmark.completeness import COMPLETE, IN_ITS_DOMAINS, Completeness, completeness
from stylegauge.benchmark.domain_ranking import domain_rankings, style_domains, trust_domain_gate
from stylegauge.benchmark.gate import NOT_GATED, VALID, Verdict, run_gains, verdicts
from stylegauge.benchmark.gate_trust import caveat, trust_gate
from stylegauge.benchmark.judge_gap import judge_gaps
from stylegauge.benchmark.pair_values import (
    LIMITS,
    clipped_count,
    interval_json,
    mean_interval,
    pair_groups,
    pair_values,
)
from stylegauge.benchmark.records import NOT_APPLICABLE, SCHEMA
from stylegauge.benchmark.statistics import LEVEL
from stylegauge.metrics.info import OF_A_PAIR, OF_THE_MODEL

if TYPE_CHECKING:
    import pandas as pd

    from stylegauge.benchmark.store import Run

CONTROL, ENTRY = "control", "entry"
RANKED_BY = "mean gain over the no-skill curve"
# Six domains of styles leave few degrees of freedom: single ranks would promise more than the intervals hold.
LED_BY_GROUPS = frozenset({"quick"})


def build(run: Run, level: float = LEVEL) -> dict[str, Any]:
    """The leaderboard of a run, finished or not, as JSON values (None for what is unknown, never nan).

    level: of every interval. Ranks are given to entries that are complete and valid at the gate; controls and all
    others have rank None and a `rank_reason`. `gate_trust` is the gate's own self-test, `caveat` what must stand beside
    verdicts and ranks where it fails to let the true renderer through ("" elsewhere). `cautions` come before any
    number; `unverified_metrics` are those on weights that are not the published ones. `set_comparisons` says which
    models' set metrics compare; nothing is ranked by those. Means of PSNR are over values clipped at 100 dB; `clipped`
    counts those. `domains` ranks entries within each domain, by a gate of its own (`domain_gate`), whose self-test is
    `domain_gate_trust`, None where there is none; models of kind "domain" are gated there and nowhere else.
    `judge_gaps` holds what each model gains by the public judge of quality and not by a private one.
    """
    states = {model["name"]: completeness(run, model["name"]) for model in run.plan["models"]}
    domains = domain_rankings(run, states, level)
    gate = _gate(run, domains, level)
    places = _places(run, states, gate, level)
    tables = {metric: pair_values(run.scores, metric) for metric in _paired(run)}
    groups, statement = _groups(places), trust_gate(run, level)
    return {
        "schema": SCHEMA,
        "suite": run.plan["suite"],
        "split_sha256": run.split["sha256"],
        "finished": run.finished,
        "comparable": comparable(run),
        "cautions": cautions(run.environment, run.split),
        "networks": networks(run),
        "unverified_weights": run.environment.get("unverified_weights", []),
        "unverified_metrics": unverified_metrics(run),
        "set_comparisons": set_comparisons(run),
        "level": level,
        "ranked_by": RANKED_BY,
        "lead": "tied groups" if run.plan["suite"] in LED_BY_GROUPS else "ranks",
        "tied_groups": groups,
        "not_distinguishable_from_best": groups[0] if groups else [],
        "domains": domains,
        "domain_gate_trust": trust_domain_gate(run, level),
        "gate_trust": statement,
        "caveat": caveat(statement),
        "judge_gaps": judge_gaps(run, level),
        "clipped_at": dict(LIMITS),
        "models": [
            _model(run, model, states[model["name"]], gate[model["name"]], places.get(model["name"]), tables, level)
            for model in run.plan["models"]
        ],
    }


def _gate(run: Run, domains: Mapping[str, Any], level: float) -> dict[str, Verdict]:
    """The gate's word on every model; of those that are shown no style image, where else they are judged."""
    return {
        name: Verdict(NOT_GATED, f"judged within the domains that it makes: {_in_domains(run, name, domains)}")
        if run.domains_of(name) and word.gain and domains
        else word
        for name, word in verdicts(run, level).items()
    }


def _in_domains(run: Run, name: str, domains: Mapping[str, Any]) -> str:
    """ "hatching (valid), woodcut", where it is ranked in the first alone."""
    valid = {
        label for label, found in domains.items() for row in found["models"] if row["name"] == name and row["rank"]
    }
    return ", ".join(f"{label} (valid)" if label in valid else label for label in run.domains_of(name))


def _paired(run: Run) -> list[str]:
    return [metric for metric, info in run.metrics.items() if info.compares in (*OF_A_PAIR, *OF_THE_MODEL)]


def _model(
    run: Run,
    model: Mapping[str, Any],
    state: Completeness,
    verdict: Verdict,
    place: dict[str, Any] | None,
    tables: Mapping[str, pd.DataFrame],
    level: float,
) -> dict[str, Any]:
    """One model's row."""
    name = model["name"]
    facts = run.environment.get("models", {}).get(name, {})
    return {
        "name": name,
        "kind": facts.get("kind") or model.get("kind"),
        "domains": list(run.domains_of(name)),
        "role": model["role"],
        "status": state.status,
        **(place or {"rank": None, "rank_interval": None, "tied_group": None}),
        "rank_reason": "" if place else _unranked(run, model, state, verdict),
        "gain": _gain(verdict),
        "metrics": {metric: _summary(run, metric, name, table, level) for metric, table in tables.items()}
        | _set_metrics(run, name),
        "efficiency": _efficiency(run, name),
        "missing": None if state.done == state.expected else state.document(),
    }


def _unranked(run: Run, model: Mapping[str, Any], state: Completeness, verdict: Verdict) -> str:
    """Why a model has no rank."""
    if model["role"] == CONTROL:
        return CONTROL
    own, there_are = ", ".join(run.domains_of(model["name"])), ", ".join(style_domains(run.split)) or "without a name"
    if state.status == IN_ITS_DOMAINS or not state.expected:
        return f"{state.status}: it makes {own}; the split's domains are {there_are}"
    if state.status != COMPLETE:
        return f"{state.status}: {state.done} of {state.expected} outputs"
    return f"{verdict.status}: {verdict.reason}"


def _places(
    run: Run, states: Mapping[str, Completeness], gate: Mapping[str, Verdict], level: float
) -> dict[str, dict[str, Any]]:
    """The places of the entries that are complete and valid."""
    names = [
        model["name"]
        for model in run.plan["models"]
        if model["role"] == ENTRY and states[model["name"]].status == COMPLETE and gate[model["name"]].status == VALID
    ]
    if not names:
        return {}
    table, _ = run_gains(run)
    gains = table[table["model"].isin(names)].groupby(["content", "style", "model"])["gain"].mean().unstack("model")
    values = gains[names].to_numpy(dtype=np.float64).T  # [models, pairs], complete by the choice of names
    return ranking.places(names, values, *pair_groups(gains.index, run.split), level=level)


def _groups(places: Mapping[str, dict[str, Any]]) -> list[list[str]]:
    """Names by tied group, best group and best model first."""
    ranked = sorted(places, key=lambda name: places[name]["rank"])
    last = max((place["tied_group"] for place in places.values()), default=0)
    return [[name for name in ranked if places[name]["tied_group"] == group] for group in range(1, last + 1)]


def _gain(verdict: Verdict) -> dict[str, Any]:
    """The gate's numbers: gain over the curve, and over blending alone."""
    absent = {"mean": None, "low": None, "high": None, "n": 0}
    return {
        **(interval_json(verdict.gain) if verdict.gain else absent),
        "over_blending": interval_json(verdict.gain_blend) if verdict.gain_blend else absent,
        "share_above": verdict.share_above,
        "verdict": verdict.status,
        "valid": None if verdict.status == NOT_GATED else verdict.status == VALID,
        "reason": verdict.reason,
    }


def _summary(run: Run, metric: str, model: str, table: pd.DataFrame, level: float) -> dict[str, Any]:
    """Mean, interval and n of a paired metric over the pairs a model did."""
    if model not in table:
        rows = run.scores[(run.scores["model"] == model) & (run.scores["metric"] == metric)]
        inapplicable = len(rows) and (rows["status"] == NOT_APPLICABLE).all()
        reason = NOT_APPLICABLE if inapplicable else "no values"
        return {"mean": None, "low": None, "high": None, "n": 0, "reason": reason}
    summary = mean_interval(table[model].dropna(), run.split, level)
    return {**summary, "clipped": clipped_count(run.scores, metric, model)} if metric in LIMITS else summary


def _set_metrics(run: Run, model: str) -> dict[str, Any]:
    """Set metrics over all outputs, by id; those of single domains stay in sets.parquet."""
    rows = run.sets[(run.sets["model"] == model) & (run.sets["group"] == "all")]
    return {
        str(row["metric"]): {
            "mean": _number(row["value"]),
            "low": _number(row["low"]),
            "high": _number(row["high"]),
            "n": int(row["n"]),
            "n_reference": int(row["n_reference"]),
            "note": str(row["note"] or ""),
        }
        for row in rows.to_dict("records")
    }


def _efficiency(run: Run, model: str) -> dict[str, Any]:
    """Measured costs: never the same twice, and therefore apart from the metrics."""
    rows = run.efficiency[run.efficiency["model"] == model]
    return {
        str(row["metric"]): {"value": _number(row["value"]), "unit": str(row["unit"]), "note": str(row["note"] or "")}
        for row in rows.to_dict("records")
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
