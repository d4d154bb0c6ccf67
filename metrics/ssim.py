"""Structural similarity (Wang et al. 2004) on RGB, in the form that cannot exceed 1.

Gaussian window 11x11 with sigma 1.5, K1 = .01, K2 = .03, data range 1, population covariance, only positions whose
window lies inside the image, no downsampling; mean over positions, then over R, G and B. It equals scikit-image's
`structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=-1, data_range=1)`.
An image with nan in it scores nan.
"""

import torch
from torch import Tensor

from stylegauge.metrics.shapes import require_same_images

WINDOW = 11
SIGMA = 1.5
C1 = 0.01**2
C2 = 0.03**2

_CACHED_PIXELS = 2**16  # float64 maps of one 256x256 channel about fill a processor's cache


def ssim(output: Tensor, reference: Tensor) -> Tensor:
    """Structural similarity of each image.

    output, reference: [N, 3, H, W] in [0, 1], H and W at least 11
    returns: [N] float64 in [-1, 1], 1 where the two are equal; ValueError for other shapes
    """
    require_same_images(output, reference)
    if min(output.shape[-2:]) < WINDOW:
        raise ValueError(f"ssim needs images of at least {WINDOW}x{WINDOW}, found {tuple(output.shape[-2:])}")
    return similarity(output, reference)[0].mean(dim=1)


def similarity(output: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Mean over positions of luminance times structure, and of structure alone (Wang's contrast and structure).

    output, reference: [N, C, H, W] in [0, 1], H and W at least 11
    returns: two [N, C] float64 in [-1, 1]
    """
    x, y = output.flatten(0, 1), reference.flatten(0, 1)
    step = max(1, _CACHED_PIXELS // x[:1].numel()) if x.device.type == "cpu" else len(x)
    parts = [_similarity_of_planes(a, b) for a, b in zip(x.split(step), y.split(step))]
    both, structure = torch.cat(parts, dim=1).view(2, *output.shape[:2])
    return both, structure


def _similarity_of_planes(x: Tensor, y: Tensor) -> Tensor:
    """`similarity` of [P, H, W] planes: [2, P].

    With d = x - y and s = x + y both of Wang's factors are (S - D + 2C) / (S + D + 2C): D and S are the squared means
    of d and s for luminance, their variances for structure. It is his (2ab + C) / (a^2 + b^2 + C) without a covariance,
    exactly symmetric, and rounding cannot lift it above 1. In place where it can be: fresh memory costs more than sums.
    """
    # TRICKY: float32 would lose the variances of flat regions in E[x^2] - mu^2.
    x, y = x.double(), y.double()
    if x.requires_grad or y.requires_grad:
        return _differentiably(x, y)
    moments = x.new_empty(2, 2, *x.shape)  # of d and s: themselves, and their squares
    torch.sub(x, y, out=moments[0, 0])
    torch.add(x, y, out=moments[0, 1])
    torch.mul(moments[0], moments[0], out=moments[1])
    moments = _window_means(moments)
    moments[0].square_()
    moments[1].sub_(moments[0]).clamp_min_(0)
    difference, total = moments.unbind(1)
    total.add_(2 * moments.new_tensor([C1, C2]).view(2, 1, 1, 1))
    factors = (total - difference).div_(total.add_(difference))  # luminance and structure, [2, P, H - 10, W - 10]
    factors[0].mul_(factors[1])
    return factors.mean(dim=(2, 3))


def _differentiably(x: Tensor, y: Tensor) -> Tensor:
    """The same without writing over anything, which no gradient could pass."""
    both = torch.stack((x - y, x + y))  # d and s
    means, squares = _window_means(both), _window_means(both.square())
    luminance, structure = means.square(), (squares - means.square()).clamp_min(0)
    factors = [(s - d + 2 * c) / (s + 2 * c + d) for (d, s), c in ((luminance, C1), (structure, C2))]
    return torch.stack((factors[0] * factors[1], factors[1])).mean(dim=(2, 3))


def _window_means(values: Tensor) -> Tensor:
    """Gaussian mean of [..., H, W] over every whole window: [..., H - 10, W - 10]."""
    return _weighted_shifts(_weighted_shifts(values, dim=-1), dim=-2)


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
