"""One unit of work: a model over a shard of pairs. Idempotent; its JSON file, written last, says that it is done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.adapters.protocol import NotApplicableError, OutputError
from stylegauge.benchmark.batches import Batch, Pair, Pictures
from stylegauge.benchmark.device import measured
from stylegauge.benchmark.records import FAILED, NOT_APPLICABLE, OK, SCORE_COLUMNS
from stylegauge.benchmark.seeding import seed_everything
from stylegauge.benchmark.store import read_json, write_atomic, write_json, write_table
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.adapters.load import Generator
    from stylegauge.metrics.backbones.base import Backbone
    from stylegauge.metrics.registry import MetricInfo


@dataclass(frozen=True)
class UnitFiles:
    """Where one unit is kept."""

    folder: Path
    model: str
    shard: int

    def path(self, suffix: str) -> Path:
        """units/<model>/<shard><suffix>."""
        return self.folder / "units" / self.model / f"{self.shard:05d}{suffix}"

    def picture(self, pair: Pair) -> Path:
        """Where the output of one pair is kept; repeats after the first carry their number."""
        name = f"{pair.content}__{pair.style}" + (f"__{pair.repeat}" if pair.repeat else "")
        return self.folder / "outputs" / self.model / f"{name}.png"

    def done(self, key: str) -> bool:
        """True when this unit was finished under the same key, no pair of it failed, and its files are all there."""
        if not self.path(".json").exists():
            return False
        kept = read_json(self.path(".json"))
        files = [self.path(".parquet"), self.path(".safetensors"), *(self.folder / name for name in kept["outputs"])]
        return kept["key"] == key and not kept["failed"] and all(file.exists() for file in files)


@dataclass(frozen=True)
class Attempt:
    """What a model made of one pair: an image [3, H, W] rounded to 8 bits, or why there is none."""

    pair: Pair
    image: Tensor | None
    status: str
    reason: str


@dataclass(frozen=True)
class Timing:
    """One timed call."""

    images: int
    seconds: float
    memory_mb: float | None


def attempt(generator: Generator, batch: Batch, timings: list[Timing]) -> list[Attempt]:
    """Ask a model for a batch. Where the batch fails, ask pair by pair, so that one bad pair costs only itself.

    raises: whatever reading the run's own inputs raises; what the model raises is its own failure, never the run's
    """
    from stylegauge.datasets.images import quantise

    seed_everything(batch.seeds[0])
    refused = NOT_APPLICABLE if generator.privileged else FAILED
    try:
        call = generator.prepared(batch)
    except NotApplicableError as error:
        return _one_by_one(generator, batch, timings, (refused, str(error)))
    try:
        with measured(batch.device) as cost:
            images = call()
        timings.append(Timing(len(batch.pairs), cost.seconds, cost.memory_mb))
        return [Attempt(pair, image, OK, "") for pair, image in zip(batch.pairs, quantise(images))]
    except (UsageError, NotApplicableError) as error:
        # A privileged control that this split gives nothing to work with (an oracle without a recipe).
        failure = (refused, str(error))
    except OutputError as error:
        failure = (FAILED, str(error))
    except (Exception, SystemExit) as error:
        failure = (FAILED, describe(error))
    return _one_by_one(generator, batch, timings, failure)


def _one_by_one(generator: Generator, batch: Batch, timings: list[Timing], failure: tuple[str, str]) -> list[Attempt]:
    """The pairs of a failed batch asked again, each alone; of a batch of one pair, its failure."""
    if len(batch.pairs) > 1:
        return [one for pair in batch.pairs for one in attempt(generator, Batch(batch.pictures, (pair,)), timings)]
    return [Attempt(batch.pairs[0], None, *failure)]


def describe(error: BaseException) -> str:
    """An exception in one line: type and first line of its text."""
    text = str(error).strip().splitlines()
    return f"raised {type(error).__name__}{': ' + text[0][:300] if text else ''}"


def _write_picture(path: Path, image: Tensor) -> None:
    from stylegauge.datasets.images import png_bytes, to_uint8

    write_atomic(path, png_bytes(to_uint8(image)))


class UnitWork:
    """Does units of one run: stylize, keep the images, score them, keep the rows."""

    def __init__(self, pictures: Pictures, metrics: tuple[MetricInfo, ...], backbone: Backbone, batch: int) -> None:
        from stylegauge.metrics.scorer import Scorer

        self.pictures, self.batch = pictures, batch
        self.scorer = Scorer([info for info in metrics if info.compares in ("o,c", "o,s", "set")], backbone)

    def do(
        self, files: UnitFiles, key: str, pairs: tuple[Pair, ...], generator: Generator | None, refusal: str
    ) -> list[str]:
        """Do one unit and keep it; returns the reason of each failed pair.

        generator: None where the model could not be built, and `refusal` says why
        """
        timings: list[Timing] = []
        attempts: list[Attempt] = []
        if generator is None:
            attempts = [Attempt(pair, None, FAILED, refusal) for pair in pairs]
        else:
            for batch in self.pictures.batches(pairs, self.batch):
                attempts += attempt(generator, batch, timings)
        self._keep(files, key, attempts, timings, generator)
        return [one.reason for one in attempts if one.status == FAILED]

    def _keep(
        self, files: UnitFiles, key: str, attempts: list[Attempt], timings: list[Timing], generator: Generator | None
    ) -> None:
        import pandas as pd
        from safetensors.torch import save

        made = [(one.pair, one.image) for one in attempts if one.image is not None]
        with ThreadPoolExecutor(max_workers=2) as writers:  # compressing and flushing go on beside scoring
            written = [writers.submit(_write_picture, files.picture(pair), image) for pair, image in made]
            values, embeddings = self._score(made)
        for one in written:
            one.result()
        rows = [row for one in attempts for row in self._rows(files.model, one, values)]
        write_table(files.path(".parquet"), pd.DataFrame(rows, columns=list(SCORE_COLUMNS)))
        write_atomic(files.path(".safetensors"), save({"embeddings": embeddings}))
        size = self.pictures.split.size
        document = {
            "key": key,
            "failed": sum(one.status == FAILED for one in attempts),
            "pairs": [list(pair) for pair, _ in made],
            "outputs": [files.picture(pair).relative_to(files.folder).as_posix() for pair, _ in made],
            "timings": [[t.images, t.seconds, t.memory_mb] for t in timings],
            "notes": [generator.note(pair.content, pair.style, size) for pair, _ in made] if generator else [],
        }
        write_json(files.path(".json"), document)

    def _score(self, made: list[tuple[Pair, Tensor]]) -> tuple[dict[Pair, dict[str, float]], Tensor]:
        """Scores by pair and metric, and embeddings [n, D]."""
        import torch

        if not made:
            return {}, torch.zeros(0, 0)
        batch = Batch(self.pictures, tuple(pair for pair, _ in made))
        scored = self.scorer.score(
            torch.stack([image for _, image in made]),
            [pair.content for pair in batch.pairs], batch.contents(),
            [pair.style for pair in batch.pairs], batch.styles(),
        )  # fmt: skip
        columns = scored.values.items()
        values = {pair: {m: float(column[i]) for m, column in columns} for i, pair in enumerate(batch.pairs)}
        return values, scored.embeddings

    def _rows(self, model: str, one: Attempt, values: dict[Pair, dict[str, float]]) -> list[tuple[Any, ...]]:
        domain = self.pictures.split.style(one.pair.style).domain
        head = (model, one.pair.content, one.pair.style, domain, one.pair.repeat)
        scores = values.get(one.pair, {})
        return [
            (*head, metric, scores.get(metric, float("nan")), one.status, one.reason) for metric in self.scorer.paired
        ]
