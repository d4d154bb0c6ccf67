"""One tap of a backbone as an encoder, for the generators that change features and decode them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.baselines.networks.sizes import at_any_size
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.backbones.load import load_backbone

_PROBE = 64  # px; any tap of a VGG-like network divides it


@dataclass(frozen=True)
class Encoder:
    """A frozen backbone up to a tap.

    channels: of the tap's map; halvings: how often its sides are half the picture's
    """

    backbone: Backbone
    tap: str
    channels: int
    halvings: int

    def __call__(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] in [0, 1] to [N, C, H / 2**halvings, W / 2**halvings], sides rounded down.

        A side shorter than the backbone takes is padded by reflection first.
        """
        return self.backbone(_at_least(images, self.backbone.minimum_side), (self.tap,))[self.tap]

    def at_any_size(self, network: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
        """`network` of images whose sides this encoder does not divide; see `networks.sizes.at_any_size`."""
        small = min(images.shape[-2:]) < self.backbone.minimum_side
        multiple = max(2**self.halvings, self.backbone.minimum_side if small else 1)
        return at_any_size(network, images, multiple)


def make_encoder(backbone: Backbone, tap: str) -> Encoder:
    """The encoder that ends at `tap`.

    raises: UsageError for a tap that the backbone lacks, or whose map is not the picture halved some times
    """
    device = next(backbone.parameters()).device
    with torch.no_grad():
        probe = backbone(torch.zeros(1, 3, _PROBE, _PROBE, device=device), (tap,))[tap]
    halvings = (_PROBE // probe.shape[-1]).bit_length() - 1
    if probe.shape[-1] << halvings != _PROBE:
        raise UsageError(
            f"tap '{tap}' of backbone '{backbone.name}' makes {probe.shape[-1]} positions of {_PROBE} pixels, and "
            f"cannot be decoded by doubling; possible are embedded and vgg19"
        )
    return Encoder(backbone, tap, probe.shape[1], halvings)


def read_encoders(arguments: Mapping[str, Any], taps: Iterable[str], device: str) -> dict[str, Encoder]:
    """tap -> the encoder that its decoder was trained on, by `backbone` and `encoder` of a checkpoint's arguments.

    raises: UsageError where the backbone's weights are not those: a decoder reads no other network's features
    """
    name, wanted = arguments["backbone"], arguments["encoder"]
    backbone = load_backbone(name, device)
    if backbone.sha256 != wanted:
        raise UsageError(
            f"it decodes backbone '{name}' with weights {wanted[:12]}, found {backbone.sha256[:12]}; train it again"
        )
    return {tap: make_encoder(backbone, tap) for tap in taps}


def _at_least(images: Tensor, side: int) -> Tensor:
    """Padded by reflection, right and below, over and over, until no side is shorter."""
    while min(images.shape[-2:]) < side:
        if 1 in images.shape[-2:]:  # a single row reflects nothing
            images = images.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        height, width = images.shape[-2:]
        down = min(max(0, side - height), height - 1)
        across = min(max(0, side - width), width - 1)
        images = F.pad(images, (0, across, 0, down), mode="reflect")
    return images
