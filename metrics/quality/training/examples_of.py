"""A pair's examples as a training holds them, and as a group of known orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stylegauge.metrics.quality.training.fit import Group
from stylegauge.metrics.quality.training.labels import NO_SKILL, Row, better, by_head, is_valid


@dataclass(frozen=True)
class Pair:
    """inputs: [N, W, INPUTS] float16; rows: what each example is; distance: [N, 2]; spectrum: [N, 64]; see `gather`."""

    inputs: Tensor
    rows: list[dict[str, Any]]
    distance: NDArray[np.float64]
    spectrum: Tensor

    def of(self, wanted: Callable[[Row], bool]) -> Pair:
        """Some of its examples."""
        kept = [i for i, row in enumerate(self.rows) if wanted(row)]
        return Pair(self.inputs[kept], [self.rows[i] for i in kept], self.distance[kept], self.spectrum[kept])

    def group(self, valid: Sequence[str]) -> Group:
        """With the orders that are known where these generators are valid."""
        known = better(self.rows, self.distance, valid)
        anchor = np.full(len(self.rows), np.nan)
        for place, row in enumerate(self.rows):
            if is_valid(row, valid):
                anchor[place] = 1
            elif row["kind"] in NO_SKILL:
                anchor[place] = 0
        orders = torch.from_numpy(known), torch.from_numpy(by_head(self.rows, known))
        return Group(self.inputs, *orders, torch.from_numpy(anchor).float())
