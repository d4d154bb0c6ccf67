"""Maximum mean discrepancy: how far apart two samples are by a kernel, without any critic that scores.

Gretton et al. 2012, "A Kernel Two-Sample Test" (JMLR 13), lemma 6: the unbiased estimator. The kernel is a sum of
Gaussians, k(x, y) = sum_q exp(-|x - y|^2 / (2 sigma_q^2)), so that no one bandwidth must fit: Li, Swersky and Zemel
2015, "Generative Moment Matching Networks", arXiv:1502.02761, section 3; Li, Chang et al. 2017, "MMD GAN",
arXiv:1705.08584, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

# The reference implementations' own: yujiali/gmmn for pixels, OctoberChang/MMD-GAN (mmd_gan.py) for learned codes.
PIXEL_BANDWIDTHS = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
CODE_BANDWIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)


def squared_mmd(x: Tensor, y: Tensor, bandwidths: Sequence[float]) -> Tensor:
    """The unbiased estimate of MMD^2, a scalar; below 0 where the samples are closer than chance.

    x, y: [M, D] and [N, D], two of each at least (ValueError); bandwidths: the sigmas of the mixture
    """
    if min(len(x), len(y)) < 2:
        raise ValueError(f"mmd needs at least 2 points a side, found {len(x)} and {len(y)}")
    within = _mean_of_others(kernel(x, x, bandwidths)) + _mean_of_others(kernel(y, y, bandwidths))
    return within - 2 * kernel(x, y, bandwidths).mean()


def kernel(x: Tensor, y: Tensor, bandwidths: Sequence[float]) -> Tensor:
    """[M, N] sums of Gaussians of the distances between rows of x [M, D] and y [N, D]."""
    # TRICKY: by default cdist makes |x|^2 + |y|^2 - 2 xy of it, which loses small distances between long vectors.
    squares = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").square()
    return torch.stack([torch.exp(-squares / (2 * sigma**2)) for sigma in bandwidths]).sum(dim=0)


def _mean_of_others(matrix: Tensor) -> Tensor:
    """Mean of a kernel matrix [M, M] without its diagonal: leaving out each point with itself unbiases the estimate."""
    n = len(matrix)
    return (matrix.sum() - matrix.diagonal().sum()) / (n * (n - 1))
