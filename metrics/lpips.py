"""Learned perceptual image patch similarity, version 0.1 (Zhang et al. 2018, eq. 1), on features already computed.

Each position's feature vector is scaled to length 1 (the epsilon outside the root, as in the `lpips` package; inside
it, features of scale 1e-4 score differently), squared differences are weighed by non-negative heads, averaged over
positions and summed over layers. Scaling the input is the backbone's affair. Symmetric; 0 for equal features.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from stylegauge.metrics.shapes import require_same_maps

EPSILON = 1e-10
BLOCK = 2**17  # values at a time: half a MiB
Maps = Mapping[str, Tensor]


def lpips(output: Maps, content: Maps, heads: Maps) -> Tensor:
    """Perceptual distance of each image.

    output, content: layer -> [N, C, H, W]
    heads: layer -> [C], at least 0; every layer named here is used
    returns: [N] float64, at least 0; KeyError for a missing layer, ValueError for shapes that differ
    """
    for tap in heads:
        require_same_maps(output[tap], content[tap])
    return lpips_against_units(output, {tap: unit(content[tap]) for tap in heads}, heads)


def lpips_against_units(output: Maps, content: Maps, heads: Maps) -> Tensor:
    """The same with what `unit` makes of the content's maps, as they are kept: layer -> [N, H * W, C]."""
    return torch.stack([lpips_of_layer(output[tap], content[tap], head) for tap, head in heads.items()]).sum(dim=0)


def unit(feature: Tensor) -> Tensor:
    """Each position's feature vector scaled to length 1: [N, C, H, W] to [N, H * W, C]."""
    return torch.cat([_scaled(rows) for rows in _blocks(feature)], dim=1)


def _scaled(rows: Tensor) -> Tensor:
    return rows / (torch.linalg.vector_norm(rows, dim=2, keepdim=True) + EPSILON)


def lpips_of_layer(output: Tensor, content: Tensor, head: Tensor) -> Tensor:
    """One layer's share.

    output: [N, C, H, W]; content: [N, H * W, C], what `unit` makes of its map; head: [C]
    returns: [N] float64; ValueError for shapes that differ
    """
    (n, channels, height, width), weights = output.shape, head.to(content)
    if content.shape != (n, height * width, channels):
        raise ValueError(f"features must be alike, found {tuple(output.shape)} and units {tuple(content.shape)}")
    total = torch.zeros(n, dtype=torch.float64, device=output.device)
    start = 0
    for rows in _blocks(output):
        difference = _scaled(rows).sub_(content[:, start : start + rows.shape[1]]).square_()
        # One position's few hundred terms are summed in float32, its many positions in float64: 1e-7 from all in
        # float64, and six times faster.
        total += (difference @ weights).sum(dim=1, dtype=torch.float64)
        start += rows.shape[1]
    return total / (height * width)


def _blocks(feature: Tensor) -> Iterator[Tensor]:
    """[N, C, H, W] as positions with their channels, [N, P, C] float32 (or float64), some at a time.

    What is made of them stays in cache.
    """
    rows = feature.permute(0, 2, 3, 1).flatten(1, 2)  # no copy of a map whose channels come last
    for block in rows.split(max(1, BLOCK // rows.shape[2]), dim=1):
        yield block.float() if block.dtype == torch.bfloat16 else block
