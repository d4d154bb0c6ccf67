"""Gains within a domain, on numbers that can be computed by hand."""

import numpy as np
import pytest
import torch

from stylegauge.benchmark.domain_gains import DomainCurve, DomainOutputs, DomainReferences
from stylegauge.benchmark.domain_sets import SetDistance
from stylegauge.metrics.kid import kid

CONTENTS = tuple(f"c{i}" for i in range(6))
GROUPS = {content: content for content in CONTENTS}
WEIGHTS = {content: 1.0 + i for i, content in enumerate(CONTENTS)}


def column(*values):
    return np.array(values, np.float32)[:, None]


def test_the_distance_of_two_outputs_to_two_references_is_the_sum_of_its_three_means():
    # (xy + 1)^3: outputs 1; references 27; across 1, 1, 8 and 27
    found = SetDistance(column(0, 1), column(1, 2), ["a", "b"], ["r", "s"])
    assert found.of(np.arange(2)) == pytest.approx(1 + 27 - 2 * 37 / 4)


def test_an_output_is_not_compared_with_the_picture_it_was_made_from():
    found = SetDistance(column(0, 1), column(1, 2), ["a", "b"], ["r", "s"], ["r", ""])
    assert found.of(np.arange(2)) == pytest.approx(1 + 27 - 2 * 36 / 3)


def test_without_sources_the_distance_is_kid_of_any_of_the_outputs():
    draw = np.random.default_rng(0)
    outputs, references = draw.normal(size=(7, 5)), draw.normal(size=(9, 5)) + 0.3
    groups, theirs = list("aabcdef"), list("rrstuvwxy")
    found = SetDistance(outputs, references, groups, theirs)
    for rows in (np.arange(7), np.array([0, 2, 3, 6])):
        wanted = kid(torch.tensor(outputs[rows]), torch.tensor(references), [groups[r] for r in rows], None, theirs)
        assert found.of(rows) == pytest.approx(wanted, rel=1e-9)


def test_a_set_of_one_group_has_no_distance():
    assert np.isnan(SetDistance(column(0, 1), column(1, 2), ["a", "a"], ["r", "s"]).of(np.arange(2)))


@pytest.fixture
def draw():
    return np.random.default_rng(1)


def outputs(lost, features, contents=CONTENTS):
    return DomainOutputs(contents, np.full(len(contents), lost), features.astype(np.float32), ("",) * len(contents))


def pictures(draw, mean):
    return mean + 0.1 * draw.normal(size=(6, 8))


@pytest.fixture
def steps(draw):
    """From the contents, around 0, over half of the way to the domain, around 1."""
    return [outputs(t, pictures(draw, t)) for t in (0.0, 0.5, 1.0)]


@pytest.fixture
def curve(draw, steps):
    references = DomainReferences((1 + 0.1 * draw.normal(size=(12, 8))).astype(np.float32), tuple("abcdefghijkl"))
    return DomainCurve({"blend": steps}, references, GROUPS, WEIGHTS)


def test_a_step_of_the_curve_gains_nothing_with_any_content_left_out(curve, steps):
    rows = list(curve.gains(steps[1]))
    assert [row[0] for row in rows] == ["", *CONTENTS]
    assert [row[5] for row in rows] == [6, *[5] * 6]
    assert np.allclose([row[4] for row in rows], 0, atol=1e-12)


def test_the_gain_is_the_curve_at_the_content_lost_less_the_distance(curve, draw):
    made = outputs(0.25, pictures(draw, 1.0))
    _, lost, distance, least, gain, _ = next(iter(curve.gains(made)))
    (path,) = curve.points(set(CONTENTS))
    assert lost == pytest.approx(0.25)
    assert least == pytest.approx((path[0, 1] + path[1, 1]) / 2)  # half way between the first two steps
    assert gain == pytest.approx(least - distance)
    assert gain > 1


def test_pictures_of_the_domain_that_keep_nothing_gain_next_to_nothing(curve, draw):
    gain = next(iter(curve.gains(outputs(1.0, pictures(draw, 1.0)))))[4]
    assert abs(gain) < 0.1


def test_a_model_is_held_against_the_curve_over_its_own_contents(curve, draw):
    made = outputs(0.0, pictures(draw, 0.0)[:4], CONTENTS[:4])
    least = next(iter(curve.gains(made)))[3]
    assert least == pytest.approx(curve.points(set(CONTENTS[:4]))[0][0, 1])


def test_what_cannot_be_measured_is_nan(curve, draw):
    assert np.isnan(next(iter(curve.gains(outputs(np.nan, pictures(draw, 1.0)))))[4])


def test_content_is_weighed_by_how_far_it_is_from_others_and_more_than_all_of_it_is_not_kept(curve, draw):
    lost = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.7])
    made = DomainOutputs(CONTENTS, lost, pictures(draw, 1.0).astype(np.float32), ("",) * 6)
    assert next(iter(curve.gains(made)))[1] == pytest.approx(0.7 * 6 / 21)
    exaggerated = outputs(-0.4, pictures(draw, 1.0))
    assert next(iter(curve.gains(exaggerated)))[1] == pytest.approx(0.4)
