import random

import numpy as np
import pytest

from stylegauge.datasets import painterly
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.factors import FACTORS, moved, ranges, shown, style_factors

EACH = [(domain, factor) for domain in FACTORS for factor in style_factors(domain)]
TURNING = [(domain, factor) for domain, factor in EACH if FACTORS[domain][factor].period]


def picture(side=64):
    y, x = np.mgrid[:side, :side]
    return np.stack([x * 3 + 20, 240 - y * 3, (x // 8 + y // 8) % 2 * 150 + 40], axis=-1).astype(np.uint8)


def recipe(domain, seed=1):
    return shown(painterly.draw(domain, random.Random(seed)))


def changed(one, other):
    return {name for name, value in one["parameters"].items() if other["parameters"][name] != value}


def test_every_domain_has_factors_and_their_parameters_exist():
    assert set(FACTORS) == set(painterly.DOMAINS)
    for domain, factors in FACTORS.items():
        for factor in factors.values():
            assert {*factor.parameters, *factor.shown_by} <= set(ranges(domain))


def test_the_five_factors_of_style_are_where_a_domain_has_them():
    assert {"stroke_width", "direction", "density", "regularity", "palette"} <= set(style_factors("hatching"))
    assert "direction" not in style_factors("mosaic")
    assert all("palette" in style_factors(domain) for domain in painterly.DOMAINS)


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_drawn_and_moved_recipes_stay_in_the_documented_ranges(domain):
    rng = random.Random(0)
    for _ in range(200):
        drawn = painterly.draw(domain, rng)
        factor, amount = rng.choice(style_factors(domain)), rng.uniform(0, 0.5)
        for one in (drawn, shown(drawn), moved(drawn, factor, amount)):
            for name, (low, high) in ranges(domain).items():
                assert low <= one["parameters"][name] <= high, (factor, name)


@pytest.mark.parametrize(("domain", "factor"), EACH)
def test_a_moved_recipe_differs_in_that_factor_alone_and_by_that_amount(domain, factor):
    before = recipe(domain)
    after = moved(before, factor, 0.2)
    parameters = FACTORS[domain][factor].parameters
    assert changed(before, after) == set(parameters)
    assert {k: v for k, v in after.items() if k != "parameters"} == {"domain": domain, "seed": before["seed"]}
    for name in parameters:
        low, high = ranges(domain)[name]
        turn = FACTORS[domain][factor].period
        distance = abs(after["parameters"][name] - before["parameters"][name])
        expected = {0.2 * turn, 0.8 * turn} if turn else {0.2 * (high - low)}
        assert any(distance == pytest.approx(each) for each in expected)


@pytest.mark.parametrize(("domain", "factor"), EACH)
def test_moving_by_nothing_gives_the_same_bytes_and_moving_changes_the_picture(domain, factor):
    one = recipe(domain)
    image = painterly.render(one, picture())
    assert moved(one, factor, 0) == one
    assert np.array_equal(painterly.render(moved(one, factor, 0), picture()), image)
    assert not np.array_equal(painterly.render(moved(one, factor, 0.4), picture()), image)


@pytest.mark.parametrize(("domain", "factor"), EACH)
def test_larger_amounts_go_further_the_same_way(domain, factor):
    if FACTORS[domain][factor].period:
        return  # a turn comes back
    one = recipe(domain)
    for name in FACTORS[domain][factor].parameters:
        steps = [moved(one, factor, amount)["parameters"][name] for amount in (0, 0.1, 0.2, 0.5)]
        assert len(set(np.sign(np.diff(steps)))) == 1


@pytest.mark.parametrize(("domain", "factor"), TURNING)
def test_a_full_period_is_no_change_and_more_wraps(domain, factor):
    one = recipe(domain)
    assert moved(one, factor, 1) == one
    assert moved(one, factor, 1.25) == moved(one, factor, 0.25)


def test_half_a_turn_of_a_stroke_is_the_stroke():
    one = recipe("oil")
    assert FACTORS["oil"]["direction"].period == 180
    assert moved(one, "direction", 180 / 180) == one
    assert (
        0
        <= moved(one | {"parameters": one["parameters"] | {"direction": 170.0}}, "direction", 0.1)["parameters"][
            "direction"
        ]
        == pytest.approx(8)
    )


def test_a_domain_without_a_factor_says_which_it_has():
    with pytest.raises(UsageError, match=r"mosaic has no factor 'direction'; it has: stroke_width, regularity"):
        moved(recipe("mosaic"), "direction", 0.1)
    with pytest.raises(UsageError, match=r"no style domain 'fresco'; there are: hatching"):
        style_factors("fresco")


@pytest.mark.parametrize("amount", [-0.1, 0.6])
def test_an_amount_that_does_not_fit_is_refused(amount):
    with pytest.raises(ValueError, match=r"stroke_width moves by 0 to 0\.5 of its range"):
        moved(recipe("oil"), "stroke_width", amount)
