import math

import numpy as np
import pytest
from scipy import stats

from stylegauge.benchmark.statistics import (
    crossed_errors,
    crossed_interval,
    jackknife,
    make_design,
    p_value,
    paired_difference,
)

T1 = stats.t.ppf(0.975, 1)
SQUARE = (["a", "a", "b", "b"], ["x", "y", "x", "y"])


def crossed(contents, styles):
    return np.repeat(np.arange(contents), styles), np.tile(np.arange(styles), contents)


def test_a_two_by_two_design_agrees_with_the_formula_worked_by_hand():
    # residuals -2.5 -0.5 0.5 2.5; content sums -3 3, style sums -2 2, pair sums as they are; n = 4
    # V_content = 2/1 * 18/16 = 2.25, V_style = 2/1 * 8/16 = 1, V_pair = 4/3 * 13/16 = 13/12
    interval = crossed_interval([0, 2, 3, 5], *SQUARE)
    se = math.sqrt(max(2.25 + 1 - 13 / 12, 2.25))
    assert interval.mean == pytest.approx(2.5)
    assert interval.se == pytest.approx(se)
    assert (interval.low, interval.high) == pytest.approx((2.5 - T1 * se, 2.5 + T1 * se))
    assert (interval.df, interval.n, interval.n_content_groups, interval.n_style_groups) == (1, 4, 2, 2)


def test_the_variance_is_the_sum_less_the_pairs_where_that_is_the_greater():
    contents, styles = crossed(3, 3)
    values = np.array([0, 2, 7, 3, 5.5, 10, 5, 7, 12.5])
    r = values - values.mean()
    by_content = 3 / 2 * sum(r[contents == g].sum() ** 2 for g in range(3)) / 81
    by_style = 3 / 2 * sum(r[styles == g].sum() ** 2 for g in range(3)) / 81
    by_pair = 9 / 8 * (r**2).sum() / 81
    assert by_content + by_style - by_pair > max(by_content, by_style)
    expected = math.sqrt(by_content + by_style - by_pair)
    assert crossed_interval(values, contents, styles).se == pytest.approx(expected)


def test_without_repeated_contents_or_styles_it_is_the_ordinary_t_interval():
    values = np.array([0.3, 1.7, 2.2, 0.1, 4.0])
    interval = crossed_interval(values, range(5), range(5))
    assert interval.se == pytest.approx(stats.sem(values))
    assert interval.high == pytest.approx(stats.t.interval(0.95, 4, values.mean(), stats.sem(values))[1])


def test_crops_of_one_photograph_count_as_one_draw():
    contents, styles = crossed(8, 8)
    values = np.random.default_rng(0).normal(size=8)[contents // 2] + np.zeros(64)
    grouped = crossed_interval(values, contents // 2, styles)
    by_crop = crossed_interval(values, contents, styles)
    assert grouped.se > 1.3 * by_crop.se
    assert grouped.n_content_groups == 4


def test_names_of_groups_and_order_of_pairs_do_not_matter():
    contents, styles = crossed(4, 5)
    values = np.random.default_rng(1).normal(size=20)
    order = np.random.default_rng(2).permutation(20)
    named = [f"photo {9 - c}" for c in contents[order]], [f"{s}" for s in styles[order]]
    assert crossed_interval(values[order], *named).se == pytest.approx(crossed_interval(values, contents, styles).se)


def test_many_sets_of_values_at_a_time_give_what_one_at_a_time_gives():
    contents, styles = crossed(4, 3)
    values = np.random.default_rng(3).normal(size=(2, 5, 12))
    mean, se = crossed_errors(values, make_design(contents, styles))
    alone = crossed_interval(values[1, 2], contents, styles)
    assert mean.shape == se.shape == (2, 5)
    assert (mean[1, 2], se[1, 2]) == pytest.approx((alone.mean, alone.se))


@pytest.mark.parametrize(
    ("contents", "styles", "reason"),
    [
        (["a", "a"], ["x", "y"], "only one content group"),
        (["a", "b"], ["x", "x"], "only one style group"),
        (["a", "a"], ["x", "x"], "only one content and one style group"),
        ([], [], "no pairs"),
    ],
)
def test_an_interval_that_cannot_be_known_is_nan_and_says_why(contents, styles, reason):
    interval = crossed_interval([1.0, 3.0][: len(contents)], contents, styles)
    assert reason in interval.reason
    assert not interval.defined
    assert all(math.isnan(x) for x in (interval.low, interval.high, interval.se))
    assert math.isnan(interval.mean) if not contents else interval.mean == 2


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="2 of 4 values are not finite"):
        crossed_interval([1, math.inf, math.nan, 2], *SQUARE)


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3,\) for 4 pairs"):
        crossed_interval([1, 2, 3], *SQUARE)
    with pytest.raises(ValueError, match="2 content groups but 3 style groups"):
        crossed_interval([1, 2, 3], ["a", "b"], ["x", "y", "z"])
    with pytest.raises(ValueError, match="between 0 and 1"):
        crossed_interval([1, 2, 3, 4], *SQUARE, level=95)


def test_a_paired_difference_forgets_what_the_models_share():
    contents, styles = crossed(6, 6)
    generator = np.random.default_rng(4)
    shared = generator.normal(0, 10, 6)[styles]
    a, b = shared + generator.normal(1, 0.1, 36), shared + generator.normal(0, 0.1, 36)
    difference = paired_difference(a, b, contents, styles)
    assert difference.low > 0.9
    assert crossed_interval(a, contents, styles).se > 20 * difference.se
    with pytest.raises(ValueError, match="36 values against 35"):
        paired_difference(a, b[:-1], contents, styles)


def test_the_p_value_is_five_per_cent_where_the_interval_ends():
    interval = crossed_interval([0, 2, 3, 5], *SQUARE)
    assert p_value(interval, null=interval.high) == pytest.approx(0.05)
    assert p_value(interval, null=interval.mean) == 1
    assert math.isnan(p_value(crossed_interval([1, 2], ["a", "a"], ["x", "y"])))


def test_the_jackknife_of_a_mean_is_the_sum_of_both_cluster_variances():
    contents, styles = crossed(4, 3)
    values = np.random.default_rng(5).normal(size=12)
    r = values - values.mean()
    by_content = 4 / 3 * sum(r[contents == g].sum() ** 2 for g in range(4)) / 144
    by_style = 3 / 2 * sum(r[styles == g].sum() ** 2 for g in range(3)) / 144
    interval = jackknife(lambda kept: values[kept].mean(), contents, styles)
    assert interval.mean == pytest.approx(values.mean())
    assert interval.se == pytest.approx(math.sqrt(by_content + by_style))
    assert interval.df == 2


def test_the_jackknife_leaves_out_each_group_once_and_never_repeats_a_row():
    asked = []
    jackknife(lambda kept: float(asked.append(kept.tolist()) or 0), *SQUARE)
    assert asked == [[0, 1, 2, 3], [2, 3], [0, 1], [1, 3], [0, 2]]


def test_the_jackknife_says_why_where_it_knows_no_spread():
    assert "only one style group" in jackknife(lambda kept: 1.0, ["a", "b"], ["x", "x"]).reason
    partly = jackknife(lambda kept: 1.0 if len(kept) == 4 else math.nan, *SQUARE)
    assert partly.mean == 1
    assert math.isnan(partly.low)
    assert "once a group is left out" in partly.reason


def test_the_jackknife_deals_many_groups_out_to_heaps():
    # 130 contents by 6 styles: 60 heaps of two or three contents tell of the same spread as 130 groups.
    contents, styles = crossed(130, 6)
    values = np.random.default_rng(7).normal(size=130)[contents]
    asked = []

    def statistic(kept):
        asked.append(len(kept))
        return values[kept].mean()

    heaps = jackknife(statistic, contents, styles)
    assert len(asked) == 1 + 60 + 6
    assert set(asked[1:61]) == {6 * 127, 6 * 128}
    alone = jackknife(lambda kept: values[kept].mean(), contents, styles, at_most=130)
    assert heaps.se == pytest.approx(alone.se, rel=0.2)


def test_a_number_of_all_groups_at_once_is_left_as_it_was():
    contents, styles = crossed(6, 6)
    values = np.random.default_rng(8).normal(size=36)
    assert jackknife(lambda kept: values[kept].mean(), contents, styles, at_most=6) == jackknife(
        lambda kept: values[kept].mean(), contents, styles
    )


def test_intervals_cover_the_truth_as_often_as_they_say():
    # A small edition of benchmarks/interval_coverage.py; 400 trials put 95 % within 2.2 % with 95 % probability.
    contents, styles = crossed(12, 12)
    generator = np.random.default_rng(6)
    effects = generator.normal(0, 0.3, (400, 12))[:, contents] + generator.normal(0, 0.5, (400, 12))[:, styles]
    mean, se = crossed_errors(effects + generator.normal(size=(400, 144)), make_design(contents, styles))
    covered = (np.abs(mean) <= stats.t.ppf(0.975, 11) * se).mean()
    assert 0.92 <= covered <= 0.99
