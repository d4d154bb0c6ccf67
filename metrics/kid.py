"""Kernel distance between outputs and references in a backbone's embedding (Binkowski et al. 2018).

The squared maximum mean discrepancy with kernel (x . y / D + 1)^3, unbiased, over all pairs: no random subsets, so no
draw from anybody's random state and no subset larger than the set. Being unbiased it may be negative.

Outputs of a crossed design are not independent: two that share a content or a style are alike, and the plain
U-statistic counts that as distance. Pairs that share either are left out. Leaving them out thins the pairs within a
domain of styles more than those across domains, which would again be bias; so where domains are named, every pair of
domains is averaged by itself and weighs as the outputs' own mix of domains says, in outputs and references alike.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stylegauge.metrics.vectors import (
    BLOCK,
    Indices,
    TooFewError,
    Vectors,
    blocks,
    require_same_width,
    require_set,
)

Labels = Sequence[Hashable] | None


def kid(
    features: Vectors,
    reference: Vectors,
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
    return KernelRefits(
        features,
        reference,
        content_ids,
        style_ids,
        reference_ids,
        domains=domains,
        reference_domains=reference_domains,
    ).distance()


class KernelRefits:
    """The kernel distance of two sets, and exactly that of the sets without some of the outputs, for a jackknife.

    What is kept is the sum of every output's kernels over each domain. Without some outputs, their own sums go, and
    theirs in everybody else's; only the kernels among those left out are computed again. A block of kernels at a time
    is in memory.

    arguments, raises: as for `kid`; TooFewError for a lack of independent pairs comes with `distance`
    """

    def __init__(
        self,
        features: Vectors,
        reference: Vectors,
        content_ids: Labels = None,
        style_ids: Labels = None,
        reference_ids: Labels = None,
        *,
        domains: Labels = None,
        reference_domains: Labels = None,
    ) -> None:
        require_set(features)
        require_set(reference)
        require_same_width(features, reference)
        (n, _), m = features.shape, reference.shape[0]
        self._features, self._labels = features, _codes_of(n, content_ids, style_ids)
        self._of_domain, self._reference_of_domain = _domains(domains, n, reference_domains, m)
        self._within = _sums_within(features, np.arange(n), self._labels, self._of_domain)
        self._across = _sums_across(features, reference, self._reference_of_domain)
        references = _sums_within(reference, np.arange(m), _codes_of(m, reference_ids), self._reference_of_domain)
        self._references = references.by_domain(self._reference_of_domain)

    def distance(self, kept: NDArray[np.bool_] | Sequence[bool] | None = None) -> float:
        """The distance of the outputs kept, [N] booleans, None for all; domains that lost all outputs do not count."""
        n = len(self._of_domain)
        mask = np.ones(n, dtype=bool) if kept is None else np.asarray(kept, dtype=bool)
        rows, left_out = np.flatnonzero(mask), np.flatnonzero(~mask)
        if len(rows) < 2:
            raise TooFewError(f"at least 2 pictures are needed, found {len(rows)}")
        share = self._of_domain[rows].mean(dim=0)
        outputs = f"outputs of {len(rows)} share neither a content nor a style"
        references = f"references of {int(self._reference_of_domain.sum())} come from different pictures"
        return (
            _mean(self._within_kept(rows, left_out), share, outputs)
            + _mean(self._references, share, references)
            - 2 * _mean(self._across.at(rows).by_domain(self._of_domain[rows]), share, "pictures")
        )

    def _within_kept(self, rows: Indices, left_out: Indices) -> "Sums":
        kept = self._within.at(rows).by_domain(self._of_domain[rows])
        if not len(left_out):
            return kept
        # Pairs of one kept and one left out: all pairs of the latter, less those among themselves.
        theirs = self._within.at(left_out).by_domain(self._of_domain[left_out])
        own = _sums_within(self._features, left_out, self._labels, self._of_domain)
        among = own.by_domain(self._of_domain[left_out])
        return Sums(*(a - (b - c).T for a, b, c in zip(kept, theirs, among)))


@dataclass(frozen=True)
class Sums:
    """Sums of kernels, and how many went in: [K, G] of K pictures or domains with the pictures of G domains."""

    kernels: Tensor
    counts: Tensor

    def __iter__(self) -> Iterator[Tensor]:
        return iter((self.kernels, self.counts))

    def at(self, rows: Indices) -> "Sums":
        """Of some pictures."""
        return Sums(self.kernels[rows], self.counts[rows])

    def by_domain(self, of_domain: Tensor) -> "Sums":
        """[G, G], from those of pictures and the domain of each."""
        return Sums(of_domain.T @ self.kernels, of_domain.T @ self.counts)


def _mean(sums: Sums, share: Tensor, what: str) -> float:
    there = share > 0
    counts = sums.counts[there][:, there]
    if not counts.all():
        raise TooFewError(f"no two {what}" + (" of some pair of domains" if len(counts) > 1 else ""))
    return float(share[there] @ (sums.kernels[there][:, there] / counts) @ share[there])


def _sums_within(features: Vectors, rows: Indices, labels: Sequence[Tensor], of_domain: Tensor) -> Sums:
    """[K, G]: the kernels of each of the rows with those others of them that share no label with it."""

    def allowed(a: Indices, b: Indices) -> Tensor:
        apart = torch.from_numpy(a)[:, None] != torch.from_numpy(b)[None, :]
        for codes in labels:
            apart &= codes[a][:, None] != codes[b][None, :]
        return apart

    sums = Sums(*(torch.zeros(len(rows), of_domain.shape[1], dtype=torch.float64) for _ in range(2)))
    cuts = [slice(start, start + BLOCK) for start in range(0, len(rows), BLOCK)]
    for i, (a, x) in enumerate(zip(cuts, blocks(features, rows))):
        for b, y in zip(cuts[i:], blocks(features, rows[i * BLOCK :])):
            kernel, pairs = _kernel(x, y), allowed(rows[a], rows[b]).double()
            kernel *= pairs
            _add(sums, a, kernel, pairs, of_domain[rows[b]])
            if a != b:  # the kernel is symmetric
                _add(sums, b, kernel.T, pairs.T, of_domain[rows[a]])
    return sums


def _sums_across(features: Vectors, reference: Vectors, reference_of_domain: Tensor) -> Sums:
    """[N, G]: the kernels of each output with all references."""
    (n, _), groups = features.shape, reference_of_domain.shape[1]
    counts = reference_of_domain.sum(dim=0).expand(n, groups)
    kernels = [
        sum(
            (_kernel(x, y) @ reference_of_domain[j * BLOCK : (j + 1) * BLOCK] for j, y in enumerate(blocks(reference))),
            torch.zeros(len(x), groups, dtype=torch.float64),
        )
        for x in blocks(features)
    ]
    return Sums(torch.cat(kernels), counts)


def _add(sums: Sums, rows: slice, kernel: Tensor, pairs: Tensor, of_domain: Tensor) -> None:
    sums.kernels[rows] += kernel @ of_domain
    sums.counts[rows] += pairs @ of_domain


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    base = (x @ y.T).div_(x.shape[1]).add_(1)
    return base.square().mul_(base)


def _codes_of(n: int, *labels: Labels) -> list[Tensor]:
    return [_codes(given, n) for given in labels if given is not None]


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
