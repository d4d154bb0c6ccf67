"""The gate's own self-test: it must let a true rendering through, and nothing that takes no skill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.claims import Check, spread
from stylegauge.benchmark.gate import NOT_GATED, VALID, verdicts
from stylegauge.benchmark.trust import ORACLE, find_controls

if TYPE_CHECKING:
    from stylegauge.benchmark.gate import Verdict
    from stylegauge.benchmark.store import Run

THROUGH = "the true renderer gains over mixing and recolouring"
STOPPED = "no other control does"


def trust_gate(run: Run) -> dict[str, Any]:
    """One statement of the shape of `trust`, with metric "gain" and family "gate".

    Where the first claim fails, a model that is not valid may still be a good one: this split and backbone cannot tell.
    """
    gate = verdicts(run)
    found = {spec: gate[name] for spec, name in find_controls(run).items() if gate[name].status != NOT_GATED}
    others = {spec: verdict for spec, verdict in found.items() if spec != ORACLE}
    checks, unchecked = [], []
    if ORACLE in found:
        checks.append(Check(THROUGH, found[ORACLE].status == VALID, _gain(found[ORACLE])))
    else:
        unchecked.append({"claim": THROUGH, "missing": [ORACLE]})
    if others:
        through = [f"{spec} {_gain(verdict)}" for spec, verdict in others.items() if verdict.status == VALID]
        observed = "; ".join(through) or f"none of {len(others)}"
        checks.append(Check(STOPPED, not through, observed))
    failed = [check.claim for check in checks if not check.holds]
    return {
        "metric": "gain",
        "family": "gate",
        "verdict": f"fails: {'; '.join(failed)}" if failed else "behaves" if others else _unknown(gate),
        "checks": [check.document() for check in checks],
        "undecided": [],
        "unchecked": unchecked,
        "blind_to": [],
    }


def _gain(verdict: Verdict) -> str:
    return f"gain {spread(verdict.gain)}" if verdict.gain else "no gain"


def _unknown(gate: dict[str, Verdict]) -> str:
    reasons = sorted({verdict.reason for verdict in gate.values() if verdict.status == NOT_GATED})
    return f"cannot be checked: {reasons[0] if reasons else 'controls missing'}"
