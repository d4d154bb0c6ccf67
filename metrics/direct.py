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
from stylegauge.metrics.features import Extractor, Parts
from stylegauge.metrics.info import OF_A_PAIR, MetricInfo


class Direct:
    """One metric against fixed contents and styles.

    info: a row of the registry or of somebody's own that compares an output with its content or style, else ValueError
    backbones: by name, all that the row asks for
    contents, styles: [N, 3, H, W] in [0, 1]
    """

    def __init__(self, info: MetricInfo, backbones: Mapping[str, Backbone], contents: Tensor, styles: Tensor) -> None:
        if info.compares not in OF_A_PAIR:
            raise ValueError(f"{info.id} compares {info.compares}, no output with its content or style")
        self._extractor = Extractor(backbones)
        self._metric = bind(info, self._extractor)
        given = {"o,c": (contents,), "o,s": (styles,), "o,c,s": (contents, styles)}[info.compares]
        with torch.no_grad():  # not inference mode: what is made there no gradient may use
            self._others: Sequence[Parts] = [
                self._extractor.extract(each, set(self._metric.parts.values())) for each in given
            ]

    def __call__(self, outputs: Tensor) -> Tensor:
        """[N, 3, H, W] in [0, 1] to [N] float64 on the CPU; with a gradient where the outputs ask for one."""
        own = self._extractor.extract(outputs, set(self._metric.own.values()), self._others[0])
        return self._metric(own, *self._others)
