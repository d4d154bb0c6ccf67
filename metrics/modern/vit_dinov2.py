"""DINOv2's ViT-L/14 (Oquab et al. 2023), whose class token FD-DINOv2 compares."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.state import fill
from stylegauge.metrics.modern.prepare import IMAGENET, normalise, pillow_resize
from stylegauge.metrics.modern.read import read_tensors
from stylegauge.metrics.modern.transformer import Shape, Transformer, as_map, timm_network
from stylegauge.metrics.weights.files import Located

SHAPE = Shape(side=224, patch=14, width=1024, depth=24, heads=16)


class Dinov2Backbone(Transformer):
    """The class token after the last norm; images become squares of 224 by Pillow's bicubic, as in dgm-eval."""

    preprocessing = "dinov2-1"
    taps = ("cls",)
    embedding_taps = ("cls",)

    def __init__(self, weights: Located, shape: Shape = SHAPE) -> None:
        super().__init__("dinov2", weights.sha256, weights.verified)
        self.shape = shape
        self.network = timm_network(shape, init_values=1.0)  # whatever it is, it makes room for the file's scales

    def prepare(self, images: Tensor) -> Tensor:
        """Squares of 224 px, normalised as for ImageNet."""
        return normalise(pillow_resize(images, self.shape.side, self.shape.side), IMAGENET)

    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """ "cls": [N, width, 1, 1]."""
        found = as_map(self.network(prepared))
        yield from ((tap, found) for tap in taps)

    def embed(self, features: Mapping[str, Tensor]) -> Tensor:
        """The class token: [N, width]."""
        return features["cls"].flatten(1)


def read_dinov2(weights: Located, shape: Shape = SHAPE) -> Dinov2Backbone:
    """The network with the weights of dinov2_vitl14_pretrain.pth; UsageError for any other file."""
    backbone = Dinov2Backbone(weights, shape)
    state = read_tensors(weights.path)
    state.pop("mask_token", None)  # stands for hidden patches in training; the published file has it, no image does
    if "pos_embed" in state:
        state["pos_embed"] = _moved(state["pos_embed"], shape.grid, weights.path)
    fill(backbone.network, state, weights.path)
    return backbone


def _moved(positions: Tensor, grid: int, path: Path) -> Tensor:
    """Positions of the published grid (37 x 37, for 518 px) moved to another: [1, 1 + T, D] to [1, 1 + grid^2, D].

    TRICKY: as DINOv2's own code, by a factor of (grid + 0.1) / 37 and without antialiasing. timm moves them by size and
    antialiased, which gives other features.
    """
    published = round((positions.shape[1] - 1) ** 0.5)
    if positions.ndim != 3 or published**2 + 1 != positions.shape[1]:
        raise UsageError(
            f"'{path}' is not a weights file of DINOv2's ViT-L/14: 'pos_embed' is {tuple(positions.shape)}"
        )
    if published == grid:
        return positions
    patches = positions[:, 1:].reshape(1, published, published, -1).permute(0, 3, 1, 2)
    factor = (grid + 0.1) / published
    moved = F.interpolate(patches, scale_factor=(factor, factor), mode="bicubic")
    return torch.cat([positions[:, :1], moved.permute(0, 2, 3, 1).flatten(1, 2)], dim=1)
