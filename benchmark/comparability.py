"""What must be known before a number is held against another one: of another run, and of another model of this run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.set_sizes import comparable as comparable_models
from stylegauge.benchmark.set_sizes import unequal_sizes_note
from stylegauge.metrics.registry import plane

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run

NAMED = 3  # pictures that are named one by one
GAIN = "gain"  # the gate's number, which is told by the plane's two metrics


def comparable(run: Run) -> dict[str, Any]:
    """What two runs must share before their numbers may stand in one table."""
    return {
        "backbone": run.plan["backbone"],
        "weights": run.environment.get("weights"),
        "metric_versions": {
            "stylegauge": run.environment.get("versions", {}).get("stylegauge"),
            **run.environment.get("own_metrics", {}),
        },
        "numerics": run.environment.get("numerics"),
        "size": run.split["size"],
        "split_sha256": run.split["sha256"],
    }


def cautions(environment: Mapping[str, Any], split: Mapping[str, Any]) -> list[str]:
    """What must be said before any number of a run, a sentence or two each; none for most runs.

    environment, split: environment.json and split.json
    """
    found = []
    skipped = split.get("skipped", [])
    if skipped:
        more = f", and {len(skipped) - NAMED} more" if len(skipped) > NAMED else ""
        found.append(
            f"Pictures left out, since they cannot be decoded: {'; '.join(skipped[:NAMED])}{more}. The numbers are of "
            "the others, and compare only with runs over the same ones."
        )
    unverified = environment.get("unverified_weights", [])
    if unverified:
        found.append(
            f"Weights not verified: those of {_listed(unverified)} are not the published ones. What is computed with "
            "them is marked, is not the published metric of its name, and compares only with runs on the same files."
        )
    if is_fast(environment):
        found.append(
            "Fast numerics: the networks ran in bfloat16. Their numbers compare only with those of other fast runs."
        )
    return found


def is_fast(environment: Mapping[str, Any]) -> bool:
    """Whether the networks computed in bfloat16."""
    return (environment.get("numerics") or {}).get("profile") == "fast"


def networks(run: Run) -> list[str]:
    """The networks that the run's metrics take features from, in the plan's order."""
    return list(dict.fromkeys(name for info in run.metrics.values() for name in info.backbones))


def unverified_metrics(run: Run) -> list[str]:
    """Ids of what is computed with weights that are not the published ones; the gate's gain among them."""
    unverified = set(run.environment.get("unverified_weights", []))
    found = [metric for metric, info in run.metrics.items() if set(info.backbones) & unverified]
    return [*found, GAIN] if set(found) & set(plane(run.plan["backbone"])) else found


def set_comparisons(run: Run) -> dict[str, dict[str, dict[str, Any]]]:
    """Which models' values of each set metric may be held against each other, of those that have one.

    returns: "all" or a domain -> metric -> {"groups": lists of models, the largest first; "note": what to say where
    there are several}
    """
    sets = [metric for metric, info in run.metrics.items() if info.compares == "set"]
    rows = run.sets[run.sets["metric"].isin(sets) & run.sets["value"].notna()]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for (part, metric), some in rows.groupby(["group", "metric"], sort=False):
        sizes = {str(m): (int(n), int(against)) for m, n, against in zip(some["model"], some["n"], some["n_reference"])}
        groups = [list(group) for group in comparable_models(str(metric), sizes)]
        note = unequal_sizes_note(str(metric), sizes)
        found.setdefault(str(part), {})[str(metric)] = {"groups": groups, "note": note}
    return found


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
