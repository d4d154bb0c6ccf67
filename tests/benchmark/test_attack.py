"""An attack finds the closed form of a linear metric, keeps its bounds, and says when it only guessed."""

import pytest
import torch

from stylegauge.benchmark.attack import GRADIENT, PATTERNS, RADIUS, RANDOM, attack
from stylegauge.datasets.errors import UsageError

LEVEL = 1 / 255


@pytest.fixture
def grey():
    return torch.full((3, 8, 8), 128 / 255)


@pytest.fixture
def weights():
    return torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_a_linear_metric_moves_by_the_radius_times_the_sum_of_its_weights(grey, weights):
    found = attack(lambda images: (images * weights).sum(dim=(1, 2, 3)), grey, seed=0)
    assert found.how == GRADIENT
    assert found.end - found.start == pytest.approx(RADIUS * weights.abs().sum().item(), rel=1e-4)
    assert torch.allclose(found.picture, grey + RADIUS * weights.sign(), atol=1e-6)


def test_what_is_scored_is_a_picture_of_8_bits_within_two_levels(weights):
    output = (torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(1)) * 255).round() / 255
    found = attack(lambda images: ((images - 0.5) * weights).square().sum(dim=(1, 2, 3)), output, seed=0)
    levels = found.picture * 255
    assert torch.allclose(levels, levels.round(), atol=1e-3)
    assert (found.picture - output).abs().max() <= 2 * LEVEL + 1e-6
    assert found.picture.min() >= 0
    assert found.picture.max() <= 1
    assert found.end > found.start


def test_at_the_edge_of_the_range_only_the_inner_half_is_left():
    black = torch.zeros(3, 4, 4)
    brighter = attack(lambda images: images.sum(dim=(1, 2, 3)), black, seed=0)
    darker = attack(lambda images: -images.sum(dim=(1, 2, 3)), black, seed=0)
    assert brighter.end - brighter.start == pytest.approx(RADIUS * 48, rel=1e-5)
    assert darker.end == darker.start


def test_a_metric_without_a_slope_is_met_with_random_signs(grey):
    tried = []

    def stepped(images):
        tried.append(len(images))
        return (images * 255).round().sum(dim=(1, 2, 3)) / 255

    found = attack(stepped, grey, seed=3)
    assert found.how == RANDOM
    assert len(tried) == 1 + 1 + PATTERNS
    assert 0 < found.end - found.start < RADIUS * 192
    assert attack(stepped, grey, seed=3).end == found.end


@pytest.mark.parametrize("error", [RuntimeError, UsageError])
def test_a_metric_that_leaves_torch_is_met_with_random_signs(grey, error):
    def outside(images):
        if images.requires_grad:
            raise error("numpy knows no gradients")
        return images.sum(dim=(1, 2, 3))

    assert attack(outside, grey, seed=0).how == RANDOM


def test_a_constant_cannot_be_moved(grey):
    found = attack(lambda images: images.sum(dim=(1, 2, 3)) * 0 + 3, grey, seed=0)
    assert (found.start, found.end) == (3, 3)
    assert torch.equal(found.picture, grey)
