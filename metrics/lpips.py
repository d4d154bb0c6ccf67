"""Learned perceptual image patch similarity, version 0.1 (Zhang et al. 2018, eq. 1), on features already computed.

Each position's feature vector is scaled to length 1 (the epsilon outside the root, as in the `lpips` package; inside
it, features of scale 1e-4 score differently), squared differences are weighed by non-negative heads, averaged over
positions and summed over layers. Scaling the input is the backbone's affair. Symmetric; 0 for equal features.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from stylegauge.metrics.shapes import require_same_maps

EPSILON = 1e-10


def lpips(output: Mapping[str, Tensor], content: Mapping[str, Tensor], heads: Mapping[str, Tensor]) -> Tensor:
    """Perceptual distance of each image.

    output, content: layer -> [N, C, H, W]
    heads: layer -> [C], at least 0; every layer named here is used
    returns: [N] float64, at least 0; KeyError for a missing layer, ValueError for shapes that differ
    """
    for tap in heads:
        require_same_maps(output[tap], content[tap])
    return lpips_of_units({tap: unit(output[tap]) for tap in heads}, {tap: unit(content[tap]) for tap in heads}, heads)


def unit(feature: Tensor) -> Tensor:
    """Each position's feature vector scaled to length 1: [N, C, H, W] to [N, H * W, C]."""
    rows = feature.permute(0, 2, 3, 1).flatten(1, 2)  # no copy of a map whose channels come last
    return rows / (rows.square().sum(dim=2, keepdim=True).sqrt() + EPSILON)


def lpips_of_units(output: Mapping[str, Tensor], content: Mapping[str, Tensor], heads: Mapping[str, Tensor]) -> Tensor:
    """The same of what `unit` makes of the maps, as a content's are kept."""
    return torch.stack([_layer(output[tap], content[tap], head) for tap, head in heads.items()]).sum(dim=0)


def _layer(output: Tensor, content: Tensor, head: Tensor) -> Tensor:
    if output.shape != content.shape:
        raise ValueError(f"features of images of different sizes: {tuple(output.shape)} and {tuple(content.shape)}")
    # One position's few hundred terms are summed in float32, its many positions in float64: six times faster than all
    # in float64, and 1e-7 from it.
    positions = (output - content).square() @ head.to(output)
    return positions.mean(dim=1, dtype=torch.float64)
