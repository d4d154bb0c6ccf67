"""An instrument's self-test: which numbers can be trusted in this run.

Before a metric's word on a generator counts, it must put the controls of the same run in their known places: the
content itself, the style image itself, blends of the two, noise, blur, a right rendering with the wrong partner, and,
where styles were rendered, the true renderer. What each must do follows from what it is; nothing here is fitted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.claims import Check, Scored, alike, listed, non_dominated, ordered
from stylegauge.benchmark.completeness import COMPLETE, completeness
from stylegauge.benchmark.pair_values import pair_values
from stylegauge.benchmark.records import NOT_APPLICABLE
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.registry import plane

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run

IDENTITY, COPY, ORACLE = "identity", "style-copy", "oracle"
WRONG_CONTENT, WRONG_STYLE = "wrong-content", "wrong-style"
DEGRADED = ("noise", "blur")
WRONG = (WRONG_CONTENT, WRONG_STYLE)
# Without these two no metric can be said to behave, however well the others stand.
CORE = (IDENTITY, COPY)
BEHAVES = "behaves"
_BLEND = re.compile(r"blend-(\d+)")


Order = list[tuple[str, str]]  # (better, worse), each to be found so


@dataclass
class _Findings:
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
        missing = sorted(set(needed) - self.present)
        if missing:
            self.unchecked.append(unchecked(claim, missing, self.impossible))
        else:
            self.checks.append(make())

    def ordered(self, claim: str, sequence: Order) -> None:
        self.check(claim, chain.from_iterable(sequence), lambda: self.order(claim, sequence))


def trust(run: Run) -> list[dict[str, Any]]:
    """One statement for each content, style and set metric of the run, in the plan's order.

    returns: {"metric", "family", "verdict", "checks": [{"claim", "holds", "observed", "decided"}], "undecided":
    [claims that hold on pairs and not beyond doubt on the mean], "unchecked": [{"claim", "missing", "possible"}],
    "blind_to": [controls that the metric cannot see]}, JSON values. "possible" is False where no run of this split can
    have the control. "verdict" is "behaves" where every possible claim was checked and holds, "behaves in <checked> of
    <possible>", "fails: <claims>" or "cannot be checked: controls missing (<names>)"; a claim that is undecided on the
    mean holds. Costs have no control and no statement.
    """
    controls = find_controls(run)
    return [
        _statement(run, info, controls)
        for info in run.metrics.values()
        if info.family in ("content", "style", "set")
    ]


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
    found = {ORACLE} if not _is_rendered(run) else set()
    found |= {WRONG_CONTENT} if len(split["contents"]) < 2 else set()
    found |= {WRONG_STYLE} if len(split["styles"]) < 2 else set()
    controls = [model for model in run.plan["models"] if model["role"] == "control" and not model.get("arguments")]
    states = {model["spec"]: completeness(run, model["name"]).status for model in controls}
    return frozenset(found | {spec for spec, status in states.items() if status == NOT_APPLICABLE})


def unchecked(claim: str, missing: Iterable[str], impossible: Collection[str]) -> dict[str, Any]:
    """A claim that lacks controls, as JSON values; impossible: of `impossible_controls`."""
    missing = list(missing)
    return {"claim": claim, "missing": missing, "possible": not set(missing) & set(impossible)}


def passed(checks: Iterable[Check], missing: Iterable[Mapping[str, Any]]) -> str:
    """The verdict where no check fails: how much was checked of what a run of this split could have checked."""
    done = len(list(checks))
    possible = done + sum(claim["possible"] for claim in missing)
    return BEHAVES if done == possible else f"{BEHAVES} in {done} of {possible}"


def _is_rendered(run: Run) -> bool:
    """Whether every style of the split was rendered, so that there is a true renderer."""
    return all(item.get("recipe") for item in run.split["styles"])


def _statement(run: Run, info: MetricInfo, controls: Mapping[str, str]) -> dict[str, Any]:
    if info.family == "set":
        findings = _set_findings(run, info, controls)
    else:
        scored = _scored(run, info.id, controls)
        other = _scored(run, _other_axis(run, info), controls)
        findings = _Findings(frozenset(scored.values.columns), impossible_controls(run), partial(ordered, scored))
        (_content_checks if info.family == "content" else _style_checks)(findings, scored, other, run)
    return {
        "metric": info.id,
        "family": info.family,
        "verdict": _verdict(findings),
        "checks": [check.document() for check in findings.checks],
        "undecided": [check.claim for check in findings.checks if check.holds and not check.decided],
        "unchecked": findings.unchecked,
        # Pairing right renderings wrongly leaves the set of pictures as it is.
        "blind_to": list(WRONG) if info.family == "set" else [],
    }


def _verdict(findings: _Findings) -> str:
    failed = [check.claim for check in findings.checks if not check.holds]
    if failed:
        return f"fails: {'; '.join(failed)}"
    missing = {name for claim in findings.unchecked for name in claim["missing"]}
    if not findings.checks or missing & set(CORE):
        return f"cannot be checked: controls missing ({', '.join(sorted(missing))})"
    return passed(findings.checks, findings.unchecked)


def _scored(run: Run, metric: str, controls: Mapping[str, str]) -> Scored:
    """A metric's values of the controls, turned so that higher is better."""
    values = pair_values(run.scores, metric)
    names = {name: spec for spec, name in controls.items() if name in values}
    sign = 1 if metric not in run.metrics or run.metrics[metric].higher_is_better else -1
    return Scored(sign * values[list(names)].rename(columns=names), run.split)


def _other_axis(run: Run, info: MetricInfo) -> str:
    content, style = plane(run.plan["backbone"])
    return style if info.family == "content" else content


def _blends(present: Iterable[str]) -> list[str]:
    """Blends of the run, from content to style."""
    found = {name: int(match[1]) for name in present if (match := _BLEND.fullmatch(name))}
    return sorted(found, key=lambda name: found[name])


def _source(run: Run) -> str:
    """What the wrong-* controls run with the right partner: the oracle where styles were rendered."""
    return ORACLE if _is_rendered(run) else "colour-match"


def _ladder(findings: _Findings) -> list[str]:
    """From the content over its blends to the style image; with no blend in the run, one that is then missing."""
    return [IDENTITY, *(_blends(findings.present) or ["blend-50"]), COPY]


def _content_checks(findings: _Findings, scored: Scored, other: Scored, run: Run) -> None:
    """Content metrics: the content itself is best, what keeps none of it is worst."""
    source, rest = _source(run), sorted(findings.present - set(CORE))
    findings.ordered("the content itself is best of all controls", [(IDENTITY, name) for name in [*rest, COPY]])
    # A rendering of another content keeps as little as the style image does: which is worse, nobody can say.
    kept = [name for name in rest if name != WRONG_CONTENT]
    findings.ordered("the style image is worst", [(name, COPY) for name in [IDENTITY, *kept]])
    findings.ordered("blending in more of the style image makes it worse, step by step", [*pairwise(_ladder(findings))])
    findings.ordered("the wrong content is worse than its source", [(source, WRONG_CONTENT)])
    _as_source(findings, scored, "the wrong style is as its source", WRONG_STYLE, source)
    between = "the true renderer lies between the content and the style image"
    findings.ordered(between, [(IDENTITY, ORACLE), (ORACLE, COPY)])
    _not_beaten(findings, scored, other)


def _style_checks(findings: _Findings, scored: Scored, other: Scored, run: Run) -> None:
    """Paired style metrics: the style image itself is best, what has none of it is worse than the true renderer."""
    source, rest = _source(run), sorted(findings.present - set(CORE))
    findings.ordered("the style image itself is best of all controls", [(COPY, name) for name in [*rest, IDENTITY]])
    rising = [*pairwise(reversed(_ladder(findings)))]
    findings.ordered("blending in more of the style image makes it better, step by step", rising)
    findings.ordered("the wrong style is worse than its source", [(source, WRONG_STYLE)])
    _as_source(findings, scored, "the wrong content is as its source", WRONG_CONTENT, source)
    poor = [IDENTITY, *DEGRADED]
    findings.ordered("the true renderer is better than no style, noise and blur", [(ORACLE, name) for name in poor])
    _not_beaten(findings, scored, other)


def _as_source(findings: _Findings, scored: Scored, claim: str, control: str, source: str) -> None:
    findings.check(claim, [*CORE, control, source], lambda: alike(scored, claim, control, source))


def _not_beaten(findings: _Findings, scored: Scored, other: Scored) -> None:
    """The plane's other axis may not have been computed; the claim is about both, so it is then left out."""
    claim = "no control beats the true renderer on content and style at once"
    rivals = sorted(set(scored.values) & set(other.values) - {ORACLE})
    if len(other.values):
        findings.check(claim, [ORACLE], lambda: non_dominated(scored, other, claim, ORACLE, rivals))


def _set_findings(run: Run, info: MetricInfo, controls: Mapping[str, str]) -> _Findings:
    """Set metrics, one number a control over all outputs: true renderings come first, blends in order."""
    rows = run.sets[(run.sets["metric"] == info.id) & (run.sets["group"] == "all") & run.sets["value"].notna()]
    known = dict(zip(rows["model"], rows["value"]))
    values = {spec: float(known[name]) for spec, name in controls.items() if name in known}
    findings = _Findings(frozenset(values), impossible_controls(run), partial(listed, values))
    rest = sorted((findings.present | {IDENTITY, *DEGRADED}) - {COPY, ORACLE, *WRONG})
    if not run.split["references"]["n"]:
        # With references of its own a split asks for more than the style images: they are few, and other contents.
        findings.ordered("the style image itself is best of all controls", [(COPY, name) for name in rest])
    findings.ordered("the true renderer is better than all but the style image", [(ORACLE, name) for name in rest])
    rising = [*pairwise(reversed(_ladder(findings)))]
    findings.ordered("blending in more of the style image makes it better, step by step", rising)
    return findings
