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
from stylegauge.metrics.quality.training.labels import NO_SKILL, Bools, Row, by_head, is_valid
from stylegauge.metrics.quality.training.votes import Orders, decided, voted


@dataclass(frozen=True)
class Pair:
    """inputs: [N, W, INPUTS] float16; rows: what each example is; distance: [N, 2]; spectrum: [N, 64]; see `gather`.

    votes: which makers' outputs people preferred to which
    """

    inputs: Tensor
    rows: list[dict[str, Any]]
    distance: NDArray[np.float64]
    spectrum: Tensor
    votes: Orders = ()

    def of(self, wanted: Callable[[Row], bool]) -> Pair:
        """Some of its examples."""
        kept = [i for i, row in enumerate(self.rows) if wanted(row)]
        rows = [self.rows[i] for i in kept]
        return Pair(self.inputs[kept], rows, self.distance[kept], self.spectrum[kept], self.votes)

    def known(self, valid: Sequence[str]) -> Bools:
        """[N, N] whether one example is known to be better than another, where these generators are valid."""
        return decided(self.rows, self.distance, valid, self.votes)

    def group(self, valid: Sequence[str]) -> Group:
        """With the orders that are known where these generators are valid."""
        known = self.known(valid)
        anchor = np.full(len(self.rows), np.nan)
        for place, row in enumerate(self.rows):
            if is_valid(row, valid):
                anchor[place] = 1
            elif row["kind"] in NO_SKILL:
                anchor[place] = 0
        orders = torch.from_numpy(known), torch.from_numpy(by_head(self.rows, known))
        ruled = torch.from_numpy(voted(self.rows, self.distance, valid, self.votes))
        return Group(self.inputs, *orders, torch.from_numpy(anchor).float(), ruled)
