"""Structure distance of Splice (Tumanyan et al. 2022, arXiv:2201.00424), on keys already computed.

The self-similarity of an image is the cosine of the keys of every two tokens, the class token among them; the distance
is the mean squared difference of two self-similarities, as in the authors' `calculate_global_ssim_loss` (the paper
writes a Frobenius norm). PnPInversion's tables, which made the metric common, give the network images in [0, 255] where
it expects [0, 1]; their numbers are not comparable.
"""

import torch
from torch import Tensor

from stylegauge.metrics.shapes import require_same_maps

EPSILON = 1e-8


def structure(output: Tensor, content: Tensor) -> Tensor:
    """Structure distance of each image.

    output, content: [N, D, T, 1] keys of T tokens
    returns: [N] float64 in [0, 4]; symmetric, 0 for equal keys; ValueError for shapes that differ
    """
    require_same_maps(output, content)
    return torch.stack([(_self_similarity(a) - _self_similarity(b)).square().mean() for a, b in zip(output, content)])


def _self_similarity(keys: Tensor) -> Tensor:
    """[D, T, 1] to the [T, T] cosines between tokens."""
    tokens = keys.flatten(1).T.double()
    lengths = tokens.norm(dim=1)
    return tokens @ tokens.T / (lengths[:, None] * lengths).clamp(min=EPSILON)
