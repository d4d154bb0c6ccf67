"""Backbones by name."""

from collections.abc import Callable

import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.base import Backbone, Numerics
from stylegauge.metrics.backbones.embedded import EMBEDDED_WEIGHTS, read_embedded


def load_backbone(name: str = "embedded", device: str | torch.device = "cpu", numerics: Numerics = "exact") -> Backbone:
    """The backbone of that name with its weights, on the device.

    Raises UsageError for an unknown name, and for a weights file that is missing or not the expected one.
    """
    if name not in _LOADERS:
        raise UsageError(f"no backbone {name!r}; there are: {', '.join(_LOADERS)}")
    return _LOADERS[name]().settle(device, numerics)


def _embedded() -> Backbone:
    return read_embedded(EMBEDDED_WEIGHTS)


_LOADERS: dict[str, Callable[[], Backbone]] = {"embedded": _embedded}
