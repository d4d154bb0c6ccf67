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
IN_ITS_DOMAINS = "complete in its domains"
EXAMPLES = 3


@dataclass(frozen=True)
class Completeness:
    """How much of a split a model did.

    status: "complete", "complete in its domains" (which are not all of the split's), "incomplete", "failed" (nothing
        came out) or "not applicable" (nothing was asked of it)
    done, expected: outputs with every paired metric, a pair counting once a repeat; pairs of domains that the model
        does not make are none of them
    missing: {"content", "style", "repeat"} of the first few outputs that are not there
    reasons: why, as the model or the runner said, and how often; domains: how many are missing in each style domain
    by_domain: (done, expected) of each style domain that has a name and was asked of the model
    """

    status: str
    done: int
    expected: int
    missing: list[dict[str, Any]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    domains: dict[str, int] = field(default_factory=dict)
    by_domain: dict[str, tuple[int, int]] = field(default_factory=dict)

    def has(self, domain: str) -> bool:
        """Whether every output of a style domain is there."""
        done, expected = self.by_domain.get(domain, (0, 0))
        return 0 < done == expected

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
    every = [(c, s, repeat) for repeat in range(run.plan.get("repeats", 1)) for c, s in run.split["pairs"]]
    label, own = {item["id"]: item["domain"] for item in run.split["styles"]}, run.domains_of(model)
    wanted = [key for key in every if not own or label[key[1]] in own]
    full = COMPLETE if len(wanted) == len(every) else IN_ITS_DOMAINS
    if not wanted:
        return Completeness(NOT_APPLICABLE, 0, 0, reasons=_reasons(rows, every))
    if not metrics:
        # Of a model that makes domains, a set holds each picture once, whatever number of pairs it serves.
        return _from_sets(run, model, len({(c, label[s] if own else s, r) for c, s, r in wanted}), full)
    states = _states(rows, len(metrics))
    left = [key for key in wanted if states.get(key) != OK]
    asked, lacking = (Counter(label[s] for _, s, _ in keys if label[s]) for keys in (wanted, left))
    return Completeness(
        status=_status({states.get(key, "") for key in wanted}) if left else full,
        done=len(wanted) - len(left),
        expected=len(wanted),
        missing=[dict(zip(("content", "style", "repeat"), key)) for key in left[:EXAMPLES]],
        reasons=_reasons(rows[rows["domain"].isin(own)] if own else rows, left),
        domains=dict(sorted(lacking.items())),
        by_domain={name: (n - lacking[name], n) for name, n in sorted(asked.items())},
    )


def _of_outputs(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with those made good that ask more of a model than it can: they tell that its output was there."""
    made = (rows["status"] == NOT_APPLICABLE) & (rows["reason"] == "")
    return rows.assign(status=rows["status"].mask(made, OK), value=rows["value"].mask(made, 0.0))


def _from_sets(run: Run, model: str, expected: int, full: str) -> Completeness:
    """Without a paired metric no row speaks of a pair; the sizes of sets still tell how many outputs there were.

    full: the status of a model that made all of them
    """
    sizes = run.sets.loc[(run.sets["model"] == model) & (run.sets["group"] == "all"), "n"]
    done = int(sizes.max()) if len(sizes) else 0
    if done == expected:
        return Completeness(full, done, expected)
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
