import numpy as np
import pytest

from stylegauge.metrics.quality.training.held_out import auroc
from stylegauge.metrics.quality.training.labels import better
from stylegauge.metrics.quality.training.outcomes import (
    Outcomes,
    calibrate,
    calibrated,
    calibration_error,
    joined,
    outcomes,
)

VALID = ("good",)
ROWS = [
    {"kind": kind, "maker": maker, "damage": "", "step": 0.0}
    for kind, maker in (("output", "oracle"), ("output", "good"), ("output", "poor"), ("control", "identity"))
]
UNKNOWN = np.full((len(ROWS), 2), np.nan)


def drawn(n, seed):
    """Outcomes that happen with the probability of a logistic of their score."""
    draw = np.random.default_rng(seed)
    score = draw.normal(0, 2, n)
    return Outcomes(score, (draw.random(n) < 1 / (1 + np.exp(-score))).astype(float), np.ones(n))


def test_a_calibration_finds_the_probability_that_outcomes_were_drawn_by():
    found = calibrate(drawn(20_000, 0))
    at = np.linspace(-4, 4, 17)
    np.testing.assert_allclose(calibrated(found, at), 1 / (1 + np.exp(-at)), atol=0.05)
    error, brier, bins = calibration_error(new := drawn(20_000, 1), calibrated(found, new.score))
    assert error < 0.02
    assert 0.1 < brier < 0.2
    assert sum(each["share"] for each in bins) == pytest.approx(1)


def test_a_wrong_calibration_is_found_out():
    new = drawn(5_000, 2)
    assert calibration_error(new, np.full(5_000, 0.9))[0] > 0.3


def test_every_example_counts_one_however_many_opponents_it_has():
    found = outcomes(ROWS, np.arange(len(ROWS), dtype=float), better(ROWS, UNKNOWN, VALID), UNKNOWN, VALID,
                     np.ones(len(ROWS), dtype=bool))  # fmt: skip
    for score in set(found.score):
        assert found.weight[found.score == score].sum() == pytest.approx(1)
    identity = found.score == 3
    assert found.won[identity].tolist() == [0, 0], "it loses to the true rendering and to the valid output"
    assert found.won[found.score == 0].tolist() == [1]


def test_outcomes_of_pairs_are_put_together_in_order():
    parts = [drawn(3, 0), drawn(2, 1)]
    assert joined(parts).score.tolist() == [*parts[0].score, *parts[1].score]


def test_auroc_is_the_share_of_pairs_in_order_ties_half():
    assert auroc(np.array([2.0, 3.0]), np.array([1.0, 2.0])) == pytest.approx(3.5 / 4)
