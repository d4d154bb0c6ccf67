"""Feature vectors of many pictures, in memory or read as they are needed, and looked at a block at a time."""

import hashlib
from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = Tensor | np.ndarray
Indices = NDArray[np.intp]
BLOCK = 512  # vectors at a time: 8 MiB of float64 at 2048 dimensions


class TooFewError(ValueError):
    """The sets are what they should be, but hold too few pictures, or too few independent ones, for the metric."""


class NotFiniteError(ValueError):
    """Features hold nan or inf."""


class Vectors(Protocol):
    """[N, D] numbers of which some rows at a time can be had; an array and a tensor are such."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, D)."""

    def __getitem__(self, rows: Indices) -> Array:
        """The rows [k, D], in the order asked for."""


class Repeated:
    """Some vectors, each as often as it is named, without a copy: a style's features for every pair it is in."""

    def __init__(self, vectors: Vectors, positions: Indices) -> None:
        self._vectors, self._positions = vectors, np.asarray(positions, dtype=np.intp)

    @property
    def shape(self) -> tuple[int, int]:
        """(N, D)."""
        return len(self._positions), self._vectors.shape[1]

    def __getitem__(self, rows: Indices) -> Array:
        """The rows [k, D], in the order asked for."""
        return self._vectors[self._positions[rows]]


def as_features(features: Vectors, least: int = 2) -> Tensor:
    """[N, D] float64 on the CPU; TooFewError below `least` rows, NotFiniteError, ValueError for another shape."""
    require_set(features, least)
    return _finite(features if isinstance(features, Tensor | np.ndarray) else features[np.arange(features.shape[0])])


def require_set(features: Vectors, least: int = 2) -> None:
    """TooFewError below `least` rows, ValueError for another shape than [N, D]."""
    if len(features.shape) != 2:
        raise ValueError(f"features must be [N, D], found {tuple(features.shape)}")
    if features.shape[0] < least:
        raise TooFewError(f"at least {least} pictures are needed, found {features.shape[0]}")


def require_same_width(a: Vectors, b: Vectors) -> None:
    """ValueError where vectors of one set cannot be compared with those of the other."""
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"features of different widths: {a.shape[1]} and {b.shape[1]}")


def blocks(features: Vectors, rows: Indices | None = None) -> Iterator[Tensor]:
    """The rows asked for (all for None) in their order, at most BLOCK at a time, as `as_features` gives them."""
    rows = np.arange(features.shape[0]) if rows is None else rows
    for start in range(0, len(rows), BLOCK):
        yield _finite(features[rows[start : start + BLOCK]])


def distinct(features: Vectors) -> tuple[Indices, Indices]:
    """The first row of each different vector, [K], and for every row the number of its vector in that list, [N]."""
    number: dict[bytes, int] = {}
    first: list[int] = []
    of_row: list[int] = []
    for start in range(0, features.shape[0], BLOCK):
        rows = np.arange(start, min(start + BLOCK, features.shape[0]))
        block = torch.as_tensor(features[rows]).detach().cpu().contiguous().numpy()
        for vector in block + 0.0:  # so that -0 is 0
            digest = hashlib.sha256(vector).digest()
            if digest not in number:
                number[digest] = len(first)
                first.append(len(of_row))
            of_row.append(number[digest])
    return np.array(first, dtype=np.intp), np.array(of_row, dtype=np.intp)


def _finite(features: Array) -> Tensor:
    x = torch.as_tensor(features).detach().to("cpu", torch.float64)
    if not torch.isfinite(x).all():
        raise NotFiniteError("features must be finite, found nan or inf")
    return x
