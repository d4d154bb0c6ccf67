"""The curves of a training: a CSV file with one row every few steps, each the mean over them."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from stylegauge.datasets.files import write_atomic


class DivergedError(RuntimeError):
    """A loss is no longer a finite number; the text names it."""


@final
class Curve:
    """Rows in memory, written as a whole; sums stay on the device, so that no step waits for a number.

    rows: column -> value, "step" and "rate" among them; a turn that was not taken in these steps leaves no value
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, name: str, value: Tensor) -> None:
        """Take in one loss of one step."""
        detached = value.detach()
        self._sums[name] = self._sums[name] + detached if name in self._sums else detached.clone()
        self._counts[name] = self._counts.get(name, 0) + 1

    def close_row(self, step: int, rate: float) -> dict[str, float]:
        """The means since the last row, as a row; raises DivergedError for one that is not finite, and adds none."""
        names = list(self._sums)
        values = torch.stack([self._sums[name].float() for name in names]).tolist() if names else []
        means = {name: value / self._counts[name] for name, value in zip(names, values)}
        self._sums, self._counts = {}, {}
        wrong = [name for name, value in means.items() if not math.isfinite(value)]
        if wrong:
            raise DivergedError(f"the loss {wrong[0]} became {means[wrong[0]]} at or before step {step}")
        self.rows.append({"step": step, "rate": rate} | means)
        return self.rows[-1]

    def write(self) -> None:
        """Write all rows, atomically."""
        columns = list(dict.fromkeys(name for row in self.rows for name in row))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in self.rows)
        write_atomic(self.path, text.getvalue().encode())

    def read(self, last: int) -> None:
        """Take up the rows of an earlier part of the training, up to a step."""
        if self.path.exists():
            with self.path.open(newline="") as file:
                rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]
            self.rows = [row for row in rows if row["step"] <= last]
