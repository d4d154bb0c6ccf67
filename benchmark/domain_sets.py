"""How far a set of outputs is from a domain, as a set, when some contents are left out.

The squared kernel distance of `metrics.kid` within one domain, with one thing more: an output that was made from a
reference picture (a blend) is not compared with that picture and its like.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stylegauge.metrics.vectors import Array

Floats = NDArray[np.float64]


class SetDistance:
    """The distance of N outputs to M references, and of any of the outputs.

    features, references: [N, D] and [M, D] embeddings
    groups: [N], of the outputs' contents; two outputs of one group are no independent draws and are left out
    reference_groups: [M], likewise
    sources: [N], the reference group that an output was made from, "" for none: its references are not compared with it
    """

    def __init__(
        self,
        features: Array,
        references: Array,
        groups: Sequence[str],
        reference_groups: Sequence[str],
        sources: Sequence[str] | None = None,
    ) -> None:
        own, theirs = np.asarray(groups), np.asarray(reference_groups)
        made_from = np.asarray(sources if sources is not None else [""] * len(own))
        self._apart = own[:, None] != own[None, :]
        self._apart &= (made_from[:, None] != made_from[None, :]) | (made_from == "")[None, :]
        self._within = kernel(features, features) * self._apart
        compared = made_from[:, None] != theirs[None, :]
        self._across = (kernel(features, references) * compared).sum(axis=1), compared.sum(axis=1)
        different = theirs[:, None] != theirs[None, :]
        self._references = _mean((kernel(references, references) * different).sum(), different.sum())

    def of(self, rows: NDArray[np.intp]) -> float:
        """Of these outputs; nan where no two of them, or of the references, are independent."""
        at = np.ix_(rows, rows)
        sums, counts = (each[rows].sum() for each in self._across)
        return _mean(self._within[at].sum(), self._apart[at].sum()) + self._references - 2 * _mean(sums, counts)


def kernel(x: Array, y: Array) -> Floats:
    """(x . y / D + 1)^3 of every two rows, in float64: the kernel of `metrics.kid`."""
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    made: Floats = (a @ b.T / a.shape[1] + 1) ** 3
    return made


def _mean(total: float, count: float) -> float:
    return float(total / count) if count else float("nan")
