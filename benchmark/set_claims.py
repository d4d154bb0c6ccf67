"""What set metrics are asked for: one number a control over all its outputs, and only of sets of one size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from stylegauge.benchmark.claims import listed
from stylegauge.benchmark.findings import (
    COPY,
    DEGRADED,
    IDENTITY,
    ORACLE,
    WRONG,
    WRONG_CONTENT,
    Findings,
    impossible_controls,
    ladder,
    source,
)
from stylegauge.benchmark.set_sizes import comparable

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run
    from stylegauge.metrics.info import MetricInfo

# Made of a content distance and a set distance: "artfid@styleid".
COMPOSED = "artfid"


def set_findings(run: Run, info: MetricInfo, controls: Mapping[str, str]) -> Findings:
    """Set metrics, one number a control over all outputs."""
    values = _set_values(run, info, controls)
    findings = Findings(frozenset(values), impossible_controls(run), partial(listed, values))
    (_composed_checks if info.name == COMPOSED else _set_checks)(findings, run)
    return findings


def _set_values(run: Run, info: MetricInfo, controls: Mapping[str, str]) -> dict[str, float]:
    """The metric's value of each control, of as many as compare: those of sets of one size."""
    rows = run.sets[(run.sets["metric"] == info.id) & (run.sets["group"] == "all") & run.sets["value"].notna()]
    of_model = rows.set_index("model")
    sizes = {
        spec: (int(of_model.at[name, "n"]), int(of_model.at[name, "n_reference"]))
        for spec, name in controls.items()
        if name in of_model.index
    }
    largest = next(iter(comparable(info.id, sizes)), ())
    return {spec: float(of_model.at[controls[spec], "value"]) for spec in largest}


def _set_checks(findings: Findings, run: Run) -> None:
    """True renderings come first, blends in order."""
    rest = sorted((findings.present | {IDENTITY, *DEGRADED}) - {COPY, ORACLE, *WRONG})
    if not run.split["references"]["n"]:
        # With references of its own a split asks for more than the style images: they are few, and other contents.
        findings.ordered("the style image itself is best of all controls", [(COPY, name) for name in rest])
    findings.ordered("the true renderer is better than all but the style image", [(ORACLE, name) for name in rest])
    rising = [*pairwise(reversed(ladder(findings)))]
    findings.ordered("blending in more of the style image makes it better, step by step", rising)


def _composed_checks(findings: Findings, run: Run) -> None:
    """A product of content and style distance: of two controls that trade the one for the other it may favour either.

    So nothing is asked of blends; a style copy comes first by construction where style images are the references.
    """
    poor = [IDENTITY, *DEGRADED]
    findings.ordered("the true renderer is better than no style, noise and blur", [(ORACLE, name) for name in poor])
    findings.ordered("the wrong content is worse than its source", [(source(run), WRONG_CONTENT)])
