"""CSD's network (Somepalli et al. 2024): CLIP's ViT-L/14 retrained to tell styles apart."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylegauge.metrics.backbones.state import fill
from stylegauge.metrics.modern.prepare import CLIP, centre, normalise, shorter_side
from stylegauge.metrics.modern.read import read_tensors
from stylegauge.metrics.modern.transformer import Shape, Transformer, as_map, open_clip_tower
from stylegauge.metrics.weights.files import Located

SHAPE = Shape(side=224, patch=14, width=1024, depth=24, heads=16, out=768)


class _Descriptors(nn.Module):
    """The tower without its own projection, and the two projections that CSD trains; names as in its checkpoint."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.backbone = open_clip_tower(shape)
        self.last_layer_style = nn.Parameter(torch.empty(shape.width, shape.out, device="meta"))
        self.last_layer_content = nn.Parameter(torch.empty(shape.width, shape.out, device="meta"))
        self.backbone.proj = None

    def forward(self, prepared: Tensor) -> Tensor:
        found: Tensor = self.backbone(prepared) @ self.last_layer_style
        return found


class CsdBackbone(Transformer):
    """The style descriptor; images resized by Pillow's bicubic and cut to 224 px, as CSD's evaluation.

    CSD's own script computes in half precision, this in single.
    """

    preprocessing = "csd-1"
    taps = ("style",)
    embedding_taps = ("style",)

    def __init__(self, weights: Located, shape: Shape = SHAPE) -> None:
        super().__init__("csd", weights.sha256, weights.verified)
        self.shape = shape
        self.network = _Descriptors(shape)

    def prepare(self, images: Tensor) -> Tensor:
        """Squares of 224 px, normalised as for CLIP."""
        return normalise(centre(shorter_side(images, self.shape.side), self.shape.side), CLIP)

    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """ "style": [N, out, 1, 1], before it is scaled to unit length."""
        found = as_map(self.network(prepared))
        yield from ((tap, found) for tap in taps)

    def embed(self, features: Mapping[str, Tensor]) -> Tensor:
        """[N, out], rows of unit length."""
        return F.normalize(features["style"].flatten(1), dim=1)


def read_csd(weights: Located, shape: Shape = SHAPE) -> CsdBackbone:
    """The network with the weights of CSD's checkpoint (`model_state_dict`); UsageError for any other file."""
    backbone = CsdBackbone(weights, shape)
    fill(backbone.network, read_tensors(weights.path), weights.path)
    return backbone
