"""Kernel distance between outputs and references in a backbone's embedding (Binkowski et al. 2018).

The squared maximum mean discrepancy with kernel (x . y / D + 1)^3, unbiased, over all pairs: no random subsets, so no
draw from anybody's random state and no subset larger than the set. Being unbiased it may be negative.

Outputs of a crossed design are not independent: two that share a content or a style are alike, and the plain
U-statistic counts that as distance. Pairs that share either are left out. Leaving them out thins the pairs within a
domain of styles more than those across domains, which would again be bias; so where domains are named, every pair of
domains is averaged by itself and weighs as the outputs' own mix of domains says, in outputs and references alike.
"""

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from stylegauge.metrics.moments import Array, TooFewError, as_features

Labels = Sequence[Hashable] | None


def kid(
    features: Array,
    reference: Array,
    content_ids: Labels = None,
    style_ids: Labels = None,
    reference_ids: Labels = None,
    *,
    domains: Labels = None,
    reference_domains: Labels = None,
) -> float:
    """Squared kernel distance of two sets of embeddings, in float64.

    features, reference: [N, D] and [M, D]
    content_ids, style_ids: N labels each; pairs of outputs that share either are left out
    reference_ids: M labels; pairs of references that share one (made from the same photograph) are left out
    domains, reference_domains: N and M labels, both or neither; references of domains without an output are left out
    returns: about 0 for samples of one distribution, negative at times; symmetric where no labels are given;
        TooFewError where a pair of domains has no pair left, ValueError for other shapes or values that are not finite
    """
    x, y = as_features(features), as_features(reference)
    if x.shape[1] != y.shape[1]:
        raise ValueError(f"features of different widths: {x.shape[1]} and {y.shape[1]}")
    in_domain, reference_in_domain = _domains(domains, len(x), reference_domains, len(y))
    mix = in_domain.mean(dim=0)

    def mean(kernel: Tensor, allowed: Tensor, rows: Tensor, columns: Tensor, what: str) -> float:
        counts = rows.T @ allowed.double() @ columns
        if not counts.all():
            raise TooFewError(f"no two {what}" + (" of some pair of domains" if len(mix) > 1 else ""))
        return float(mix @ (rows.T @ (kernel * allowed) @ columns / counts) @ mix)

    outputs = f"outputs of {len(x)} share neither a content nor a style"
    references = f"references of {len(y)} come from different pictures"
    apart, reference_apart = _apart(len(x), content_ids, style_ids), _apart(len(y), reference_ids)
    across = _kernel(x, y)
    return (
        mean(_kernel(x, x), apart, in_domain, in_domain, outputs)
        + mean(_kernel(y, y), reference_apart, reference_in_domain, reference_in_domain, references)
        - 2 * mean(across, torch.ones_like(across), in_domain, reference_in_domain, "pictures")
    )


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    return (x @ y.T / x.shape[1] + 1) ** 3


def _apart(n: int, *labels: Labels) -> Tensor:
    """[n, n]: whether two different rows share no label."""
    apart = ~torch.eye(n, dtype=torch.bool)
    for given in labels:
        if given is not None:
            codes = _codes(given, n)
            apart &= codes[:, None] != codes[None, :]
    return apart


def _domains(domains: Labels, n: int, reference_domains: Labels, m: int) -> tuple[Tensor, Tensor]:
    """[n, G] and [m, G], 1 where a row is of a domain, for the G domains of the outputs; one domain without labels."""
    if domains is None and reference_domains is None:
        return torch.ones(n, 1, dtype=torch.float64), torch.ones(m, 1, dtype=torch.float64)
    if domains is None or reference_domains is None or (len(domains), len(reference_domains)) != (n, m):
        raise ValueError(f"domains must be named for all {n} outputs and all {m} references, or for none")
    codes = _codes([*domains, *reference_domains], n + m)
    known = codes[:n].unique()
    one_hot = (codes[:, None] == known[None, :]).double()
    return one_hot[:n], one_hot[n:]


def _codes(labels: Sequence[Hashable], n: int) -> Tensor:
    if len(labels) != n:
        raise ValueError(f"{len(labels)} labels for {n} feature vectors")
    number = {label: index for index, label in enumerate(dict.fromkeys(labels))}
    return torch.tensor([number[label] for label in labels])
