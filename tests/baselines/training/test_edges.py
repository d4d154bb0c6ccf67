"""Edges are smoothed where Canny finds them, and nothing else changes."""

import pytest
import torch

from stylegauge.baselines.training.edges import edge_smoothed


def halves(size: int = 32) -> torch.Tensor:
    """Dark left, light right: one edge, between the two middle columns."""
    image = torch.full((1, 3, size, size), 0.1)
    image[..., size // 2 :] = 0.9
    return image


def test_an_edge_is_smoothed_and_what_lies_apart_from_it_stays():
    image = halves()
    smoothed = edge_smoothed(image)
    steps = smoothed[0, 0, 16].diff().abs()
    assert steps.max() < 0.4  # of 0.8 at the edge itself
    assert torch.equal(smoothed[..., :12], image[..., :12])
    assert torch.equal(smoothed[..., 20:], image[..., 20:])


def test_the_smoothing_is_the_gaussian_of_five_pixels_by_hand():
    weights = torch.exp(-torch.arange(-2.0, 3).square() / (2 * 1.1**2))
    weights /= weights.sum()
    lighter = weights[3:].sum()  # two pixels of five are beyond the edge, seen from the last dark column
    assert edge_smoothed(halves())[0, 0, 16, 15] == pytest.approx((0.1 + 0.8 * lighter).item(), abs=1e-5)


def test_a_picture_without_edges_stays_as_it_is():
    flat = torch.full((2, 3, 32, 32), 0.4)
    assert torch.equal(edge_smoothed(flat), flat)


def test_each_picture_is_smoothed_by_itself():
    images = torch.cat((halves(), torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))))
    assert torch.equal(edge_smoothed(images)[:1], edge_smoothed(images[:1]))
