"""Exponential moving averages of weights, which are exported in place of the last ones where a decay is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor, nn


@final
class Average:
    """Averages of all weights of some networks; buffers, and everything where the decay is 0, are as they are.

    The decay rises with the steps, min(decay, (1 + step) / (10 + step)), so that early weights are soon forgotten: what
    TensorFlow's ExponentialMovingAverage does with `num_updates`.
    """

    def __init__(self, networks: Mapping[str, nn.Module], decay: float) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"the decay of an average is at least 0 and below 1, found {decay}")
        self._networks = networks
        self._decay = decay
        self._kept = {key: value.detach().clone() for key, value in self._weights().items()} if decay else {}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        if self._kept:
            decay = min(self._decay, (1 + step) / (10 + step))
            current = self._weights()
            torch._foreach_lerp_(list(self._kept.values()), [current[key] for key in self._kept], 1 - decay)

    def of(self, name: str) -> dict[str, Tensor]:
        """A network's state: averaged weights where there are any, its own buffers."""
        state = dict(self._networks[name].state_dict())
        begin = f"{name}."
        return state | {key.removeprefix(begin): value for key, value in self._kept.items() if key.startswith(begin)}

    def tensors(self) -> dict[str, Tensor]:
        """The averages as they stand, `<network>.<weight>`."""
        return self._kept

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Put averages back; raises KeyError for others than these."""
        if set(tensors) != set(self._kept):
            raise KeyError("the averages are of other weights")
        for key, value in tensors.items():
            self._kept[key].copy_(value)

    def _weights(self) -> dict[str, Tensor]:
        return {
            f"{name}.{key}": weight.data
            for name, network in self._networks.items()
            for key, weight in network.named_parameters()
        }
