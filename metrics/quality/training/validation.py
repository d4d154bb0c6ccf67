"""The validation table of a judge: fold by fold, the worst first, with calibration and probes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylegauge.metrics.quality.training.examples_of import Pair
from stylegauge.metrics.quality.training.held_out import Fold, evaluate
from stylegauge.metrics.quality.training.metadata import metadata_probe
from stylegauge.metrics.quality.training.outcomes import (
    Outcomes,
    calibrate,
    calibrated,
    calibration_error,
    joined,
    outcomes,
)
from stylegauge.metrics.quality.training.probes import spectrum_probe

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """What a fold's judge said: the pairs, each with [E, N] scores of its examples."""

    fold: Fold
    pairs: list[tuple[Pair, Array]]


def fold_outcomes(asked: Asked, valid: Sequence[str]) -> Outcomes:
    """The outcomes of a fold's own examples."""
    parts = []
    for pair, members in asked.pairs:
        known = pair.known(valid)
        chosen = np.array([asked.fold.asks(row) or row["kind"].startswith("wrong") for row in pair.rows])
        parts.append(outcomes(pair.rows, members.mean(axis=0), known, pair.distance, valid, chosen))
    return joined(parts) if parts else Outcomes(*(np.empty(0) for _ in range(3)))


def validation_table(found: Sequence[Asked], valid: Sequence[str], learnt: Sequence[Pair]) -> dict[str, Any]:
    """As JSON values: "folds", worst first by their mean AUROC; "overall"; "calibration" of folds not fitted to."""
    folds = [evaluate(each.fold, each.pairs, valid) for each in found if each.pairs]
    folds.sort(key=lambda fold: _mean(fold["auroc"].values()))
    each_outcomes = [fold_outcomes(each, valid) for each in found]
    errors = []
    for place, mine in enumerate(each_outcomes):
        rest = [one for other, one in enumerate(each_outcomes) if other != place and len(one.score)]
        if len(mine.score) and rest:
            p = calibrated(calibrate(joined(rest)), mine.score)
            errors.append((mine, p))
    everything, predicted = joined([mine for mine, _ in errors]), np.concatenate([p for _, p in errors])
    error, brier, bins = calibration_error(everything, predicted)
    everywhere = [pair for each in found for pair, _ in each.pairs]
    for fold in folds:
        asked = next(each for each in found if each.fold.domain == fold["domain"])
        for probe in (spectrum_probe, metadata_probe):
            fold[probe.__name__] = probe(asked, valid, learnt, everywhere)
    return {
        "folds": folds,
        "overall": _overall(folds),
        "calibration": {"ece": error, "brier": brier, "outcomes": len(everything.score), "bins": bins},
    }


def _overall(folds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kinds = sorted({kind for fold in folds for kind in fold["auroc"]})
    every = {kind: [fold["auroc"][kind] for fold in folds if kind in fold["auroc"]] for kind in kinds}
    below = {kind: [fold["below_oracle"][kind] for fold in folds if kind in fold["below_oracle"]] for kind in kinds}
    told = {kind: [fold["metadata_probe"][kind] for fold in folds if kind in fold["metadata_probe"]] for kind in kinds}
    return {
        "auroc": {kind: {"mean": _mean(values), "worst": min(values)} for kind, values in every.items()},
        "below_oracle": {kind: _mean(values) for kind, values in below.items()},
        "ladders": _climbed([fold["ladders"] for fold in folds]),
        "ladders_of_outputs": _climbed([fold["ladders_of_outputs"] for fold in folds]),
        "metadata_probe": {
            name: {"mean": _mean(values), "worst": _furthest(values)} for name, values in told.items() if values
        },
        "seed_to_seed": _mean(fold["seed_to_seed"] for fold in folds),
    }


def _climbed(folds: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """damage -> tau, the mean over folds, and violations, the share of all their steps."""
    found = {}
    for damage in sorted({damage for fold in folds for damage in fold}):
        there = [fold[damage] for fold in folds if damage in fold]
        steps = sum(one["steps"] for one in there)
        wrong = sum(one["violations"] * one["steps"] for one in there)
        found[damage] = {"tau": _mean(one["tau"] for one in there), "violations": wrong / steps, "steps": steps}
    return found


def _furthest(values: Sequence[float]) -> float:
    """What lies furthest from chance, on either side of it."""
    return max(values, key=lambda value: abs(value - 0.5))


def _mean(values: Any) -> float:
    return float(np.mean([*values]))
