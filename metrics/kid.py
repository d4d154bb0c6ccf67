"""Kernel distance between outputs and references in a backbone's embedding (Binkowski et al. 2018).

The squared maximum mean discrepancy with kernel (x . y / D + 1)^3, unbiased, over all pairs: no random subsets, so no
draw from anybody's random state and no subset larger than the set. Outputs of a crossed design are not independent:
two that share a content or a style are alike, and the plain U-statistic counts that as distance. Pairs that share
either are left out, which makes the estimate unbiased again. Being unbiased it may be negative.
"""

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from stylegauge.metrics.moments import Array, as_features

Labels = Sequence[Hashable] | None


def kid(
    features: Array,
    reference: Array,
    content_ids: Labels = None,
    style_ids: Labels = None,
    reference_ids: Labels = None,
) -> float:
    """Squared kernel distance of two sets of embeddings, in float64.

    features, reference: [N, D] and [M, D]
    content_ids, style_ids: N labels each; pairs of outputs that share either are left out
    reference_ids: M labels; pairs of references that share one (made from the same photograph) are left out
    returns: about 0 for samples of one distribution, negative at times; symmetric where no labels are given;
        ValueError where no pair is left, for other shapes or values that are not finite
    """
    x, y = as_features(features), as_features(reference)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"features of different widths: {x.shape[1]} and {y.shape[1]}")
    within_outputs = _mean_over_pairs(x, "outputs", content_ids, style_ids)
    within_reference = _mean_over_pairs(y, "references", reference_ids)
    return float(within_outputs + within_reference - 2 * _kernel(x, y).mean())


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    return (x @ y.T / x.shape[1] + 1) ** 3


def _mean_over_pairs(x: Tensor, what: str, *labels: Labels) -> Tensor:
    """Mean kernel over the pairs of different rows that share no label."""
    apart = ~torch.eye(len(x), dtype=torch.bool)
    for given in labels:
        if given is not None:
            apart &= _differ(given, len(x))
    if not apart.any():
        raise ValueError(f"no two {what} of {len(x)} share neither a content nor a style")
    return _kernel(x, x)[apart].mean()


def _differ(labels: Sequence[Hashable], n: int) -> Tensor:
    if len(labels) != n:
        raise ValueError(f"{len(labels)} labels for {n} feature vectors")
    number = {label: index for index, label in enumerate(dict.fromkeys(labels))}
    codes = torch.tensor([number[label] for label in labels])
    return codes[:, None] != codes[None, :]
