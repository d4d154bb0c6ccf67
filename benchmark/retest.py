"""The same output measured again: what should change nothing, what should change little, and by how much it does."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylegauge.benchmark.seeding import seed_everything
from stylegauge.datasets.distortions import blend, blur, jpeg
from stylegauge.datasets.images import png_bytes, quantise, to_tensor, to_uint8
from stylegauge.datasets.resize import resize
from stylegauge.metrics.bindings import least_side
from stylegauge.metrics.direct import Direct
from stylegauge.metrics.features import Extractor
from stylegauge.metrics.scorer import Scorer

if TYPE_CHECKING:
    from stylegauge.benchmark.scene import Scene
    from stylegauge.metrics.backbones.base import Backbone
    from stylegauge.metrics.info import MetricInfo

QUALITY = 95
OFFSET = 8  # pixels between two crops
AGAIN, PNG, JPEG, BATCH, CROP = "again, other seed", "PNG round trip", f"JPEG {QUALITY}", "batch of 4", "crop 8 px on"
# What each is: "exact" must not change a score at all, "numeric" its last digits, "small" may change it a little.
KINDS: Mapping[str, str] = {AGAIN: "exact", PNG: "exact", BATCH: "numeric", CROP: "small", JPEG: "small"}
# Other looks at the same pictures, by the share of the side that is left.
VIEWS: Mapping[str, float] = {"side 3/4": 0.75, "side 1/2": 0.5, "centre 7/8": 0.875}

Values = dict[str, float]


@dataclass(frozen=True)
class Measure:
    """Metrics of one picture of a pair, whatever its size: what is too small for a metric has no value of it.

    workers: pictures that are scored at once
    """

    infos: tuple[MetricInfo, ...]
    networks: Mapping[str, Backbone]
    workers: int = 1

    def __call__(self, outputs: Sequence[Tensor], content: Tensor, style: Tensor) -> list[Values]:
        """Of each output [3, H, W] the metrics' values by id; scored one by one, as a run scores."""
        fitting = self.fitting(min(content.shape[-2:]))
        names = [""] * len(outputs)
        pictures = [content] * len(outputs), [style] * len(outputs)
        scorer = Scorer(fitting, self.networks, workers=self.workers)
        scores = scorer.score(outputs, names, pictures[0], names, pictures[1]).values
        return [{info.id: float(scores[info.id][i]) for info in fitting} for i in range(len(outputs))]

    def fitting(self, side: int) -> tuple[MetricInfo, ...]:
        """The metrics that pictures of this side are large enough for."""
        extractor = Extractor(self.networks)
        return tuple(info for info in self.infos if least_side(info, extractor) <= side)


def retest(measure: Measure, scene: Scene) -> dict[str, dict[str, tuple[float, float]]]:
    """What is measured twice -> metric -> (before, after), of the pair's best known output."""
    output, content, style = scene.good, scene.content, scene.style
    seed_everything(scene.seed % 2**32)
    (before,) = measure([output], content, style)
    seed_everything((scene.seed + 1) % 2**32)
    again, png, coded = measure([output, _png(output), jpeg(output[None], QUALITY)[0]], content, style)
    crops = [
        measure([output[window]], content[window], style[window])[0] for window in _windows(min(output.shape[-2:]))
    ]
    found = {AGAIN: (before, again), PNG: (before, png), JPEG: (before, coded)}
    found |= {BATCH: _in_a_batch(measure, scene), CROP: (crops[0], crops[1])}
    return {
        what: {metric: (first[metric], second[metric]) for metric in first} for what, (first, second) in found.items()
    }


def _png(output: Tensor) -> Tensor:
    return to_tensor(np.array(Image.open(io.BytesIO(png_bytes(to_uint8(output)))))).to(output)


def _windows(side: int) -> list[tuple[slice, ...]]:
    """Two crops of one size, OFFSET pixels apart both ways."""
    return [(slice(None), *[slice(start, side - OFFSET + start)] * 2) for start in (0, OFFSET)]


def _in_a_batch(measure: Measure, scene: Scene) -> tuple[Values, Values]:
    """The output alone, and as the first of four different ones that pass each network at once."""
    output = scene.good[None]
    four = torch.cat([output, blur(output, 1), quantise(blend(output, scene.content[None], 0.5)), scene.style[None]])
    found: list[Values] = []
    for batch in (output, four):
        contents, styles = (each[None].expand(len(batch), -1, -1, -1) for each in (scene.content, scene.style))
        with torch.no_grad():
            values = Direct(measure.infos, measure.networks, contents, styles)(batch)
        found.append({metric: float(each[0]) for metric, each in values.items()})
    return found[0], found[1]


def views(measure: Measure, outputs: Sequence[Tensor], scene: Scene) -> dict[str, list[Values]]:
    """Every view's name -> of each output the metrics' values, pictures being resized or cropped alike."""
    looks = {name: _look(name, share) for name, share in VIEWS.items()}
    return {
        name: measure([look(each) for each in outputs], look(scene.content), look(scene.style))
        for name, look in looks.items()
    }


def _look(name: str, share: float) -> Callable[[Tensor], Tensor]:
    def resized(image: Tensor) -> Tensor:
        height, width = (max(1, round(share * side)) for side in image.shape[-2:])
        return quantise(resize(image[None], (height, width)))[0]

    def cropped(image: Tensor) -> Tensor:
        sides = [round(share * side) for side in image.shape[-2:]]
        y, x = ((whole - side) // 2 for whole, side in zip(image.shape[-2:], sides))
        return image[:, y : y + sides[0], x : x + sides[1]]

    return cropped if name.startswith("centre") else resized
