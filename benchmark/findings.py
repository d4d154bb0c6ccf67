"""What a self-test is made of: controls whose place is known, and claims about them that can be checked or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.claims import Check
from stylegauge.benchmark.completeness import COMPLETE, completeness
from stylegauge.benchmark.records import NOT_APPLICABLE

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run

IDENTITY, COPY, ORACLE = "identity", "style-copy", "oracle"
WRONG_CONTENT, WRONG_STYLE = "wrong-content", "wrong-style"
DEGRADED = ("noise", "blur")
WRONG = (WRONG_CONTENT, WRONG_STYLE)
# Without these two no metric can be said to behave, however well the others stand.
CORE = (IDENTITY, COPY)
COLOUR = "colour-match"
BEHAVES = "behaves"
_BLEND = re.compile(r"blend-(\d+)")
Order = list[tuple[str, str]]  # (better, worse), each to be found so


@dataclass
class Findings:
    """What has been checked of one metric, and what could not be for lack of a control.

    impossible: controls that no run of this split can have
    order: how a sequence of (better, worse) is checked
    """

    present: frozenset[str]
    impossible: frozenset[str]
    order: Callable[[str, Order], Check]
    checks: list[Check] = field(default_factory=list)
    unchecked: list[dict[str, Any]] = field(default_factory=list)

    def check(self, claim: str, needed: Iterable[str], make: Callable[[], Check]) -> None:
        """Make a check where the controls that it needs are there, else note what is missing."""
        missing = sorted(set(needed) - self.present)
        if missing:
            self.unchecked.append(unchecked(claim, missing, self.impossible))
        else:
            self.checks.append(make())

    def ordered(self, claim: str, sequence: Order) -> None:
        """Check that the first of each two is found better than the second."""
        self.check(claim, chain.from_iterable(sequence), lambda: self.order(claim, sequence))


def find_controls(run: Run) -> dict[str, str]:
    """Complete controls of the run: what each is by its spec ("identity", "blend-25") -> its name in the tables.

    A control with arguments of its own is none whose place is known (noise of strength 0 is the content itself). Of two
    rows with one spec the first counts.
    """
    found: dict[str, str] = {}
    for model in run.plan["models"]:
        known = model["role"] == "control" and not model.get("arguments") and model["spec"] not in found
        if known and completeness(run, model["name"]).status == COMPLETE:
            found[model["spec"]] = model["name"]
    return found


def impossible_controls(run: Run) -> frozenset[str]:
    """Controls that no run of this split can have: a renderer where none is known, another content where there is one.

    Besides these, those of this run that were nowhere applicable.
    """
    split = run.split
    found = {ORACLE} if not is_rendered(run) else set()
    found |= {WRONG_CONTENT} if len(split["contents"]) < 2 else set()
    found |= {WRONG_STYLE} if len(split["styles"]) < 2 else set()
    controls = [model for model in run.plan["models"] if model["role"] == "control" and not model.get("arguments")]
    states = {model["spec"]: completeness(run, model["name"]).status for model in controls}
    return frozenset(found | {spec for spec, status in states.items() if status == NOT_APPLICABLE})


def unchecked(claim: str, missing: Iterable[str], impossible: Collection[str]) -> dict[str, Any]:
    """A claim that lacks controls, as JSON values; impossible: of `impossible_controls`."""
    missing = list(missing)
    return {"claim": claim, "missing": missing, "possible": not set(missing) & set(impossible)}


def is_rendered(run: Run) -> bool:
    """Whether every style of the split was rendered, so that there is a true renderer."""
    return all(item.get("recipe") for item in run.split["styles"])


def source(run: Run) -> str:
    """What the wrong-* controls run with the right partner: the oracle where styles were rendered."""
    return ORACLE if is_rendered(run) else COLOUR


def _blends(present: Iterable[str]) -> list[str]:
    """Blends of the run, from content to style."""
    found = {name: int(match[1]) for name in present if (match := _BLEND.fullmatch(name))}
    return sorted(found, key=lambda name: found[name])


def ladder(findings: Findings) -> list[str]:
    """From the content over its blends to the style image; with no blend in the run, one that is then missing."""
    return [IDENTITY, *(_blends(findings.present) or ["blend-50"]), COPY]
