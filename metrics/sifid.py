"""Frechet distance of two single images: positions of the one's feature map against the other's (Shaham et al. 2019).

Over the output of the Inception's first max-pool: 64 channels, each position one sample, covariances with ddof 1.
SinGAN's own program has the same distance on another network (torchvision's Inception) and layer (192 channels, before
the second max-pool), so its numbers are not ours. Symmetric; images of different sizes compare.
"""

import torch
from torch import Tensor

LAYER = "pool1"


def positions_gaussian(feature: Tensor) -> Tensor:
    """The Gaussian of an image's positions: its mean, and below it a factor F with F^T F the covariance.

    A factor and not the covariance, because its product with another one's needs no matrix square root and keeps the
    small variances.

    feature: [N, C, H, W], H * W at least 2
    returns: [N, 1 + C, C] float64, nan where a feature is nan or inf; ValueError for other shapes
    """
    if feature.ndim != 4 or feature.shape[2] * feature.shape[3] < 2:
        raise ValueError(f"features must be [N, C, H, W] with at least 2 positions, found {tuple(feature.shape)}")
    rows = feature.flatten(2).transpose(1, 2).double()  # [N, P, C]
    images, positions, channels = rows.shape
    mean = rows.mean(dim=1, keepdim=True)
    centred = (rows - mean) / (positions - 1) ** 0.5
    finite = torch.isfinite(mean).all(dim=2, keepdim=True)  # LAPACK would stop at one bad image of a batch
    factor = torch.linalg.qr(torch.where(finite, centred, 0), mode="r").R  # [N, min(P, C), C]
    missing = factor.new_zeros(images, channels - factor.shape[1], channels)
    return torch.where(finite, torch.cat([mean, factor, missing], dim=1), torch.nan)


def sifid(output: Tensor, style: Tensor) -> Tensor:
    """Frechet distance of each pair of images.

    output, style: [N, 1 + C, C] from `positions_gaussian`
    returns: [N] float64, at least 0, 0 to 1e-9 for equal images, nan where one of the two is nan; ValueError where the
        shapes differ
    """
    if output.ndim != 3 or output.shape != style.shape or output.shape[1] != output.shape[2] + 1:
        raise ValueError(
            f"Gaussians must both be [N, 1 + C, C] and alike, found {tuple(output.shape)} and {tuple(style.shape)}"
        )
    a, b = output.double(), style.double()
    shift = (a[:, 0] - b[:, 0]).square().sum(dim=1)
    factor_a, factor_b = a[:, 1:], b[:, 1:]
    variances = (factor_a.square() + factor_b.square()).sum(dim=(1, 2))
    finite = torch.isfinite(shift + variances)
    products = torch.where(finite[:, None, None], factor_a @ factor_b.transpose(1, 2), 0)
    overlap = torch.linalg.svdvals(products).sum(dim=1)  # tr sqrt(S_a S_b) is the nuclear norm of F_a F_b^T
    distance = (shift + variances - 2 * overlap).clamp_min(0)  # rounding alone can take it below 0
    return torch.where(finite, distance, torch.nan)
