"""Verdicts within a domain, from tables whose answer is known beforehand."""

from types import SimpleNamespace

import pandas as pd
import pytest

from stylegauge.benchmark.domain_gate import ONE_GROUP, domain_verdicts
from stylegauge.benchmark.gate import NOT_SHOWN, WORSE
from stylegauge.benchmark.records import DOMAIN_COLUMNS
from stylegauge.benchmark.statistics import t_quantile


def run_of(gains, metrics=("content@embedded", "kid@embedded")):
    """gains: model -> the gain with all content groups, and without each."""
    rows = [
        (model, "zebra", f"c{i}" if i else "", 0.5, 1.0, 2.0, gain, 8 - (i > 0))
        for model, all_of_them in gains.items()
        for i, gain in enumerate(all_of_them)
    ]
    table = pd.DataFrame(rows, columns=list(DOMAIN_COLUMNS))
    return SimpleNamespace(domains=table, metrics=dict.fromkeys(metrics), plan={"backbone": "embedded"})


def test_the_interval_is_a_jackknife_over_content_groups():
    found = domain_verdicts(run_of({"m": (2.0, 1.9, 2.0, 2.1)}), "zebra", ["m"])["m"]
    # n = 3: (n - 1) / n * sum of squares around their mean
    error = (2 / 3 * (0.1**2 + 0.1**2)) ** 0.5
    assert (found.gain.mean, found.gain.se, found.gain.df, found.gain.n) == (
        pytest.approx(2),
        pytest.approx(error),
        2,
        8,
    )
    assert found.gain.low == pytest.approx(2 - t_quantile(2, 0.95) * error)
    assert found.status == "valid"


def test_the_interval_lies_around_the_gain_with_all_contents():
    found = domain_verdicts(run_of({"m": (2.0, 1.0, 1.1, 1.2)}), "zebra", ["m"])["m"].gain
    assert (found.mean, found.low + found.high) == (pytest.approx(2), pytest.approx(4))


def test_a_gain_that_may_be_chance_is_not_valid_and_one_below_0_is_worse():
    found = domain_verdicts(run_of({"m": (0.2, -0.2, 0.2, 0.6), "w": (-2.0, -1.9, -2.0, -2.1)}), "zebra", ["m", "w"])
    assert [(found[name].status, found[name].reason) for name in "mw"] == [
        ("not valid", NOT_SHOWN),
        ("not valid", WORSE),
    ]


def test_rounding_of_the_curve_itself_is_no_gain():
    found = domain_verdicts(run_of({"identity": (1e-9, 1e-9, 1.1e-9, 0.9e-9)}), "zebra", ["identity"])["identity"]
    assert (found.status, found.gain.mean) == ("not valid", 0.0)


def test_what_cannot_be_gated_says_why():
    assert domain_verdicts(run_of({"m": (2.0, 2.0)}), "zebra", ["m"])["m"].reason == ONE_GROUP
    nan = float("nan")
    assert "not measured" in domain_verdicts(run_of({"m": (nan, nan, nan)}), "zebra", ["m"])["m"].reason
    assert "not measured" in domain_verdicts(run_of({"m": (2.0, 1.0, nan)}), "zebra", ["m"])["m"].reason
    assert "no reference images" in domain_verdicts(run_of({"m": (2.0, 2.0)}), "horse", ["m"])["m"].reason
    without = run_of({"m": (2.0, 1.9, 2.1)}, metrics=("content@embedded",))
    assert "did not compute kid@embedded" in domain_verdicts(without, "zebra", ["m"])["m"].reason
