"""Deep image structure and texture similarity (Ding et al. 2020, arXiv:2004.07728), on maps already computed.

Of each channel two similarities, of means (texture) and of covariance (structure), both over the whole map; weighed by
the authors' alpha and beta, summed, and taken from 1. Texture that is shifted costs little.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from stylegauge.metrics.shapes import require_same_maps

EPSILON = 1e-6
Maps = Mapping[str, Tensor]


def dists(output: Maps, content: Maps, weights: Mapping[str, tuple[Tensor, Tensor]]) -> Tensor:
    """Distance of each image.

    output, content: layer -> [N, C, H, W], the image in [0, 1] among them
    weights: layer -> alpha [C], beta [C], of sum 1 over all layers; every layer named here is used
    returns: [N] float64; symmetric, 0 for equal maps; KeyError for a missing layer, ValueError for shapes that differ
    """
    return 1 - torch.stack([_layer(output[tap], content[tap], *each) for tap, each in weights.items()]).sum(dim=0)


def _layer(output: Tensor, content: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    require_same_maps(output, content)
    x, y = output.flatten(2).double(), content.flatten(2).double()
    mean_x, mean_y = x.mean(dim=2), y.mean(dim=2)
    x, y = x - mean_x[:, :, None], y - mean_y[:, :, None]
    texture = (2 * mean_x * mean_y + EPSILON) / (mean_x.square() + mean_y.square() + EPSILON)
    structure = (2 * (x * y).mean(dim=2) + EPSILON) / (x.square().mean(dim=2) + y.square().mean(dim=2) + EPSILON)
    return texture @ alpha.to(x) + structure @ beta.to(x)
