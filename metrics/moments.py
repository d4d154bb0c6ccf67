"""Float64 moments that merge in any order, and the Frechet distance of two Gaussians (Dowson and Landau 1982).

    |mu_1 - mu_2|^2 + tr S_1 + tr S_2 - 2 tr sqrt(S_1 S_2)

A covariance is S = F^T F for some F, and then tr sqrt(S_1 S_2) is the nuclear norm of F_1 F_2^T: no square root of a
nearly singular product is ever taken, which is where the usual route through `sqrtm` returns noise, negative distances
or nothing at all. For fewer samples than dimensions F is the centred features themselves (low rank, fast, the more
exact); for more, their triangular factor; where only moments were kept, the square root of S from its eigenvectors.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

Array = Tensor | np.ndarray


class TooFewError(ValueError):
    """The sets are what they should be, but hold too few pictures, or too few independent ones, for the metric."""


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of feature vectors.

    n: how many; mean: [D]; m2: [D, D], the sum of (x - mean)(x - mean)^T; float64
    """

    n: int
    mean: Tensor
    m2: Tensor

    @classmethod
    def of(cls, features: Array) -> "Moments":
        """Moments of [N, D] features, N at least 1."""
        x = as_features(features, least=1)
        mean = x.mean(dim=0)
        return cls(len(x), mean, (x - mean).T @ (x - mean))

    def merge(self, other: "Moments") -> "Moments":
        """Moments of both samples together (Chan et al. 1979): the order changes the last digits alone."""
        n = self.n + other.n
        shift = other.mean - self.mean
        m2 = self.m2 + other.m2 + torch.outer(shift, shift) * (self.n * other.n / n)
        return Moments(n, self.mean + shift * (other.n / n), m2)

    def mean_and_covariance(self) -> tuple[Tensor, Tensor]:
        """[D] and [D, D], ddof 1; TooFewError below two samples."""
        if self.n < 2:
            raise TooFewError(f"a covariance needs at least 2 samples, found {self.n}")
        return self.mean, self.m2 / (self.n - 1)


def frechet(a: Array, b: Array) -> float:
    """Frechet distance of the Gaussians fitted to two sets of features, ddof 1.

    a, b: [N, D] and [M, D], N and M at least 2
    returns: at least 0, 0 for a set with itself; ValueError for other shapes or values that are not finite
    """
    x, y = as_features(a), as_features(b)
    _require_same_width(x.shape[1], y.shape[1])
    return _distance(x.mean(dim=0), _factor(x), y.mean(dim=0), _factor(y))


def frechet_of_moments(a: Moments, b: Moments) -> float:
    """Frechet distance of two Gaussians of which only the moments were kept.

    returns: as `frechet`, but for fewer samples than dimensions only to about 1e-6 of the variances
    """
    _require_same_width(len(a.mean), len(b.mean))
    (mean_a, covariance_a), (mean_b, covariance_b) = a.mean_and_covariance(), b.mean_and_covariance()
    return _distance(mean_a, _root(covariance_a), mean_b, _root(covariance_b))


def as_features(features: Array, least: int = 2) -> Tensor:
    """[N, D] float64 on the CPU; TooFewError below `least` rows, ValueError for another shape or values not finite."""
    x = torch.as_tensor(features).detach().to("cpu", torch.float64)
    if x.ndim != 2:
        raise ValueError(f"features must be [N, D], found {tuple(x.shape)}")
    if len(x) < least:
        raise TooFewError(f"at least {least} pictures are needed, found {len(x)}")
    if not torch.isfinite(x).all():
        raise ValueError("features must be finite, found nan or inf")
    return x


def _distance(mean_a: Tensor, factor_a: Tensor, mean_b: Tensor, factor_b: Tensor) -> float:
    overlap = torch.linalg.svdvals(factor_a @ factor_b.T).sum()
    distance = (mean_a - mean_b).square().sum() + factor_a.square().sum() + factor_b.square().sum() - 2 * overlap
    return max(float(distance), 0.0)  # rounding alone can take it below 0


def _factor(features: Tensor) -> Tensor:
    """F with F^T F the covariance: [N, D], or its triangular factor [D, D] where there are more samples."""
    centred = (features - features.mean(dim=0)) / (len(features) - 1) ** 0.5
    n, width = centred.shape
    return torch.linalg.qr(centred, mode="r").R if n > width else centred


def _root(covariance: Tensor) -> Tensor:
    """F with F^T F the covariance: [D, D]. Eigenvalues below its rounding error are noise and count as 0."""
    values, vectors = torch.linalg.eigh(covariance)
    noise = len(values) * torch.finfo(values.dtype).eps * values[-1].clamp_min(0)
    return torch.where(values > noise, values, 0).sqrt()[:, None] * vectors.T


def _require_same_width(a: int, b: int) -> None:
    if a != b:
        raise ValueError(f"features of different widths: {a} and {b}")
