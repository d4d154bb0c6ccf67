"""Ladders go from the perfect to the worse in a known order, and tell a metric that sees it from one that does not."""

import math
import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stylegauge.benchmark.ladders import STARTS, ladders, tau, unasked, violations
from stylegauge.benchmark.scene import Scene, rendered
from stylegauge.datasets import painterly
from stylegauge.datasets.distortions import LADDERS
from stylegauge.metrics.registry import resolve

OF_DISTANCE = ("blur", "noise", "jpeg", "blend", "hue", "checkerboard", "colour_shift", "tiling")


def picture(seed, side=48):
    generator = torch.Generator().manual_seed(seed)
    rough = torch.rand(1, 3, 6, 6, generator=generator)
    smooth = torch.nn.functional.interpolate(rough, (side, side), mode="bilinear")[0]
    return (smooth.clamp(0, 1) * 255).round() / 255


def scene(recipe=None):
    return Scene(("c", "s"), picture(1), picture(2), recipe, seed=5)


@pytest.fixture(scope="module")
def rendered_scene():
    recipe = painterly.draw("hatching", random.Random(3))
    return Scene(("c", "s"), picture(1), rendered(recipe, picture(2)), recipe, seed=5)


def distances(ladder):
    return [(each - ladder.pictures[0]).square().mean().item() for each in ladder.pictures]


@pytest.mark.parametrize("compares", STARTS)
def test_a_metric_that_is_right_climbs_without_a_fault_and_a_reversed_one_falls(compares, rendered_scene):
    for ladder in ladders(compares, rendered_scene):
        if ladder.name in OF_DISTANCE:
            goodness = [-each for each in distances(ladder)]
            assert (tau(goodness), violations(goodness)) == (1, 0), ladder.name
            reversed_ = distances(ladder)
            assert (tau(reversed_), violations(reversed_)) == (-1, 1), ladder.name


@given(st.integers(2, 12), st.floats(-5, 5))
def test_a_constant_metric_is_exposed_by_both_numbers(steps, value):
    assert (tau([value] * steps), violations([value] * steps)) == (0, 1)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=9, unique=True))
def test_turning_a_metric_round_turns_tau_and_exchanges_right_and_wrong_steps(values):
    turned = [-value for value in values]
    assert tau(turned) == pytest.approx(-tau(values))
    assert violations(turned) == pytest.approx(1 - violations(values))


def test_one_exchanged_step_costs_two_of_the_ordered_pairs():
    assert tau([4, 2, 3, 1]) == pytest.approx((5 - 1) / 6)
    assert violations([4, 2, 3, 1]) == pytest.approx(1 / 3)


def test_a_step_without_a_value_leaves_no_number():
    assert math.isnan(tau([1, math.nan, 0]))
    assert math.isnan(violations([1, math.nan, 0]))


@pytest.mark.parametrize(("compares", "start"), [("o,c", "content"), ("o,s", "style"), ("o,c,s", "good")])
def test_what_is_degraded_is_what_the_metric_calls_perfect(compares, start, rendered_scene):
    found = {ladder.name: ladder for ladder in ladders(compares, rendered_scene)}
    for name in LADDERS:
        assert torch.equal(found[name].pictures[0], getattr(rendered_scene, start))
    end = rendered_scene.style if compares == "o,c" else rendered_scene.content
    assert torch.equal(found["blend"].pictures[-1], end)


def test_a_split_without_recipes_has_no_renderer_to_repeat_or_to_move_away():
    assert {ladder.name for ladder in ladders("o,c,s", scene())} == set(LADDERS)


def test_rounds_are_the_renderer_applied_to_its_own_output(rendered_scene):
    found = {ladder.name: ladder for ladder in ladders("o,c", rendered_scene)}["rounds"]
    assert found.strengths == (1, 2, 4, 8)
    once = rendered(rendered_scene.recipe, rendered_scene.content)
    assert torch.equal(found.pictures[1], once)
    assert torch.equal(found.pictures[2], rendered(rendered_scene.recipe, once))


def test_rounds_of_a_triple_begin_at_the_first_rendering(rendered_scene):
    of_content, triple = ({x.name: x for x in ladders(kind, rendered_scene)}["rounds"] for kind in ("o,c", "o,c,s"))
    assert triple.strengths == (2, 4, 8)
    assert torch.equal(triple.pictures, of_content.pictures[1:])


def test_a_recipe_moved_away_ends_at_another_of_its_domain(rendered_scene):
    assert not any(ladder.name == "oracle_degradation" for ladder in ladders("o,c", rendered_scene))
    found = {ladder.name: ladder for ladder in ladders("o,s", rendered_scene)}["oracle_degradation"]
    assert torch.equal(found.pictures[0], rendered_scene.good)
    other = {**rendered_scene.other, "seed": rendered_scene.recipe["seed"]}
    last, expected = found.pictures[-1], rendered(other, rendered_scene.content)
    assert (last - expected).abs().max() < 0.02 or np.mean((last != expected).numpy()) < 0.01  # angles, to a rounding


def test_what_a_definition_does_not_promise_is_not_asked():
    gray, gram, psnr = (resolve([name])[0] for name in ("lpips_gray", "gram", "psnr"))
    assert unasked(gray, "hue")
    assert not unasked(gray, "blur")
    assert unasked(gram, "patch_shuffle")
    assert not any(unasked(psnr, ladder) for ladder in (*LADDERS, "rounds"))
