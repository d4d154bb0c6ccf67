import numpy as np
import pytest

from stylegauge.metrics.quality.network import HEADS
from stylegauge.metrics.quality.training.labels import better, by_head, seen_by

VALID = ("good",)


def row(kind, maker, damage="", step=0.0):
    return {"kind": kind, "maker": maker, "damage": damage, "step": step}


ROWS = [
    row("output", "oracle"), row("output", "good"), row("output", "poor"), row("control", "identity"),
    row("ladder", "good", "blur", 1), row("ladder", "good", "blur", 2), row("wrong-style", "good"),
    row("drift", "oracle", "drift", 0.25), row("drift", "oracle", "drift", 1.0), row("ladder", "identity", "jpeg", 3),
]  # fmt: skip
UNKNOWN = np.full((len(ROWS), 2), np.nan)


@pytest.fixture
def known():
    return better(ROWS, UNKNOWN, VALID)


def test_the_true_rendering_is_above_everything(known):
    assert known[0, 1:].all()
    assert not known[:, 0].any()


def test_what_is_degraded_is_below_what_it_was_made_of_step_by_step(known):
    assert known[1, 4]
    assert known[1, 5]
    assert known[4, 5]
    assert known[3, 9], "a degraded content is below the content"
    assert known[7, 8], "parameters further away"


def test_a_valid_output_is_above_what_takes_no_skill_and_a_poor_one_is_not_known_to_be(known):
    assert known[1, 3]
    assert known[1, 6]
    assert not known[2, 3]
    assert not known[3, 2]


def test_no_order_goes_both_ways(known):
    assert not (known & known.T).any()


def test_two_generators_are_ordered_by_the_true_rendering_where_both_distances_agree():
    distance = UNKNOWN.copy()
    distance[1], distance[2] = (0.2, 0.2), (0.4, 0.3)
    assert better(ROWS, distance, VALID)[1, 2]
    distance[2] = (0.4, 0.1)
    assert not better(ROWS, distance, VALID)[1, 2]
    distance[2] = (0.205, 0.205)
    assert not better(ROWS, distance, VALID)[1, 2], "within the margin"


def test_each_flaw_is_asked_of_the_head_that_must_see_it(known):
    heads = by_head(ROWS, known)
    blurred, wrong_style = 5, 6
    assert heads[HEADS.index("artefact"), 1, blurred]
    assert not heads[HEADS.index("content"), 1, blurred]
    assert heads[HEADS.index("style"), 1, wrong_style]
    assert seen_by(row("wrong-content", "good")) == "content"
    assert seen_by(row("control", "blend")) == "", "either head may see a double exposure"
