"""What the vision transformers of the extra have in common."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylegauge.metrics.backbones.base import Backbone, Numerics


@dataclass(frozen=True)
class Shape:
    """The sizes of a vision transformer; the published ones stand beside each network, others only in tests.

    side: of the square images it takes, in pixels; patch: of the squares it cuts them into, in pixels
    width: of a token; depth: blocks; heads: of each block; out: channels of the embedding, where it is projected
    """

    side: int
    patch: int
    width: int
    depth: int
    heads: int
    out: int = 0

    @property
    def grid(self) -> int:
        """Patches along a side."""
        return self.side // self.patch


class Transformer(Backbone):
    """A backbone whose layers are all in `network`, a module of timm or open_clip."""

    network: Any
    minimum_side = 1

    def settle(self, device: str | torch.device = "cpu", numerics: Numerics = "exact") -> "Transformer":
        """As for any backbone; for "fast" the whole network is bfloat16, since tokens and norms meet in every block."""
        super().settle(device, numerics)
        if numerics == "fast":
            self.network.to(torch.bfloat16)
        return self


def as_map(vectors: Tensor) -> Tensor:
    """[N, D] vectors as maps of one position, [N, D, 1, 1]."""
    return vectors[:, :, None, None]
