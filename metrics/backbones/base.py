"""What every backbone is: a way from images to named maps, with what the metrics need to know about it.

What is done with the maps (Gram, LPIPS, Frechet) lives elsewhere.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.fused import fuse

Numerics = Literal["exact", "fast"]


class Backbone(nn.Module, ABC):
    """A network with named taps; frozen, in evaluation mode, every tensor of its weights file accounted for.

    name: as in metric ids, "vgg19"
    sha256: of the weights file, part of what makes two runs comparable
    verified: whether that file is the published one (or ships with the package)
    taps: from shallow to deep
    lpips_heads: tap -> [C], not negative: how much LPIPS weighs each channel; empty where LPIPS has no heads for it
    embedding_taps: the taps that `embed` reads; empty where there is no embedding
    preprocessing: names what is done to images first; another version of it makes other features
    minimum_side: of the images, in pixels
    costly: whether its features come faster from a disk than from the network
    numerics: "exact" is float32; "fast" computes the layers in bfloat16, and gives float32 maps all the same
    """

    preprocessing: ClassVar[str]
    costly: ClassVar[bool] = True
    taps: tuple[str, ...]
    embedding_taps: tuple[str, ...] = ()
    minimum_side: int = 32

    def __init__(self, name: str, sha256: str, verified: bool = True) -> None:
        super().__init__()
        self.name, self.sha256, self.verified = name, sha256, verified
        self.numerics: Numerics = "exact"

    @property
    def lpips_heads(self) -> dict[str, Tensor]:
        """tap -> [C] weights, none below 0, on the backbone's device."""
        return {}

    @abstractmethod
    def prepare(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] in [0, 1] to what the first layer takes, float32."""

    @abstractmethod
    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """The taps asked for, each with its map as soon as that is computed; nothing deeper than the last is.

        No map is written over later.
        """

    def forward(self, images: Tensor, taps: Iterable[str] | None = None) -> dict[str, Tensor]:
        """Maps of the taps asked for (all for None), differentiable with respect to the images.

        images: [N, 3, H, W] in [0, 1], sides at least `minimum_side`
        returns: tap -> [N, C, H', W'] float32; UsageError for a tap that is unknown, ValueError for small images
        """
        return {tap: each.float() for tap, each in self.visit(images, self.taps if taps is None else tuple(taps))}

    def visit(self, images: Tensor, wanted: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """What `forward` gives, tap by tap, in the numbers that the layers are computed in.

        Whoever uses a map before asking for the next finds it in the processor's cache.
        """
        unknown = [tap for tap in wanted if tap not in self.taps]
        if unknown:
            raise UsageError(f"no tap {unknown[0]!r} in backbone {self.name!r}; there are: {', '.join(self.taps)}")
        if min(images.shape[-2:]) < self.minimum_side:
            raise ValueError(
                f"images must be at least {self.minimum_side} px a side for {self.name}, "
                f"found {tuple(images.shape[-2:])}"
            )
        prepared = self.prepare(images)
        return self.walk(prepared.bfloat16() if self.numerics == "fast" else prepared, wanted)

    def embed(self, features: Mapping[str, Tensor]) -> Tensor:
        """One vector an image for set metrics: tap -> map, `embedding_taps` at least, to [N, D]."""
        raise UsageError(f"backbone {self.name!r} has no embedding for set metrics")

    def settle(self, device: str | torch.device = "cpu", numerics: Numerics = "exact") -> "Backbone":
        """Freeze, choose numerics and layout, and move to the device; returns itself.

        Channels last: the same sums in another order in memory, half as fast again on a processor.
        """
        self.numerics = numerics
        self.eval().requires_grad_(False)
        self.to(device)
        if numerics == "fast":
            for layer in self.modules():
                if isinstance(layer, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                    layer.to(torch.bfloat16)  # and no more: heads and scales stay exact
        self.to(memory_format=torch.channels_last)
        if torch.device(device).type == "cpu":
            fuse(self)
        return self
