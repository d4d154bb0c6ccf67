"""What the vision transformers of the extra have in common."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylegauge.metrics.backbones.base import Backbone, Numerics
from stylegauge.metrics.modern.extra import imported


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


def timm_network(shape: Shape, **options: Any) -> Any:
    """timm's vision transformer without a classifier, on the meta device: to be filled from a file."""
    with torch.device("meta"):
        return imported("timm.models.vision_transformer").VisionTransformer(
            img_size=shape.side, patch_size=shape.patch, embed_dim=shape.width, depth=shape.depth,
            num_heads=shape.heads, num_classes=0, **options,
        )  # fmt: skip


def open_clip_tower(shape: Shape) -> Any:
    """An image tower with OpenAI's activation, x * sigmoid(1.702 x), on the meta device: to be filled from a file.

    TRICKY: LAION's towers have another activation and the same names.
    """
    parts = imported("open_clip.transformer")
    with torch.device("meta"):
        return parts.VisionTransformer(
            image_size=shape.side, patch_size=shape.patch, width=shape.width, layers=shape.depth, heads=shape.heads,
            mlp_ratio=4.0, output_dim=shape.out, act_layer=parts.QuickGELU,
        )  # fmt: skip


def as_map(vectors: Tensor) -> Tensor:
    """[N, D] vectors as maps of one position, [N, D, 1, 1]."""
    return vectors[:, :, None, None]
