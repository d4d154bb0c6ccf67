"""DINO's ViT-B/8 (Caron et al. 2021), for the keys that structure distance compares."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.metrics.backbones.state import fill
from stylegauge.metrics.modern.prepare import IMAGENET, normalise
from stylegauge.metrics.modern.read import read_tensors
from stylegauge.metrics.modern.transformer import Shape, Transformer, timm_network
from stylegauge.metrics.weights.files import Located

SHAPE = Shape(side=224, patch=8, width=768, depth=12, heads=12)


class DinoBackbone(Transformer):
    """Keys of the last block, all heads side by side, the class token's first.

    Splice resizes the shorter side of a tensor to 224, and moves the positions for images that are not square. Here
    all images become squares of 224, which is the same for square ones. Its resize is bilinear and without rounding;
    antialiased, as torchvision's is for tensors since 0.17 (older releases, and numbers from them, are without).
    """

    preprocessing = "dino-1"
    taps = ("keys",)

    def __init__(self, weights: Located, shape: Shape = SHAPE) -> None:
        super().__init__("dino", weights.sha256, weights.verified)
        self.shape = shape
        self.network = timm_network(shape)

    def prepare(self, images: Tensor) -> Tensor:
        """Squares of 224 px, normalised as for ImageNet."""
        size = (self.shape.side, self.shape.side)
        if images.shape[2:] != size:
            images = F.interpolate(images, size=size, mode="bilinear", antialias=True, align_corners=False)
        return normalise(images, IMAGENET)

    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """ "keys": [N, width, tokens, 1]; of the last block only the keys are computed."""
        network = self.network
        patches = network.patch_embed(prepared)
        tokens = torch.cat([network.cls_token.expand(len(patches), -1, -1), patches], dim=1) + network.pos_embed
        for block in network.blocks[:-1]:
            tokens = block(tokens)
        last = network.blocks[-1]
        keys = last.attn.qkv(last.norm1(tokens)).unflatten(2, (3, self.shape.width))[:, :, 1]
        yield from ((tap, keys.transpose(1, 2)[..., None]) for tap in taps)


def read_dino(weights: Located, shape: Shape = SHAPE) -> DinoBackbone:
    """The network with the weights of dino_vitbase8_pretrain.pth; UsageError for any other file."""
    backbone = DinoBackbone(weights, shape)
    fill(backbone.network, read_tensors(weights.path), weights.path)
    return backbone
