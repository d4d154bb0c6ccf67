"""Networks of the extra by name, from weights that are given by path."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fetch import agrees
from stylegauge.metrics.backbones.base import Backbone, Numerics
from stylegauge.metrics.modern.catalogue import BACKBONES, FILES
from stylegauge.metrics.modern.vgg_dists import read_dists
from stylegauge.metrics.modern.vit_clip import read_clip
from stylegauge.metrics.modern.vit_csd import read_csd
from stylegauge.metrics.modern.vit_dino import read_dino
from stylegauge.metrics.modern.vit_dinov2 import read_dinov2
from stylegauge.metrics.weights.files import Located, digest, locate

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
        _given(each, paths, allow_unverified) if each in FILES else locate(each, paths.get(each), allow_unverified)
        for each in BACKBONES[name]
    ]
    return _READERS[name](*located).settle(device, numerics)


def _given(name: str, paths: Mapping[str, Path], allow_unverified: bool) -> Located:
    """A file that may be used; UsageError says why not."""
    weights = FILES[name]
    if name not in paths:
        raise UsageError(f"the weights {name!r} are given by path: {weights.file}, to be had from {weights.url}")
    path = Path(paths[name])
    if not path.is_file():
        raise UsageError(f"no file '{path}'; expected the weights {name!r}, published as {weights.file}")
    found = digest(path)
    verified = bool(weights.sha256) and agrees(found, weights.sha256)
    if not verified and not allow_unverified:
        why = f"expected {weights.sha256}" if weights.sha256 else "and no published one is known to compare it with"
        raise UsageError(
            f"'{path}' is not known to be the published {weights.file}: found sha256 {found}, {why}; "
            "--allow-unverified-weights uses it all the same and marks the run"
        )
    return Located(name, path, found, verified)
