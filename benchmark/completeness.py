"""Which models did every pair: an entry with pairs missing is not ranked, and what is missing is said."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.records import FAILED, NOT_APPLICABLE, OK
from stylegauge.metrics.info import OF_A_PAIR, OF_THE_MODEL

if TYPE_CHECKING:
    import pandas as pd

    from stylegauge.benchmark.store import Run

COMPLETE, INCOMPLETE = "complete", "incomplete"
EXAMPLES = 3


@dataclass(frozen=True)
class Completeness:
    """How much of a split a model did.

    status: "complete", "incomplete", "failed" (nothing came out) or "not applicable" (nothing was asked of it)
    done, expected: outputs with every paired metric, a pair counting once a repeat
    missing: {"content", "style", "repeat"} of the first few outputs that are not there
    reasons: why, as the model or the runner said, and how often; domains: how many are missing in each style domain
    """

    status: str
    done: int
    expected: int
    missing: list[dict[str, Any]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    domains: dict[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """What is missing, as JSON values."""
        return {
            "outputs": self.expected - self.done,
            "of": self.expected,
            "examples": self.missing,
            "reasons": self.reasons,
            "domains": self.domains,
        }


def completeness(run: Run, model: str) -> Completeness:
    """Compare a model's rows with the split's pairs, its repeats and the paired metrics of the plan."""
    known = run.metrics.items()
    metrics = [metric for metric, info in known if info.compares in OF_A_PAIR]
    metrics = metrics or [metric for metric, info in known if info.compares in OF_THE_MODEL]
    rows = _of_outputs(run.scores[(run.scores["model"] == model) & run.scores["metric"].isin(metrics)])
    pairs = [(content, style) for content, style in run.split["pairs"]]
    wanted = [(*pair, repeat) for repeat in range(run.plan.get("repeats", 1)) for pair in pairs]
    if not metrics:
        return _from_sets(run, model, len(wanted))
    states = _states(rows, len(metrics))
    left = [key for key in wanted if states.get(key) != OK]
    if not left:
        return Completeness(COMPLETE, len(wanted), len(wanted))
    domains = {item["id"]: item["domain"] for item in run.split["styles"]}
    return Completeness(
        status=_status({states.get(key, "") for key in wanted}),
        done=len(wanted) - len(left),
        expected=len(wanted),
        missing=[dict(zip(("content", "style", "repeat"), key)) for key in left[:EXAMPLES]],
        reasons=_reasons(rows, left),
        domains=dict(sorted(Counter(domains[style] for _, style, _ in left if domains[style]).items())),
    )


def _of_outputs(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with those made good that ask more of a model than it can: they tell that its output was there."""
    made = (rows["status"] == NOT_APPLICABLE) & (rows["reason"] == "")
    return rows.assign(status=rows["status"].mask(made, OK), value=rows["value"].mask(made, 0.0))


def _from_sets(run: Run, model: str, expected: int) -> Completeness:
    """Without a paired metric no row speaks of a pair; the sizes of sets still tell how many outputs there were."""
    sizes = run.sets.loc[(run.sets["model"] == model) & (run.sets["group"] == "all"), "n"]
    done = int(sizes.max()) if len(sizes) else 0
    if done == expected:
        return Completeness(COMPLETE, done, expected)
    reason = "not run, or no metric of the plan shows it"
    return Completeness(INCOMPLETE, done, expected, reasons={reason: expected - done})


def _states(rows: pd.DataFrame, n_metrics: int) -> dict[tuple[str, str, int], str]:
    """The state of each output: "ok" where every metric is, else its worst row; absent rows are "" (not run yet)."""
    failed = (rows["status"] == FAILED) | ((rows["status"] == OK) & rows["value"].isna())
    flags = rows[["content", "style", "repeat", "metric"]].assign(
        failed=failed, skipped=rows["status"] == NOT_APPLICABLE
    )
    found = flags.groupby(["content", "style", "repeat"], sort=False).agg(
        failed=("failed", "any"), skipped=("skipped", "all"), metrics=("metric", "nunique")
    )
    found["state"] = ""
    found.loc[found["metrics"] == n_metrics, "state"] = OK
    found.loc[found["skipped"], "state"] = NOT_APPLICABLE
    found.loc[found["failed"], "state"] = FAILED
    return {(str(c), str(s), int(repeat)): str(state) for (c, s, repeat), state in found["state"].items()}


def _status(states: set[str]) -> str:
    """The model's status from those of its outputs, not all of which are "ok"."""
    if states == {NOT_APPLICABLE}:
        return NOT_APPLICABLE
    return FAILED if FAILED in states and not states & {OK, ""} else INCOMPLETE


def _reasons(rows: pd.DataFrame, left: list[tuple[str, str, int]]) -> dict[str, int]:
    """Reasons of what is missing, the most frequent first; an output counts once."""
    bad = rows[rows["status"] != OK].drop_duplicates(["content", "style", "repeat"])
    counts = Counter(str(reason) or "no reason given" for reason in bad["reason"])
    unscored = rows[(rows["status"] == OK) & rows["value"].isna()].drop_duplicates(["content", "style", "repeat"])
    if len(unscored):
        counts["a score is not a number"] += len(unscored)
    absent = len(left) - sum(counts.values())
    if absent > 0:
        counts["not run"] += absent
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
