"""The estimate equals the one computed by hand, has no bias, and pulls samples together."""

import math

import pytest
import torch

from stylegauge.baselines.training.mmd import CODE_BANDWIDTHS, kernel, squared_mmd


def test_kernel_is_a_sum_of_gaussians_of_the_distance():
    x, y = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0]])
    by_hand = math.exp(-25 / 2) + math.exp(-25 / 8)
    assert kernel(x, y, (1.0, 2.0)).item() == pytest.approx(by_hand, rel=1e-6)


def test_estimate_equals_the_one_computed_by_hand():
    x, y = torch.tensor([[0.0], [1.0]]).double(), torch.tensor([[0.0], [2.0], [2.0]]).double()
    k = {d: math.exp(-d * d / 2) for d in (0, 1, 2)}
    within_x, within_y = k[1], (2 * k[2] + k[0]) / 3  # without each point's own 1 on the diagonal
    across = (k[0] + 2 * k[2] + 3 * k[1]) / 6
    assert squared_mmd(x, y, (1.0,)).item() == pytest.approx(within_x + within_y - 2 * across, rel=1e-6)


def test_estimate_is_zero_on_average_for_samples_of_one_distribution():
    random = torch.Generator().manual_seed(0)
    estimates = torch.stack(
        [
            squared_mmd(torch.randn(8, 2, generator=random), torch.randn(8, 2, generator=random), CODE_BANDWIDTHS)
            for _ in range(400)
        ]
    )
    error = estimates.std() / 20
    assert estimates.mean().abs() < 3 * error  # the biased estimate would lie some 15 errors above 0
    assert estimates.min() < 0


def test_descent_moves_one_sample_onto_the_other():
    random = torch.Generator().manual_seed(0)
    target = torch.randn(32, 2, generator=random) + 3
    moved = torch.randn(32, 2, generator=random).requires_grad_()
    before = squared_mmd(moved, target, CODE_BANDWIDTHS).detach()
    optimiser = torch.optim.Adam([moved], 0.1)
    for _ in range(60):
        optimiser.zero_grad()
        squared_mmd(moved, target, CODE_BANDWIDTHS).backward()
        optimiser.step()
    assert squared_mmd(moved, target, CODE_BANDWIDTHS) < 0.1 * before


def test_gradient_is_finite_where_points_coincide():
    x = torch.zeros(3, 2, requires_grad=True)
    squared_mmd(x, torch.zeros(3, 2), CODE_BANDWIDTHS).backward()
    assert torch.isfinite(x.grad).all()


def test_one_point_is_no_sample():
    with pytest.raises(ValueError, match="at least 2 points a side, found 1 and 5"):
        squared_mmd(torch.zeros(1, 2), torch.zeros(5, 2), CODE_BANDWIDTHS)
