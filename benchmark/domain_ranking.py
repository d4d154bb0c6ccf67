"""Ranking within single style domains, for splits of several: where models that make only some of them take part.

Models of pairs and of domains are judged there by the same gate, that of `domain_gate`: it looks at outputs, contents
and the domain's references, and at no style image. Ranked is an entry that did the whole domain and is nearer to it
there than mixing and recolouring come, beyond doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.claims import Check, spread
from stylegauge.benchmark.domain_gate import domain_verdicts, draws
from stylegauge.benchmark.findings import ORACLE, find_controls
from stylegauge.benchmark.gate import NOT_GATED, VALID, Verdict
from stylegauge.benchmark.gate_trust import STOPPED, THROUGH
from stylegauge.benchmark.pair_values import interval_json
from stylegauge.benchmark.ranking import places
from stylegauge.benchmark.trust import passed

if TYPE_CHECKING:
    from stylegauge.benchmark.completeness import Completeness
    from stylegauge.benchmark.store import Run

ENTRY = "entry"
RENDERER = "domain-oracle"
# True renderings whose place as a set is not known: in another style, which may be of the same domain, and by the few
# recipes of the split's own style images, which are a narrower set than the domain.
OTHER_RENDERINGS = ("wrong-style", ORACLE)


def style_domains(split: Mapping[str, Any]) -> list[str]:
    """The named domains of the style images that a split's pairs use, in order of their names."""
    label = {style["id"]: style["domain"] for style in split["styles"]}
    return sorted({label[style] for _, style in split["pairs"]} - {""})


def domain_rankings(run: Run, states: Mapping[str, Completeness], level: float) -> dict[str, Any]:
    """Domain -> {"ranked", "reason", "pairs", "caveat", "models"}.

    Empty where the split names none, and where it names one and no entry is of kind "domain".

    states: how much of the split each model did
    models: entries that did the whole domain, the ranked ones first: {"name", "rank", "rank_interval", "tied_group",
        "rank_reason", "n", "gain": {"mean", "low", "high", "n"}}, n being outputs
    reason: why nothing is ranked, "" where something is
    caveat: what must stand beside the ranks where the gate does not put the controls in their places, "" elsewhere
    """
    labels = style_domains(run.split)
    entries = [model["name"] for model in run.plan["models"] if model["role"] == ENTRY]
    if len(labels) < 2 and not any(run.domains_of(name) for name in entries):
        return {}
    return {
        label: _ranking(run, label, [name for name in entries if states[name].has(label)], level) for label in labels
    }


def _ranking(run: Run, label: str, names: list[str], level: float) -> dict[str, Any]:
    pairs = sum(label == domain for domain in _domains_of_pairs(run.split))
    document = {"ranked": False, "reason": "", "pairs": pairs, "caveat": _caveat(run, label, level), "models": []}
    if not names:
        return {**document, "reason": "no entry did all of it"}
    gate = domain_verdicts(run, label, names, level)
    valid = [name for name in names if gate[name].status == VALID]
    found = _places(run, label, valid, level) if valid else {}
    rows = [_row(name, gate[name], found.get(name)) for name in names]
    rows.sort(key=lambda row: (row["rank"] is None, row["rank"] or 0, -(row["gain"]["mean"] or 0.0)))
    return {**document, "ranked": bool(found), "reason": "" if found else _nothing(gate), "models": rows}


def _domains_of_pairs(split: Mapping[str, Any]) -> list[str]:
    label = {style["id"]: style["domain"] for style in split["styles"]}
    return [label[style] for _, style in split["pairs"]]


def _places(run: Run, label: str, names: list[str], level: float) -> dict[str, dict[str, Any]]:
    of_model = draws(run, label, names)
    values = np.array([of_model[name] for name in names])  # [models, content groups], complete by the choice of names
    groups = list(range(values.shape[1]))
    return places(names, values, groups, groups, level=level)


def _caveat(run: Run, label: str, level: float) -> str:
    """What the controls say of the gate within a domain; "" where they are not there or where they should be."""
    renderer, others = _controls(run, label, level)
    stopped = [RENDERER] if renderer and renderer.status != VALID else []
    through = [spec for spec, verdict in others.items() if verdict.status == VALID]
    words = [f"does not let {' and '.join(stopped)} through"] if stopped else []
    words += [f"lets {' and '.join(through)} through"] if through else []
    return f"the gate {' and '.join(words)} here" if words else ""


def _controls(run: Run, label: str, level: float) -> tuple[Verdict | None, dict[str, Verdict]]:
    """The gate's word on the domain's renderer, None where it is not gated, and on all others whose place is known."""
    names = find_controls(run)
    found = domain_verdicts(run, label, names.values(), level)
    gated = {spec: found[name] for spec, name in names.items() if found[name].status != NOT_GATED}
    others = {spec: verdict for spec, verdict in gated.items() if spec not in (RENDERER, *OTHER_RENDERINGS)}
    return gated.get(RENDERER), others


def trust_domain_gate(run: Run, level: float) -> dict[str, Any] | None:
    """The self-test of the gate within domains, of the shape of `trust`; None where no control was gated in any."""
    labels = style_domains(run.split)
    found = {label: _controls(run, label, level) for label in labels}
    renderers = [(label, RENDERER, ours) for label, (ours, _) in found.items() if ours]
    others = [(label, spec, v) for label, (_, theirs) in found.items() for spec, v in theirs.items()]
    checks = []
    if renderers:
        stopped = [_said(*one) for one in renderers if one[2].status != VALID]
        checks.append(Check(THROUGH, not stopped, "; ".join(stopped) or f"all {len(renderers)}"))
    if others:
        through = [_said(*one) for one in others if one[2].status == VALID]
        checks.append(Check(STOPPED, not through, "; ".join(through) or f"none of {len(others)}"))
    if not checks:
        return None
    failed = [check.claim for check in checks if not check.holds]
    return {
        "metric": "gain@domain",
        "family": "gate",
        "verdict": f"fails: {'; '.join(failed)}" if failed else passed(checks, []),
        "checks": [check.document() for check in checks],
        "undecided": [],
        "unchecked": [],
        "blind_to": [],
    }


def _said(label: str, spec: str, verdict: Verdict) -> str:
    return f"{spec} in {label}, gain {spread(verdict.gain)}" if verdict.gain else f"{spec} in {label}"


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
    return min(reasons) if reasons else "no entry is shown to be nearer to the domain than mixing and recolouring come"
