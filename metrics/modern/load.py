"""Networks of the extra by name, from weights that are given by path."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.base import Backbone, Numerics
from stylegauge.metrics.modern.catalogue import BACKBONES, FILES
from stylegauge.metrics.modern.files import given
from stylegauge.metrics.modern.vgg_dists import read_dists
from stylegauge.metrics.modern.vit_clip import read_clip
from stylegauge.metrics.modern.vit_csd import read_csd
from stylegauge.metrics.modern.vit_dino import read_dino
from stylegauge.metrics.modern.vit_dinov2 import read_dinov2
from stylegauge.metrics.weights.files import locate

_READERS: dict[str, Callable[..., Backbone]] = {
    "dino": read_dino,
    "dinov2": read_dinov2,
    "clip": read_clip,
    "clip-l336": read_clip,
    "csd": read_csd,
    "vgg-l2": read_dists,
}


def load_modern(
    name: str,
    paths: Mapping[str, Path],
    device: str | torch.device = "cpu",
    numerics: Numerics = "exact",
    allow_unverified: bool = False,
) -> Backbone:
    """The network of that name with its weights, on the device.

    paths: of the files that `catalogue.BACKBONES` names; torchvision's VGG-16 ("vgg") is looked for as usual without
    raises: UsageError for an unknown name, a file that is not given, cannot be read or is another network's, one that
        is not known to be the published one unless `allow_unverified`, and a package that is not installed
    """
    if name not in BACKBONES:
        raise UsageError(f"no backbone {name!r} in the extra 'modern'; there are: {', '.join(BACKBONES)}")
    located = [
        (given if each in FILES else locate)(each, paths.get(each), allow_unverified) for each in BACKBONES[name]
    ]
    return _READERS[name](*located).settle(device, numerics)
