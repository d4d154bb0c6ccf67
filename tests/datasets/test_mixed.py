"""Styles of plain operations: the same pixels for the same recipe, nothing where all is 0, variety, and no suite."""

import random
from dataclasses import asdict

import numpy as np
import pytest

from stylegauge.datasets import painterly
from stylegauge.datasets.painterly import mixed
from stylegauge.datasets.splits import load_split

NOTHING = {
    **dict.fromkeys(mixed._WAYS, 0.0),
    **dict.fromkeys(("palette", "hue", "shade_hue", "angle", "shade"), 0.0),
    "saturation": 1.0, "contrast": 1.0, "spacing": 4.0, "tones": 4.0, "block_side": 4.0, "warp_cell": 8.0,
    "grain_cell": 2.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def content():
    split = load_split("quick")
    return np.asarray(split.image(split.contents[0]))[::2, ::2]


def rendered(content, seed=3, **changed):
    return painterly.render({"domain": "mixed", "parameters": NOTHING | changed, "seed": seed}, content)


def test_a_recipe_gives_the_same_pixels_and_recipes_give_others(content):
    draw = random.Random(0)
    recipes = [painterly.draw("mixed", draw) for _ in range(6)]
    pictures = [painterly.render(recipe, content) for recipe in recipes]
    for recipe, picture in zip(recipes, pictures):
        assert np.array_equal(painterly.render(recipe, content), picture)
    levels = [np.abs(a.astype(int) - b).mean() for i, a in enumerate(pictures) for b in pictures[:i]]
    assert min(levels) > 5


def test_a_recipe_of_nothing_changes_nothing(content):
    assert np.array_equal(rendered(content), content)


@pytest.mark.parametrize(
    "changed",
    [
        {"smoothing": 2.0}, {"warp": 4.0}, {"block": 1.0}, {"flat": 1.0}, {"screen": 0.3}, {"cross": 0.3}, {"ink": 0.8},
        {"ink": -0.8}, {"grain": 0.2}, {"palette": 0.8},
    ],
)  # fmt: skip
def test_each_way_changes_the_picture_by_itself(content, changed):
    assert np.abs(rendered(content, **changed).astype(int) - content).mean() > 1


def test_lines_run_at_their_angle():
    grey = np.full((64, 64, 3), 128, np.uint8)
    across = rendered(grey, screen=0.3, angle=0.0)
    assert (across == across[:, :1]).all(), "at 0 degrees they lie flat"
    assert len(np.unique(across)) > 2
    assert np.array_equal(rendered(grey, cross=0.3, angle=90.0), across)


def test_two_to_five_ways_are_drawn():
    draw = random.Random(1)
    recipes = [asdict(mixed.draw(draw)) for _ in range(200)]
    counts = {sum(bool(recipe[way]) for way in mixed._WAYS) for recipe in recipes}
    assert counts == {2, 3, 4, 5}


def test_no_suite_shows_it():
    assert painterly.MIXED not in painterly.DOMAINS
    assert painterly.MIXED not in {item.domain for item in load_split("quick").styles}
