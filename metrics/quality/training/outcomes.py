"""What the score claims, as what happens or not: an example is preferred to a random valid output, or it is not.

For every example and every valid output of the same pair whose order is known (`labels`), one outcome. The calibration
is the rising curve that fits outcomes best; how good it is, is measured on outcomes that it was not fitted to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from stylegauge.metrics.quality.judge import Calibration
from stylegauge.metrics.quality.training.labels import Bools, Row, is_valid, nearer

Array = NDArray[np.float64]
KNOTS = 24
BINS = 10


@dataclass(frozen=True)
class Outcomes:
    """score: [M] of the example; won: [M] 0 or 1; weight: [M], each example counting one in all."""

    score: Array
    won: Array
    weight: Array


def outcomes(
    rows: Sequence[Row], score: Array, known: Bools, distance: Array, valid: Sequence[str], chosen: Bools
) -> Outcomes:
    """Of the examples of one pair.

    known: [N, N] from `labels.better`; distance: [N, 2] to the true rendering, which decides where nothing else does
    chosen: [N] the examples whose outcomes count
    """
    close = nearer(distance)
    opponents = [j for j, row in enumerate(rows) if is_valid(row, valid)]
    scores, won, weights = [], [], []
    for i in np.flatnonzero(chosen):
        found = []
        for j in opponents:
            wins, loses = (known[i, j], known[j, i]) if known[i, j] or known[j, i] else (close[i, j], close[j, i])
            if i != j and wins != loses:
                found.append(float(wins))
        scores += [score[i]] * len(found)
        won += found
        weights += [1 / len(found)] * len(found) if found else []
    return Outcomes(np.array(scores), np.array(won), np.array(weights))


def joined(parts: Sequence[Outcomes]) -> Outcomes:
    """Outcomes of several pairs."""
    return Outcomes(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("score", "won", "weight")))


def calibrate(found: Outcomes) -> Calibration:
    """Isotonic regression of the outcomes, thinned to KNOTS of equal mass, ends included."""
    order = np.argsort(found.score, kind="stable")
    score, weight = found.score[order], found.weight[order]
    fitted = isotonic_regression(found.won[order], weights=weight).x
    mass = np.cumsum(weight) - weight / 2
    places = np.unique(np.searchsorted(mass, np.linspace(0, mass[-1], KNOTS + 1)).clip(0, len(score) - 1))
    edges = [*pairwise(places)]
    at = np.array([np.average(score[a:b], weights=weight[a:b]) for a, b in edges])
    value = np.array([np.average(fitted[a:b], weights=weight[a:b]) for a, b in edges])
    at, kept = np.unique(at, return_index=True)
    ends = (score[0] - 2, score[-1] + 2)
    at = np.concatenate([[ends[0]], at, [ends[1]]])
    value = np.concatenate([[value[0] / 2], value[kept], [(1 + value[-1]) / 2]])
    return Calibration(torch.from_numpy(at).float(), torch.from_numpy(np.maximum.accumulate(value)).float())


def calibrated(calibration: Calibration, score: Array) -> Array:
    """P of each raw score."""
    return np.asarray(calibration(torch.from_numpy(score).float()).double().numpy())


def calibration_error(found: Outcomes, predicted: Array) -> tuple[float, float, list[dict[str, float]]]:
    """ECE over bins of equal mass, Brier score, and the bins: predicted, observed, share of the mass."""
    order = np.argsort(predicted, kind="stable")
    p, won, weight = predicted[order], found.won[order], found.weight[order]
    edges = np.searchsorted(np.cumsum(weight) / weight.sum(), np.linspace(0, 1, BINS + 1)[1:-1])
    bins = []
    for part in np.split(np.arange(len(p)), edges):
        if len(part):
            w = weight[part]
            bins.append(
                {
                    "predicted": float(np.average(p[part], weights=w)),
                    "observed": float(np.average(won[part], weights=w)),
                    "share": float(w.sum() / weight.sum()),
                }
            )
    error = sum(each["share"] * abs(each["predicted"] - each["observed"]) for each in bins)
    return float(error), float(np.average((p - won) ** 2, weights=weight)), bins
