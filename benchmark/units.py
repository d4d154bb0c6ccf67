"""One unit of work: a model over a shard of pairs. Idempotent; its JSON file, written last, says that it is done."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stylegauge.benchmark.adapters.protocol import DOMAIN
from stylegauge.benchmark.asking import Asked, Asker, kept_pictures
from stylegauge.benchmark.attempts import Attempt, Timing
from stylegauge.benchmark.batches import Batch, Pair, Pictures
from stylegauge.benchmark.behaviour import cycled, twins
from stylegauge.benchmark.records import FAILED, NOT_APPLICABLE, OK, SCORE_COLUMNS
from stylegauge.benchmark.store import read_json, write_json, write_table
from stylegauge.datasets.files import write_atomic

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.adapters.load import Generator
    from stylegauge.benchmark.domain_gauge import DomainGauge
    from stylegauge.metrics.scorer import Scorer, Scores

LOST = "content_lost"  # what domain gains are made of, kept with an output's features
STRANGENESS = "strangeness"  # what a judge of quality says beside a score that it withholds
A = TypeVar("A")
B = TypeVar("B")


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


Unit = tuple[UnitFiles, tuple[Pair, ...]]


def read_ahead(work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """`map`, with the next item worked on by another thread while this one is used."""
    with ThreadPoolExecutor(max_workers=1) as ahead:
        waiting: deque[Future[B]] = deque()
        for item in items:
            waiting.append(ahead.submit(work, item))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _write_picture(path: Path, image: Tensor) -> None:
    from stylegauge.datasets.images import png_bytes, to_uint8

    write_atomic(path, png_bytes(to_uint8(image)))


class UnitWork:
    """Does units of one run: stylize, keep the images, score them, keep the rows."""

    def __init__(self, pictures: Pictures, scorer: Scorer, batch: int, gauge: DomainGauge | None = None) -> None:
        self.pictures, self.scorer, self.batch, self.gauge = pictures, scorer, batch, gauge

    def do(
        self, todo: Sequence[Unit], key: str, generator: Generator | None, refusal: str
    ) -> Iterator[tuple[UnitFiles, list[str]]]:
        """Do units and keep them, one after the other; yields each with the reason of every pair that failed.

        Images made elsewhere are read ahead while the ones before are scored. A model of this process runs alone: its
        time is measured, and what it sets globally must not reach a score.
        generator: None where the model could not be built, and `refusal` says why
        """
        ask = self._asking(todo, key, generator, refusal)
        asked = map(ask, todo) if generator is None or generator.alone else read_ahead(ask, todo)
        following = [*(pairs for _, pairs in todo[1:]), ()]
        for (files, _), (attempts, timings), next_pairs in zip(todo, asked, following, strict=True):
            with self.pictures.reading_ahead(next_pairs):
                self._keep(files, key, attempts, timings, generator)
            yield files, [one.reason for one in attempts if one.status == FAILED]

    def _asking(
        self, todo: Sequence[Unit], key: str, generator: Generator | None, refusal: str
    ) -> Callable[[Unit], Asked]:
        """What asks for the pairs of a unit."""
        if generator is None:
            return lambda unit: ([Attempt(pair, None, FAILED, refusal) for pair in unit[1]], [])
        files = todo[0][0] if todo and generator.kind == DOMAIN else None
        kept = kept_pictures(files.folder, files.model, key, self.pictures.split) if files else {}
        asker = Asker(generator, self.pictures, self.batch, kept)
        return lambda unit: asker.ask(unit[1], unit[0].picture)

    def _keep(
        self, files: UnitFiles, key: str, attempts: list[Attempt], timings: list[Timing], generator: Generator | None
    ) -> None:
        import pandas as pd
        from safetensors.torch import save

        made = [(one.pair, one.image) for one in attempts if one.image is not None]
        with ThreadPoolExecutor(max_workers=2) as writers:  # compressing and flushing go on beside scoring
            written = [writers.submit(_write_picture, files.picture(pair), image) for pair, image in made]
            scored, notes = self._score(made, generator)
        for one in written:
            one.result()
        columns = scored.values | scored.layers
        values = {pair: {m: float(each[i]) for m, each in columns.items()} for i, (pair, _) in enumerate(made)}
        rows = [row for one in attempts for row in self._rows(files.model, one, values)]
        write_table(files.path(".parquet"), pd.DataFrame(rows, columns=list(SCORE_COLUMNS)))
        composed = {metric: scored.values[metric] for metric in self.scorer.composed if made}
        kept = scored.embeddings | composed | scored.maps
        write_atomic(files.path(".safetensors"), save(kept))
        document = {
            "key": key,
            "failed": sum(one.status == FAILED for one in attempts),
            "pairs": [list(pair) for pair, _ in made],
            "outputs": [files.picture(pair).relative_to(files.folder).as_posix() for pair, _ in made],
            "timings": [[t.images, t.seconds, t.memory_mb] for t in timings],
            "notes": notes,
        }
        write_json(files.path(".json"), document)

    def _score(self, made: list[tuple[Pair, Tensor]], generator: Generator | None) -> tuple[Scores, list[str]]:
        """Scores and embeddings of the outputs made, in their order, and what to mind of them."""
        from stylegauge.metrics.scorer import Scores

        if not made or generator is None:
            return Scores({}, {}), []
        batch = Batch(self.pictures, tuple(pair for pair, _ in made))
        images = [image for _, image in made]
        again = twins(generator, batch, self.batch) if self.scorer.compares("o,o'") else []
        back = cycled(generator, batch, images, self.batch) if self.scorer.compares("c,c'") else []
        scores = self.scorer.score(
            images,
            [pair.content for pair in batch.pairs], batch.contents(),
            [pair.style for pair in batch.pairs], batch.styles(),
            twins=[answer.image for answer in again],
            cycled=[answer.image for answer in back],
            domains=self._domains(batch, generator),
            asked={LOST: [self.gauge.loss_of(pair) for pair in batch.pairs]} if self.gauge else None,
        )  # fmt: skip
        notes = [generator.note(pair.content, pair.style, batch.size) for pair in batch.pairs]
        return scores, [*notes, *(answer.reason for answer in (*again, *back))]

    def _domains(self, batch: Batch, generator: Generator) -> list[Mapping[str, Tensor]] | None:
        """What stands for the style of each output of a model of domains, which was shown no style image."""
        if generator.kind != DOMAIN or not self.scorer.compares("o,c,s"):
            return None
        return [self.pictures.domain_images(label) for label in batch.domains]

    def _rows(self, model: str, one: Attempt, values: dict[Pair, dict[str, float]]) -> list[tuple[Any, ...]]:
        domain = self.pictures.split.style(one.pair.style).domain
        head = (model, one.pair.content, one.pair.style, domain, one.pair.repeat)
        scores = values.get(one.pair, {})
        layers = [metric for metric in scores if metric not in {*self.scorer.paired, *self.scorer.composed}]
        return [
            (*head, metric, scores.get(metric, float("nan")), *self._status(metric, one, scores))
            for metric in (*self.scorer.paired, *layers)
        ]

    def _status(self, metric: str, one: Attempt, scores: Mapping[str, float]) -> tuple[str, str]:
        """Status and reason of one value: what a model cannot be asked for is no failure of the pair."""
        cannot = metric in self.scorer.of_the_model or f"{metric}:{STRANGENESS}" in scores
        if one.status == OK and cannot and math.isnan(scores[metric]):
            return NOT_APPLICABLE, ""
        return one.status, one.reason
