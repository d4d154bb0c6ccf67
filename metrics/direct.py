"""Metrics of a whole batch at once, as a function of the outputs that can be differentiated.

A run scores pictures one by one (`scorer`), so that no score depends on its neighbours. Here the formulas meet N
pictures in one call: to see how much a batch moves the last digits, and for gradients with respect to the pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.bindings import bind
from stylegauge.metrics.features import Extractor, Part
from stylegauge.metrics.info import OF_A_PAIR, MetricInfo


class Direct:
    """Some metrics against fixed contents and styles.

    infos: rows of the registry, or of somebody's own, that compare an output with its content or style; else ValueError
    backbones: by name, all that the rows ask for
    contents, styles: [N, 3, H, W] in [0, 1]
    """

    def __init__(
        self, infos: Sequence[MetricInfo], backbones: Mapping[str, Backbone], contents: Tensor, styles: Tensor
    ) -> None:
        strange = [info for info in infos if info.compares not in OF_A_PAIR]
        if strange:
            raise ValueError(f"{strange[0].id} compares {strange[0].compares}, no output with its content or style")
        self._extractor = Extractor(backbones)
        self._metrics = {info.id: (info.compares, bind(info, self._extractor)) for info in infos}
        with torch.no_grad():  # not inference mode: what is made there no gradient may use
            self._content = self._extractor.extract(contents, self._parts("o,c", "o,c,s"))
            self._style = self._extractor.extract(styles, self._parts("o,s", "o,c,s"))

    def __call__(self, outputs: Tensor) -> dict[str, Tensor]:
        """[N, 3, H, W] in [0, 1] to metric id -> [N] float64 on the CPU; with a gradient where the outputs ask it."""
        needed = {part for _, metric in self._metrics.values() for part in metric.own.values()}
        own = self._extractor.extract(outputs, needed, self._content)
        against = {"o,c": (own, self._content), "o,s": (own, self._style), "o,c,s": (own, self._content, self._style)}
        return {name: metric(*against[compares]) for name, (compares, metric) in self._metrics.items()}

    def _parts(self, *compares: str) -> set[Part]:
        found = [metric for what, metric in self._metrics.values() if what in compares]
        return {part for metric in found for part in metric.parts.values()}
