"""What a validation computes of one pair, kept in a file of its own: a stopped validation goes on after the last."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.attack import attack
from stylegauge.benchmark.device import workers_on
from stylegauge.benchmark.ladders import CONTENT, ladders
from stylegauge.benchmark.pair_values import LIMITS
from stylegauge.benchmark.retest import Measure, retest, views
from stylegauge.benchmark.scene import scene_of
from stylegauge.benchmark.store import read_json, write_json
from stylegauge.datasets.images import load_image, to_tensor
from stylegauge.metrics.direct import Direct
from stylegauge.metrics.info import OF_A_PAIR

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.batches import Pictures
    from stylegauge.benchmark.scene import Scene
    from stylegauge.benchmark.store import Run
    from stylegauge.metrics.backbones.base import Backbone
    from stylegauge.metrics.info import MetricInfo

PAIRS = "pairs"
Pair = tuple[str, str]


@dataclass(frozen=True)
class PairWork:
    """All that is measured of single pairs, metric by metric.

    run: the finished run of the controls over the same split; controls: their names there
    folder: where each pair's file is kept; key: under which it counts as done
    """

    infos: tuple[MetricInfo, ...]
    networks: Mapping[str, Backbone]
    pictures: Pictures
    run: Run
    controls: tuple[str, ...]
    folder: Path
    key: str

    def path(self, pair: Pair) -> Path:
        """Where a pair is kept."""
        return self.folder / PAIRS / f"{pair[0]}__{pair[1]}.json"

    def kept(self, pair: Pair) -> dict[str, Any] | None:
        """What is known of a pair that was done under this key."""
        if not self.path(pair).exists():
            return None
        found: dict[str, Any] = read_json(self.path(pair))
        return found if found["key"] == self.key else None

    def do(self, pairs: Sequence[Pair]) -> Iterator[dict[str, Any]]:
        """Each pair's document, computed where it is not kept."""
        for pair in pairs:
            yield self.kept(pair) or self._done(pair)

    def _done(self, pair: Pair) -> dict[str, Any]:
        scene, measure = (
            scene_of(self.pictures, *pair),
            Measure(self.infos, self.networks, workers_on(self.pictures.device)),
        )
        names, outputs = self._outputs(pair)
        seen = views(measure, outputs, scene)
        document = {
            "key": self.key,
            "pair": list(pair),
            "ladders": self._ladders(scene),
            "retest": {
                what: {metric: [number(metric, each) for each in both] for metric, both in found.items()}
                for what, found in retest(measure, scene).items()
            },
            "views": {
                view: {name: _numbers(values) for name, values in zip(names, each)} for view, each in seen.items()
            },
            "attack": {info.id: self._attacked(info, scene) for info in self.infos},
        }
        write_json(self.path(pair), document)
        return document

    def _ladders(self, scene: Scene) -> dict[str, dict[str, dict[str, Any]]]:
        """Metric -> ladder -> {"strengths": of the steps, "values": of the start and each step}."""
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for compares in OF_A_PAIR:
            infos = tuple(info for info in self.infos if info.compares == compares)
            measure = Measure(infos, self.networks, workers_on(self.pictures.device))
            for ladder in ladders(compares, scene) if measure.infos else ():
                steps = measure(list(ladder.pictures), scene.content, scene.style)
                for metric in steps[0]:
                    values = [number(metric, step[metric]) for step in steps]
                    climbed = {"strengths": list(ladder.strengths), "values": values}
                    found.setdefault(metric, {})[ladder.name] = climbed
        return found

    def _outputs(self, pair: Pair) -> tuple[list[str], list[Tensor]]:
        """The controls' outputs of a pair, of those that made one."""
        paths = {name: self.run.output_path(name, *pair) for name in self.controls}
        made = {name: path for name, path in paths.items() if path.exists()}
        return list(made), [to_tensor(load_image(path)).to(self.pictures.device) for path in made.values()]

    def _attacked(self, info: MetricInfo, scene: Scene) -> dict[str, Any]:
        """An attack on the poorer of the content itself and the best output known, towards the other."""
        sign = 1 if info.higher_is_better else -1
        direct = Direct([info], self.networks, scene.content[None], scene.style[None])
        of_content = info.compares == CONTENT
        on, other = (scene.good, scene.content) if of_content else (scene.content, scene.good)
        found = attack(lambda images: sign * direct(images)[info.id], on, scene.seed)
        ends = sign * found.start, sign * found.end, float(direct(other[None])[info.id])
        start, end, reached = (number(info.id, each) for each in ends)
        return {"how": found.how, "start": start, "end": end, "other": reached}


def number(metric: str, value: float) -> float | None:
    """A value as means take it: clipped where the metric has a limit, None where it is none."""
    value = min(value, LIMITS[metric]) if metric in LIMITS else value
    return value if math.isfinite(value) else None


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {metric: number(metric, value) for metric, value in values.items()}
