"""The gate within a domain: is a set of outputs nearer to the domain than mixing and recolouring brings it?

Verdicts are computed from domains.parquet alone; `domain_gains` says what a gain is. Its interval is a jackknife over
content groups: each is left out once, and all - (n - 1) * (without - their mean) are as many draws of the gain (Efron
and Tibshirani 1993, chapter 11). Tukey's pseudo-values, less their correction for bias: the curve has corners, at which
that swung by more than the gain. The domain, its references and, of models of pairs, its style images are
given: it says how the gain would come out with other contents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from stylegauge.benchmark.gate import NOT_GATED, NOT_SHOWN, NOT_VALID, TOLERANCE, VALID, WORSE, Verdict
from stylegauge.benchmark.statistics import LEVEL, crossed_interval
from stylegauge.metrics.registry import resolve

if TYPE_CHECKING:
    import pandas as pd

    from stylegauge.benchmark.store import Run

ONE_GROUP = "only one content group, so its spread is unknown"
NO_OUTPUT = "no output in this domain"
UNDEFINED = "not measured on these outputs, or not without one of their content groups"


def draws(run: Run, label: str, names: Iterable[str]) -> dict[str, pd.Series]:
    """Model -> pseudo-values of its gain in a domain, by content group; nan throughout where it is not known with all.

    Models that did the same pairs have the same groups. What has no outputs there is left out.
    """
    rows = run.domains[run.domains["domain"] == label].set_index(["model", "left_out"])["gain"]
    return {name: _pseudo_values(rows[name]) for name in names if name in rows.index.levels[0]}


def _pseudo_values(gains: pd.Series) -> pd.Series:
    without = gains.drop("")
    return gains[""] - (len(without) - 1) * (without - without.mean())


def domain_verdicts(run: Run, label: str, names: Iterable[str], level: float = LEVEL) -> dict[str, Verdict]:
    """The gate's word on models within one domain, all of which did the whole of it."""
    names = list(names)
    reason = why_none(run, label)
    if reason:
        return {name: Verdict(NOT_GATED, reason) for name in names}
    values = draws(run, label, names)
    sizes = run.domains[(run.domains["domain"] == label) & (run.domains["left_out"] == "")].set_index("model")["n"]
    return {
        name: _verdict(values[name], int(sizes[name]), level) if name in values else Verdict(NOT_GATED, NO_OUTPUT)
        for name in names
    }


def why_none(run: Run, label: str) -> str:
    """Why nothing can be gated within a domain, "" where it can."""
    needed = [info.id for info in resolve(("content", "kid"), run.plan["backbone"])]
    absent = [metric for metric in needed if metric not in run.metrics]
    if absent:
        return f"within a domain the gate needs {' and '.join(needed)}; this run did not compute {' and '.join(absent)}"
    if not (run.domains["domain"] == label).any():
        return "the split has no reference images of this domain"
    return ""


def _verdict(values: pd.Series, outputs: int, level: float) -> Verdict:
    if not np.isfinite(values).all():
        return Verdict(NOT_GATED, UNDEFINED)
    # One and the same image is not scored to the last bit alike everywhere: see `gate.TOLERANCE`.
    settled = np.where(np.abs(values) <= TOLERANCE * len(values), 0.0, values)
    groups = list(range(len(values)))
    gain = replace(crossed_interval(settled, groups, groups, level), n=outputs)
    if not gain.defined:
        return Verdict(NOT_GATED, ONE_GROUP, replace(gain, reason=ONE_GROUP))
    if gain.low > 0:
        return Verdict(VALID, "", gain)
    return Verdict(NOT_VALID, WORSE if gain.high < 0 else NOT_SHOWN, gain)
