"""The Frechet distance of the Gaussians fitted to two sets of features (Dowson and Landau 1982).

    |mu_1 - mu_2|^2 + tr S_1 + tr S_2 - 2 tr sqrt(S_1 S_2)

A covariance is S = F^T F for some F, and then tr sqrt(S_1 S_2) is the nuclear norm of F_1 F_2^T, and the sum of the
roots of the eigenvalues of F_1 S_2 F_1^T: a square root of a nearly singular product is never taken, which is where the
usual route through `sqrtm` returns noise, negative distances or nothing at all. For fewer vectors than dimensions F is
the centred features themselves, and singular values are the more exact; for more, eigenvalues are the faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stylegauge.metrics.moments import Moments
from stylegauge.metrics.vectors import Indices, TooFewError, Vectors, blocks, distinct, require_same_width, require_set

Kept = NDArray[np.bool_] | Sequence[bool] | None


@dataclass(frozen=True)
class Gaussian:
    """A mean [D] and a covariance S [D, D], by any F [r, D] with F^T F = S or by the moments it was fitted to.

    variance: tr S
    """

    mean: Tensor
    variance: float
    factor: Tensor | None
    moments: Moments | None

    @classmethod
    def of_moments(cls, moments: Moments) -> "Gaussian":
        """Fitted to at least two vectors, ddof 1, else TooFewError."""
        if moments.n < 2:
            raise TooFewError(f"a covariance needs at least 2 samples, found {moments.n}")
        return cls(moments.mean, float(moments.m2.trace()) / (moments.n - 1), None, moments)

    @cached_property
    def root(self) -> Tensor:
        """An F with F^T F = S; found once, since every refit asks for that of the whole reference."""
        if self.factor is not None:
            return self.factor
        assert self.moments is not None  # noqa: S101  one of both is there
        return _root(self.moments.m2) / (self.moments.n - 1) ** 0.5

    def seen_through(self, factor: Tensor) -> Tensor:
        """F S F^T [r, r] for F [r, D]; S itself is not formed, which would be one more matrix [D, D] in memory."""
        assert self.moments is not None  # noqa: S101
        return factor @ self.moments.m2 @ factor.T / (self.moments.n - 1)


def frechet(a: Vectors, b: Vectors) -> float:
    """Frechet distance of two sets of features, ddof 1.

    a, b: [N, D] and [M, D], N and M at least 2
    returns: at least 0, 0 for a set with itself; ValueError for other shapes or values that are not finite
    """
    return FrechetRefits(a, b).distance()


def frechet_of_moments(a: Moments, b: Moments) -> float:
    """Frechet distance of two Gaussians of which only the moments were kept.

    returns: as `frechet`, but for fewer samples than dimensions only to about 1e-6 of the variances
    """
    if len(a.mean) != len(b.mean):
        raise ValueError(f"features of different widths: {len(a.mean)} and {len(b.mean)}")
    return distance(Gaussian.of_moments(a), Gaussian.of_moments(b))


def distance(a: Gaussian, b: Gaussian) -> float:
    """Frechet distance of two Gaussians of one width."""
    if a.factor is not None and b.factor is not None:
        overlap = torch.linalg.svdvals(a.factor @ b.factor.T).sum()
    else:
        product = a.seen_through(b.root) if a.factor is None else b.seen_through(a.factor)
        overlap = torch.linalg.eigvalsh(product).clamp_min(0).sqrt().sum()
    return _total((a.mean - b.mean).square().sum(), a.variance + b.variance, overlap)


class FrechetRefits:
    """The Frechet distance of two sets, and that of the sets without some of their rows, for a jackknife.

    Equal vectors are held once, with a count: styles repeated over 800 pairs cost what the 40 styles cost. Sets of no
    more different vectors than dimensions are held in memory, and their products are computed once. Of larger sets only
    the moments are held: one without some rows is the whole less those rows, which are read again.

    features, reference: [N, D] and [M, D]
    raises: TooFewError below 2 rows, NotFiniteError, ValueError for widths that differ
    """

    def __init__(self, features: Vectors, reference: Vectors) -> None:
        require_set(features)
        require_set(reference)
        require_same_width(features, reference)
        width = features.shape[1]
        self._sets = (features, reference)
        self._found = (distinct(features), distinct(reference))
        small = [len(first) <= width for first, _ in self._found]
        self._sides: Final = [
            _Small(each, *found) if is_small else _Large(each)
            for each, found, is_small in zip(self._sets, self._found, small)
        ]
        self._cross: Tensor | None = None
        if all(small):
            a, b = self._sides
            assert isinstance(a, _Small) and isinstance(b, _Small)  # noqa: S101, PT018
            shift = a.vectors.mean(dim=0)
            self._cross = (a.vectors - shift) @ (b.vectors - shift).T

    @property
    def distinct(self) -> int:
        """How many different vectors the set with fewer of them has."""
        return min(len(first) for first, _ in self._found)

    def distance(self, kept: Kept = None, reference_kept: Kept = None) -> float:
        """The distance of the rows kept, [N] and [M] booleans; None keeps all."""
        a, b = self._sides
        if self._cross is None or not isinstance(a, _Small) or not isinstance(b, _Small):
            return distance(a.gaussian(kept), b.gaussian(reference_kept))
        weights, reference_weights = a.weights(kept), b.weights(reference_kept)
        mean, reference_mean = a.mean(weights), b.mean(reference_weights)
        variance = a.variance(weights, mean) + b.variance(reference_weights, reference_mean)
        product = _centred(_centred(self._cross, weights).T, reference_weights)
        return _total((mean - reference_mean).square().sum(), variance, torch.linalg.svdvals(product).sum())


class _Small:
    """A set held by its different vectors [K, D] and how often each is there."""

    def __init__(self, features: Vectors, first: Indices, of_row: Indices) -> None:
        self.vectors = torch.cat(list(blocks(features, first)))
        self._of_row = of_row

    def weights(self, kept: Kept) -> Tensor:
        """[K]: how often each vector is among the rows kept; TooFewError below two rows."""
        of_row = self._of_row if kept is None else self._of_row[np.asarray(kept, dtype=bool)]
        if len(of_row) < 2:
            raise TooFewError(f"at least 2 pictures are needed, found {len(of_row)}")
        return torch.from_numpy(np.bincount(of_row, minlength=len(self.vectors)).astype(np.float64))

    def mean(self, weights: Tensor) -> Tensor:
        return weights @ self.vectors / weights.sum()

    def variance(self, weights: Tensor, mean: Tensor) -> float:
        return float(weights @ (self.vectors - mean).square().sum(dim=1) / (weights.sum() - 1))

    def gaussian(self, kept: Kept) -> Gaussian:
        weights = self.weights(kept)
        mean = self.mean(weights)
        return Gaussian(mean, self.variance(weights, mean), _centred(self.vectors, weights), None)


class _Large:
    """A set held by its moments."""

    def __init__(self, features: Vectors) -> None:
        self._features = features
        self._moments = Moments.of_blocks(blocks(features))
        self._whole: Gaussian | None = None

    def gaussian(self, kept: Kept) -> Gaussian:
        mask = np.ones(self._moments.n, dtype=bool) if kept is None else np.asarray(kept, dtype=bool)
        if mask.all():
            if self._whole is None:
                self._whole = Gaussian.of_moments(self._moments)
            return self._whole
        rows, left_out = np.flatnonzero(mask), np.flatnonzero(~mask)
        if len(rows) < 2:
            raise TooFewError(f"at least 2 pictures are needed, found {len(rows)}")
        if len(rows) <= len(self._moments.mean):
            vectors = torch.cat(list(blocks(self._features, rows)))
            return _Small(vectors, *distinct(vectors)).gaussian(None)
        if len(rows) < len(left_out):
            return Gaussian.of_moments(Moments.of_blocks(blocks(self._features, rows)))
        return Gaussian.of_moments(self._moments.without(Moments.of_blocks(blocks(self._features, left_out))))


def _centred(vectors: Tensor, weights: Tensor) -> Tensor:
    """F [k - 1, D] with F^T F the covariance, ddof 1, of vectors that are there as often as `weights` [K] says.

    Centred rows add up to 0, so a reflection that gathers their sum in the first row leaves nothing in it: without
    that row the factor has full rank, and its products have no eigenvalues that are rounding alone.
    """
    there = weights > 0
    x, w = vectors[there], weights[there]
    n = w.sum()
    rows = w.sqrt()[:, None] * (x - w @ x / n)
    axis = (w / n).sqrt()
    axis[0] += 1  # a Householder vector: the reflection takes the unit vector sqrt(w / n) to minus the first axis
    rows = rows - torch.outer(axis, axis @ rows * (2 / axis.square().sum()))
    return rows[1:] / (n - 1).sqrt()


def _root(covariance: Tensor) -> Tensor:
    """F [r, D] with F^T F the covariance: triangular, or from eigenvectors where that one is singular."""
    alive = covariance.diagonal() > 0  # a channel that is never active is no reason to take the slow way
    triangle, failed = torch.linalg.cholesky_ex(covariance[alive][:, alive])
    if not failed:
        root = covariance.new_zeros(len(triangle), len(covariance))
        root[:, alive] = triangle.T
        return root
    values, vectors = torch.linalg.eigh(covariance)
    # Eigenvalues below the rounding error of the greatest are noise and count as 0.
    there = values > len(values) * torch.finfo(values.dtype).eps * values[-1].clamp_min(0)
    return values[there].sqrt()[:, None] * vectors[:, there].T


def _total(means: Tensor, variance: float, overlap: Tensor) -> float:
    return max(float(means + variance - 2 * overlap), 0.0)  # rounding alone can take it below 0
