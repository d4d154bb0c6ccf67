"""CMMD between outputs and references (Jayasumana et al. 2024, arXiv:2401.09603), on unit CLIP embeddings.

    1000 * (mean k(x, x') + mean k(y, y') - 2 mean k(x, y)),   k(a, b) = exp(-|a - b|^2 / (2 * 10^2))

As the authors' code: the means are over all pairs, each picture with itself among them (the biased estimator), so the
value is never negative, and for few pictures too high by about 1000 (1 - mean k) (1/N + 1/M). Values compare only at
equal N and M; outputs that share a content or a style are not left out, as `kid` does.
"""

import torch
from torch import Tensor

from stylegauge.metrics.vectors import Vectors, as_features

SIGMA, SCALE = 10.0, 1000.0


def cmmd(features: Vectors, reference: Vectors) -> float:
    """Squared kernel distance of two sets of embeddings, times 1000, in float64.

    features, reference: [N, D] and [M, D], rows of unit length
    returns: at least 0, 0 for a set with itself; symmetric; ValueError for other shapes or values that are not finite,
        and for rows of another length
    """
    x, y = as_features(features, least=1), as_features(reference, least=1)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"features of different widths: {x.shape[1]} and {y.shape[1]}")
    for each in (x, y):
        if not torch.allclose(each.norm(dim=1), each.new_ones(()), atol=1e-2):
            raise ValueError("embeddings must be of unit length: CMMD's bandwidth is made for those")
    # 1 - k keeps the digits: on the unit sphere k is above 0.98.
    return SCALE * float(2 * _gap(x, y).mean() - _gap(x, x).mean() - _gap(y, y).mean())


def _gap(x: Tensor, y: Tensor) -> Tensor:
    """1 - k of every row of x with every row of y: [N, M]."""
    squares = x.square().sum(dim=1)[:, None] + y.square().sum(dim=1) - 2 * x @ y.T
    return -torch.expm1(-squares / (2 * SIGMA**2))
