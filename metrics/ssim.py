"""Structural similarity (Wang et al. 2004) on RGB, in the form that cannot exceed 1.

Gaussian window 11x11 with sigma 1.5, K1 = .01, K2 = .03, data range 1, population covariance, only positions whose
window lies inside the image, no downsampling; mean over positions, then over R, G and B. It equals scikit-image's
`structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=-1, data_range=1)`.
"""

import torch
from torch import Tensor

from stylegauge.metrics.shapes import require_same_images

WINDOW = 11
SIGMA = 1.5
C1 = 0.01**2
C2 = 0.03**2


def ssim(output: Tensor, reference: Tensor) -> Tensor:
    """Structural similarity of each image.

    output, reference: [N, 3, H, W] in [0, 1], H and W at least 11
    returns: [N] float64 in [-1, 1], 1 where the two are equal; ValueError for other shapes
    """
    require_same_images(output, reference)
    if min(output.shape[-2:]) < WINDOW:
        raise ValueError(f"ssim needs images of at least {WINDOW}x{WINDOW}, found {tuple(output.shape[-2:])}")
    # TRICKY: float32 would lose the variances of flat regions in E[x^2] - mu^2.
    x, y = output.double(), reference.double()
    mu_x, mu_y, squares, difference = (
        _window_mean(values) for values in (x, y, x.square() + y.square(), (x - y).square())
    )
    mu_difference, mu_squares = (mu_x - mu_y).square(), mu_x.square() + mu_y.square()
    # (2ab + C) / (a^2 + b^2 + C) written as 1 - (a - b)^2 / (a^2 + b^2 + C): the same number, but rounding cannot lift
    # it above 1. The second line does this with covariance and variances, var(x - y) being var x + var y - 2 cov.
    luminance = 1 - mu_difference / (mu_squares + C1)
    structure = 1 - (difference - mu_difference).clamp_min(0) / ((squares - mu_squares).clamp_min(0) + C2)
    return (luminance * structure).mean(dim=(1, 2, 3))


def _window_mean(values: Tensor) -> Tensor:
    """Gaussian mean of [N, C, H, W] over every whole window: [N, C, H - 10, W - 10]."""
    return _weighted_shifts(_weighted_shifts(values, dim=3), dim=2)


def _weighted_shifts(values: Tensor, dim: int) -> Tensor:
    """One direction of the window. Eleven shifted sums: ten times faster in float64 than a convolution."""
    weights = _gaussian()
    valid = values.shape[dim] - WINDOW + 1
    total = values.narrow(dim, 0, valid) * weights[0]
    for shift in range(1, WINDOW):
        total.add_(values.narrow(dim, shift, valid), alpha=weights[shift])
    return total


def _gaussian() -> list[float]:
    positions = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    weights = torch.exp(-positions.square() / (2 * SIGMA**2))
    return (weights / weights.sum()).tolist()
