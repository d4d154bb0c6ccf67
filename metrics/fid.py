"""Frechet distance between outputs and references in a backbone's embedding (Heusel et al. 2017).

At small n it is mostly bias and falls as n grows, so two values compare only at equal n; `kid` stands beside it, and a
note says when n is below the embedding's width. With the embedded backbone it is not the published FID.
"""

from stylegauge.metrics.frechet import frechet
from stylegauge.metrics.vectors import Vectors


def fid(features: Vectors, reference: Vectors) -> float:
    """Frechet distance of two sets of embeddings, ddof 1, in float64.

    features, reference: [N, D] and [M, D], N and M at least 2
    returns: at least 0, 0 for a set with itself; symmetric; TooFewError below 2 pictures, ValueError for other shapes
        or values that are not finite
    """
    return frechet(features, reference)
