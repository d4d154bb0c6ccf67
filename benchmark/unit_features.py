"""Features of one model's outputs, read from its units: all at once for a small set, in pieces for a large one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.metrics.vectors import Vectors

HELD = 4096  # outputs whose features are held: 32 MiB at 2048 dimensions


class UnitVectors:
    """One source's features of all outputs, [N, D] float32, of which only the rows asked for are read.

    files: of the units that hold any output; counts: how many each holds; source: the key in the files
    """

    def __init__(self, files: Sequence[Path], counts: Sequence[int], source: str) -> None:
        self._files, self._source = tuple(files), source
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
        self.shape = (int(self._starts[-1]), self._read(0).shape[1])

    def __getitem__(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """The rows [k, D], in the order asked for."""
        found = np.empty((len(rows), self.shape[1]), np.float32)
        units = np.searchsorted(self._starts, rows, side="right") - 1
        for unit in np.unique(units):
            here = units == unit
            found[here] = self._read(unit)[rows[here] - self._starts[unit]]
        return found

    def _read(self, unit: int) -> NDArray[np.float32]:
        return _tensor(self._files[unit], self._source)


def unit_features(files: Sequence[Path], counts: Sequence[int], sources: Iterable[str]) -> dict[str, Vectors]:
    """Source -> [N, D] of the outputs of some units; arrays up to HELD outputs, else read as they are needed."""
    vectors: Mapping[str, Vectors] = {source: UnitVectors(files, counts, source) for source in sources}
    n = sum(counts)
    return {source: np.asarray(each[np.arange(n)]) if n <= HELD else each for source, each in vectors.items()}


def unit_values(files: Sequence[Path], metrics: Iterable[str]) -> dict[str, NDArray[np.float64]]:
    """Paired values that set metrics are made of: metric id -> [N]."""
    return {metric: np.concatenate([_tensor(file, metric) for file in files]) for metric in metrics}


def _tensor(file: Path, key: str) -> NDArray[Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as tensors:
            return tensors.get_tensor(key)
    except (OSError, SafetensorError) as error:
        raise UsageError(f"{file} is damaged ({error}); delete it and run again") from None
