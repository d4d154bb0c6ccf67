"""Backbones by name."""

from pathlib import Path

import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.base import Backbone, Numerics
from stylegauge.metrics.backbones.embedded import EMBEDDED_WEIGHTS, read_embedded
from stylegauge.metrics.backbones.names import BACKBONES
from stylegauge.metrics.weights.files import Located, locate


def load_backbone(
    name: str = "embedded",
    device: str | torch.device = "cpu",
    numerics: Numerics = "exact",
    given: Path | None = None,
    allow_unverified: bool = False,
) -> Backbone:
    """The backbone of that name with its weights, on the device.

    given: the weights file, else it is looked for (metrics.weights.files.locate); no other backbone takes its place
    allow_unverified: `given` may be another file than the published one, and the backbone then says so
    raises: UsageError for an unknown name, and for a weights file that is missing or not the expected one
    """
    if name not in BACKBONES:
        raise UsageError(f"no backbone {name!r}; there are: {', '.join(BACKBONES)}")
    weights = BACKBONES[name].weights
    if weights is None:
        if given is not None:
            raise UsageError(f"the weights of {name!r} come with the package; found '{given}' given for it")
        return read_embedded(EMBEDDED_WEIGHTS).settle(device, numerics)
    return _read(name, locate(weights, given, allow_unverified)).settle(device, numerics)


def _read(name: str, located: Located) -> Backbone:
    # Imported late: torchvision takes seconds, and the embedded backbone does without.
    if "inception" in name:
        from stylegauge.metrics.backbones.inception import read_inception

        return read_inception(name, located)
    from stylegauge.metrics.backbones.imagenet import read_imagenet

    return read_imagenet(name, located)
