"""The gate's own self-test: it must let a true rendering through, and nothing that takes no skill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.claims import Check, spread
from stylegauge.benchmark.findings import ORACLE, find_controls, impossible_controls, unchecked
from stylegauge.benchmark.gate import NOT_GATED, VALID, verdicts
from stylegauge.benchmark.statistics import LEVEL
from stylegauge.benchmark.trust import passed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylegauge.benchmark.gate import Verdict
    from stylegauge.benchmark.store import Run

THROUGH = "the true renderer gains over mixing and recolouring"
STOPPED = "no other control does"
CAVEAT = (
    "the gate does not let the true renderer through here: a model that it stops may be a good one, and an order by "
    "the gain tells little"
)


def trust_gate(run: Run, level: float = LEVEL) -> dict[str, Any]:
    """One statement of the shape of `trust`, with metric "gain" and family "gate".

    level: of the intervals that the gate decides by
    Where the first claim fails, a model that is not valid may still be a good one: this split and backbone cannot tell.
    """
    gate = verdicts(run, level)
    found = {spec: gate[name] for spec, name in find_controls(run).items() if gate[name].status != NOT_GATED}
    others = {spec: verdict for spec, verdict in found.items() if spec != ORACLE}
    checks, missing = [], []
    if ORACLE in found:
        checks.append(Check(THROUGH, found[ORACLE].status == VALID, _gain(found[ORACLE])))
    else:
        missing.append(unchecked(THROUGH, [ORACLE], impossible_controls(run)))
    if others:
        through = [f"{spec} {_gain(verdict)}" for spec, verdict in others.items() if verdict.status == VALID]
        observed = "; ".join(through) or f"none of {len(others)}"
        checks.append(Check(STOPPED, not through, observed))
    failed = [check.claim for check in checks if not check.holds]
    return {
        "metric": "gain",
        "family": "gate",
        "verdict": f"fails: {'; '.join(failed)}" if failed else passed(checks, missing) if others else _unknown(gate),
        "checks": [check.document() for check in checks],
        "undecided": [],
        "unchecked": missing,
        "blind_to": [],
    }


def caveat(statement: Mapping[str, Any]) -> str:
    """What must stand beside every word of the gate, "" where it lets the true renderer through or has none.

    statement: of `trust_gate`
    """
    stopped = any(check["claim"] == THROUGH and not check["holds"] for check in statement["checks"])
    return CAVEAT if stopped else ""


def _gain(verdict: Verdict) -> str:
    return f"gain {spread(verdict.gain)}" if verdict.gain else "no gain"


def _unknown(gate: dict[str, Verdict]) -> str:
    reasons = sorted({verdict.reason for verdict in gate.values() if verdict.status == NOT_GATED})
    return f"cannot be checked: {reasons[0] if reasons else 'controls missing'}"
