"""An instrument's self-test: which numbers can be trusted in this run.

Before a metric's word on a generator counts, it must put the controls of the same run in their known places: the
content itself, the style image itself, blends of the two, noise, blur, a right rendering with the wrong partner, and,
where styles were rendered, the true renderer. What each must do follows from what it is; nothing here is fitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.claims import NEARLY_ALL, Check, Scored, alike, non_dominated, ordered
from stylegauge.benchmark.findings import (
    BEHAVES,
    COLOUR,
    COPY,
    CORE,
    DEGRADED,
    IDENTITY,
    ORACLE,
    WRONG,
    WRONG_CONTENT,
    WRONG_STYLE,
    Findings,
    find_controls,
    impossible_controls,
    ladder,
    source,
)
from stylegauge.benchmark.pair_values import pair_values
from stylegauge.benchmark.set_claims import COMPOSED, set_findings
from stylegauge.metrics.info import OF_A_PAIR, MetricInfo
from stylegauge.metrics.registry import plane

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run

__all__ = ["BEHAVES", "passed", "trust"]

# Of a recolouring these see what it does to luminance, and how much that is depends on the pictures.
WITHOUT_COLOUR = ("lpips_gray",)


def trust(run: Run) -> list[dict[str, Any]]:
    """One statement for each content, style and set metric of the run, and each that judges the triple, in order.

    returns: {"metric", "family", "verdict", "checks": [{"claim", "holds", "observed", "decided"}], "undecided":
    [claims that hold on pairs and not beyond doubt on the mean], "unchecked": [{"claim", "missing", "possible"}],
    "blind_to": [controls that the metric cannot see]}, JSON values. "possible" is False where no run of this split can
    have the control. "verdict" is "behaves" where every possible claim was checked and holds, "behaves in <checked> of
    <possible>", "fails: <claims>" or "cannot be checked: controls missing (<names>)", or, where that is not why,
    "cannot be checked: no control has a value"; a claim that is undecided on the mean holds. Costs have no control and
    no statement.
    """
    controls = find_controls(run)
    return [
        _statement(run, info, controls)
        for info in run.metrics.values()
        if info.compares == "set"
        or (info.family in ("content", "style") and info.compares in OF_A_PAIR)
        or _whole(info)
    ]


def _whole(info: MetricInfo) -> bool:
    """Whether a metric judges an output given its content and its style, as `quality` does."""
    return info.family == "artefact" and info.compares == "o,c,s"


def passed(checks: Iterable[Check], missing: Iterable[Mapping[str, Any]]) -> str:
    """The verdict where no check fails: how much was checked of what a run of this split could have checked."""
    done = len(list(checks))
    possible = done + sum(claim["possible"] for claim in missing)
    return BEHAVES if done == possible else f"{BEHAVES} in {done} of {possible}"


def _statement(run: Run, info: MetricInfo, controls: Mapping[str, str]) -> dict[str, Any]:
    if info.compares == "set":
        findings = set_findings(run, info, controls)
    else:
        scored = _scored(run, info.id, controls)
        other = _scored(run, _other_axis(run, info), controls)
        findings = Findings(frozenset(scored.values.columns), impossible_controls(run), partial(ordered, scored))
        if _whole(info):
            _whole_checks(findings, scored)
        elif info.family == "content":
            _content_checks(findings, scored, other, run, frozenset(_blind_to(info)))
        else:
            _style_checks(findings, scored, other, run)
    if controls and not findings.present:
        findings.unchecked.clear()  # it is no control that is missing
    return {
        "metric": info.id,
        "family": info.family,
        "verdict": _verdict(findings),
        "checks": [check.document() for check in findings.checks],
        "undecided": [check.claim for check in findings.checks if check.holds and not check.decided],
        "unchecked": findings.unchecked,
        "blind_to": _blind_to(info),
    }


def _blind_to(info: MetricInfo) -> list[str]:
    """Controls that a metric cannot see, or sees in part."""
    if info.compares == "set":
        # Pairing right renderings wrongly leaves the set of pictures as it is; ArtFID also looks at the contents.
        return [WRONG_STYLE] if info.name == COMPOSED else list(WRONG)
    return [COLOUR] if info.name in WITHOUT_COLOUR else []


def _verdict(findings: Findings) -> str:
    failed = [check.claim for check in findings.checks if not check.holds]
    if failed:
        return f"fails: {'; '.join(failed)}"
    missing = {name for claim in findings.unchecked for name in claim["missing"]}
    if not findings.checks and not missing:
        return "cannot be checked: no control has a value"
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


def _content_checks(findings: Findings, scored: Scored, other: Scored, run: Run, unseen: frozenset[str]) -> None:
    """Content metrics: the content itself is best, what keeps none of it is worst.

    unseen: controls that the metric may take for the content itself
    """
    partner, rest = source(run), sorted(findings.present - set(CORE))
    changed = [name for name in rest if name not in unseen]
    findings.ordered("the content itself is best of all controls", [(IDENTITY, name) for name in [*changed, COPY]])
    # A rendering of another content keeps as little as the style image does: which is worse, nobody can say.
    kept = [name for name in rest if name != WRONG_CONTENT]
    findings.ordered("the style image is worst", [(name, COPY) for name in [IDENTITY, *kept]])
    findings.ordered("blending in more of the style image makes it worse, step by step", [*pairwise(ladder(findings))])
    findings.ordered("the wrong content is worse than its source", [(partner, WRONG_CONTENT)])
    _assource(findings, scored, "the wrong style is as its source", WRONG_STYLE, partner)
    between = "the true renderer lies between the content and the style image"
    findings.ordered(between, [(IDENTITY, ORACLE), (ORACLE, COPY)])
    _not_beaten(findings, scored, other)


def _style_checks(findings: Findings, scored: Scored, other: Scored, run: Run) -> None:
    """Paired style metrics: the style image itself is best, what has none of it is worse than the true renderer."""
    partner, rest = source(run), sorted(findings.present - set(CORE))
    findings.ordered("the style image itself is best of all controls", [(COPY, name) for name in [*rest, IDENTITY]])
    rising = [*pairwise(reversed(ladder(findings)))]
    findings.ordered("blending in more of the style image makes it better, step by step", rising)
    findings.ordered("the wrong style is worse than its source", [(partner, WRONG_STYLE)])
    _assource(findings, scored, "the wrong content is as its source", WRONG_CONTENT, partner)
    poor = [IDENTITY, *DEGRADED]
    findings.ordered("the true renderer is better than no style, noise and blur", [(ORACLE, name) for name in poor])
    _not_beaten(findings, scored, other)


def _whole_checks(findings: Findings, scored: Scored) -> None:
    """Metrics of the triple: the true renderer is best, and nothing that takes no skill or a wrong partner is near it.

    Without a renderer nothing is asked: a recolouring is no good output, whatever its partner.
    """
    rest = sorted(findings.present - {*CORE, *WRONG, ORACLE} - set(ladder(findings)))
    for claim, low in (
        ("content, style image and their blends are below the true renderer on 95 % of pairs", ladder(findings)),
        ("a wrong partner is below the true renderer on 95 % of pairs", list(WRONG)),
    ):
        order = [(ORACLE, name) for name in low]
        findings.check(claim, [ORACLE, *low], partial(ordered, scored, claim, order, NEARLY_ALL))
    findings.ordered("the true renderer is best of all controls", [(ORACLE, name) for name in rest or DEGRADED])


def _assource(findings: Findings, scored: Scored, claim: str, control: str, partner: str) -> None:
    findings.check(claim, [*CORE, control, partner], lambda: alike(scored, claim, control, partner))


def _not_beaten(findings: Findings, scored: Scored, other: Scored) -> None:
    """The plane's other axis may not have been computed; the claim is about both, so it is then left out."""
    claim = "no control beats the true renderer on content and style at once"
    rivals = sorted(set(scored.values) & set(other.values) - {ORACLE})
    if len(other.values):
        findings.check(claim, [ORACLE], lambda: non_dominated(scored, other, claim, ORACLE, rivals))
