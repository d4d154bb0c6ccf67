"""Digits shown are those that the interval supports."""

import math

import pytest

from stylegauge.reports import numbers


@pytest.mark.parametrize(
    ("mean", "low", "high", "shown"),
    [
        (0.41234, 0.38, 0.44, "0.41"),  # half width 0.03: one digit
        (0.41234, 0.40, 0.43, "0.412"),  # half width 0.015: begins with 1, two digits
        (0.41234, 0.4117, 0.4129, "0.4123"),
        (28.4, 20.0, 37.0, "28"),
        (28.4, -80.0, 140.0, "28"),  # never rounded to tens: a table of integers stays one
        (12345.0, 12000.0, 12700.0, "12345"),
    ],
)
def test_digits_follow_the_width_of_the_interval(mean: float, low: float, high: float, shown: str) -> None:
    assert numbers.fixed(mean, numbers.decimals_for(mean, low, high)) == shown


def test_without_an_interval_three_significant_digits_are_shown() -> None:
    assert numbers.fixed(0.012345, numbers.decimals_for(0.012345, None, None)) == "0.0123"
    assert numbers.fixed(0.012345, numbers.decimals_for(0.012345, math.nan, math.nan)) == "0.0123"


def test_zero_for_every_pair_is_shown_as_zero() -> None:
    assert numbers.fixed(0.0, numbers.decimals_for(0.0, 0.0, 0.0)) == "0"


def test_minus_is_a_minus_and_there_is_no_negative_zero() -> None:
    assert numbers.fixed(-0.25, 2) == "\N{MINUS SIGN}0.25"
    assert numbers.fixed(-0.001, 2) == "0.00"
    assert numbers.fixed(0.2, 1, sign=True) == "+0.2"


def test_what_is_unknown_is_not_a_number() -> None:
    assert numbers.fixed(math.nan, 2) == "n/a"
    assert numbers.fixed(math.inf, 2) == "∞"


def test_points_of_a_column_stand_below_each_other() -> None:
    texts = numbers.aligned(["1.25", "10", "0.5"])
    assert {
        len(text) - (text.index(".") if "." in text else len(text.rstrip("\N{FIGURE SPACE}"))) for text in texts
    } == {3}


def test_tiny_columns_share_a_power_of_ten() -> None:
    assert numbers.shared_exponent([2.3e-5, 1e-6]) == -6
    assert numbers.power(-6) == "×10⁻⁶"
    assert numbers.shared_exponent([0.02, 0.5]) == 0


def test_costs_keep_three_digits_and_set_thousands_apart() -> None:
    assert numbers.significant(4380.16) == "4\N{THIN SPACE}380"
    assert numbers.significant(0.012345) == "0.0123"
    assert numbers.significant(1.1e11) == "1.10\N{THIN SPACE}×10¹¹"
    assert numbers.significant(0.0) == "0"


def test_an_interval_as_narrow_as_rounding_supports_no_digits() -> None:
    assert numbers.decimals_for(0.9999998, 0.99999975, 0.99999985) == 3
    assert numbers.decimals_for(0.9999998, 0.95, 1.05) == 2
