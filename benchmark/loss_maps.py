"""Where outputs lost their quality score: the judges' maps that units keep, set against the best outputs of the run.

A judge's score is a function of its heads, and these are means over windows. So, to first order, what a window lost by
a head is how far the head lies below a level there, times how much the score moves with that head. The level is what
the head says in the mean of the tenth of the run's outputs that the judge scored best; the mean over windows then
estimates how far the whole output lies below these. A window above the level lost less than nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stylegauge.benchmark.records import OK
from stylegauge.benchmark.store import read_json
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from stylegauge.benchmark.store import Run

BEST = 0.1  # the share of the scored outputs that set the level
Output = tuple[str, str, str]  # model, content, style; repeats after the first have no place on a page


@dataclass(frozen=True)
class Said:
    """What a judge said of one output.

    places: [W, 3] each head's score in each window; pull: [3] how much the score, before calibration, moves with it
    score: calibrated, nan where the judge abstained
    """

    places: NDArray[np.float64]
    pull: NDArray[np.float64]
    score: float


@dataclass(frozen=True)
class LossMap:
    """loss: [rows, columns, 3] in units of the score before calibration; score: nan where the judge abstained."""

    loss: NDArray[np.float64]
    score: float


def loss_maps(run: Run) -> dict[str, dict[Output, LossMap]]:
    """Judge -> output -> where it lost; a judge is left out whose maps no unit has, as in folders of older versions.

    raises: UsageError for a file of a unit that is damaged
    """
    judges = [metric for metric in run.environment.get("judges", {}) if metric in run.metrics]
    said = {metric: _said(run, metric) for metric in judges}
    return {metric: losses(each) for metric, each in said.items() if each}


def losses(said: dict[Output, Said]) -> dict[Output, LossMap]:
    """What each output lost, window by window and head by head, against the level of the best of them."""
    scored = [output for output, each in said.items() if not math.isnan(each.score)]
    best = sorted(scored, key=lambda output: -said[output].score)[: math.ceil(BEST * len(scored))] or list(said)
    level = np.mean([said[output].places.mean(axis=0) for output in best], axis=0)
    return {
        output: LossMap(_square((level - each.places) * each.pull), each.score) for output, each in said.items()
    }  # fmt: skip


def _square(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    side = math.isqrt(len(windows))  # pictures are judged square
    return windows.reshape(side, side, -1)


def _said(run: Run, metric: str) -> dict[Output, Said]:
    rows = run.scores[(run.scores["metric"] == metric) & (run.scores["repeat"] == 0) & (run.scores["status"] == OK)]
    scores = dict(zip(zip(rows["model"], rows["content"], rows["style"]), rows["value"].astype(float)))
    return {
        output: Said(places, pull, scores.get(output, math.nan))
        for model in run.plan["models"]
        for output, places, pull in _kept(run.folder / "units" / model["name"], model["name"], metric)
        if np.isfinite(places).all()  # no map of pictures that cannot be compared where they lie
    }


def _kept(folder: Path, model: str, metric: str) -> Iterator[tuple[Output, NDArray[np.float64], NDArray[np.float64]]]:
    """The maps of one model's outputs, unit by unit."""
    from safetensors import SafetensorError, safe_open

    for document in sorted(folder.glob("[0-9]*.json")):
        file = document.with_suffix(".safetensors")
        if not file.exists():
            continue
        try:
            with safe_open(file, framework="numpy") as tensors:
                if not {f"{metric}:places", f"{metric}:pull"} <= set(tensors.keys()):
                    continue
                places, pull = (tensors.get_tensor(f"{metric}:{name}").astype(float) for name in ("places", "pull"))
        except (OSError, SafetensorError) as error:
            raise UsageError(f"{file} is damaged ({error}); delete it and run again") from None
        for (content, style, repeat), *found in zip(read_json(document)["pairs"], places, pull):
            if repeat == 0:
                yield (model, content, style), *found
