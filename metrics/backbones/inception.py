"""The Inception v3 networks of FID and of ArtFID, without their classifiers, and what is done to images before them.

The FID Inception is TensorFlow's of 2015-12-05: its average pools leave out the padding, its last block pools by
maximum, and its features are not those of torchvision's network. The blocks that differ are pytorch-fid's.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import final

import torch
import torch.nn.functional as F
from pytorch_fid.inception import FIDInceptionA, FIDInceptionC, FIDInceptionE_1, FIDInceptionE_2
from torch import Tensor, nn
from torchvision.models.inception import BasicConv2d, Inception3

from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.backbones.names import BACKBONES
from stylegauge.metrics.backbones.state import fill, fold_norm
from stylegauge.metrics.weights.files import Located
from stylegauge.metrics.weights.read import read_state

SIDE = 299
_STEM = ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1")
_BODY = (
    "Conv2d_3b_1x1", "Conv2d_4a_3x3", "maxpool2", "Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a", "Mixed_6b",
    "Mixed_6c", "Mixed_6d", "Mixed_6e", "Mixed_7a", "Mixed_7b", "Mixed_7c",
)  # fmt: skip
# Heads that the file of art-inception may hold besides the trunk; the published one leaves out their last layers.
_ART_HEADS = ("fc1.", "fc2.", "AuxLogits1.", "AuxLogits2.")


class InceptionBackbone(Backbone):
    """An Inception v3 up to its global average pool, batch norms folded into the convolutions.

    taps: pool1, the first max-pool [N, 64, H', W'], and pool3, the global average [N, 2048, 1, 1]
    """

    def __init__(self, name: str, located: Located, trunk: Inception3) -> None:
        super().__init__(name, located.sha256, located.verified)
        info = BACKBONES[name]
        self.taps, self.embedding_taps, self.minimum_side = info.taps, info.embedding_taps, info.minimum_side
        fold_norms(trunk)
        self.stem = nn.Sequential(*(trunk.get_submodule(part) for part in _STEM))
        self.body = nn.Sequential(*(trunk.get_submodule(part) for part in _BODY))

    @abstractmethod
    def prepare(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] in [0, 1] to what the first layer takes, float32."""

    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """pool1, [N, 64, H', W'] and pool3, [N, 2048, 1, 1]."""
        if not taps:
            return
        pool1 = self.stem(prepared)
        if "pool1" in taps:
            yield "pool1", pool1
        if "pool3" in taps:
            # In float32, whatever the layers are in: the average is what the embedding is.
            yield "pool3", self.body(pool1).float().mean(dim=(2, 3), keepdim=True)

    def embed(self, features: Mapping[str, Tensor]) -> Tensor:
        """[N, 2048] of pool3."""
        return features["pool3"].flatten(1)


@final
class FidInception(InceptionBackbone):
    """With clean-fid's resize (Parmar et al. 2022): bicubic, antialiased, not rounded to 8 bits.

    clean-fid resizes by PIL, whose weights are float64. With ours in float64 as well the two differ by 3e-5 of 255
    levels at most, with torch's float32 positions by 3e-3; it costs a fifth more of a millisecond or two.
    """

    preprocessing = "inception-clean-1"

    def prepare(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] in [0, 1] to [N, 3, 299, 299] in [-1, 1]."""
        resized = F.interpolate(images.double(), (SIDE, SIDE), mode="bicubic", align_corners=False, antialias=True)
        return 2 * resized.clamp(0, 1).float() - 1


@final
class LegacyFidInception(InceptionBackbone):
    """With pytorch-fid's resize, bilinear and not antialiased: for comparison with numbers that were made by it."""

    preprocessing = "inception-legacy-1"

    def prepare(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] in [0, 1] to [N, 3, 299, 299] in [-1, 1]."""
        return 2 * F.interpolate(images, (SIDE, SIDE), mode="bilinear", align_corners=False) - 1


@final
class ArtInception(InceptionBackbone):
    """The Inception of ArtFID (Wright and Ommer 2022), which takes images of any size as they are."""

    preprocessing = "art-inception-1"

    def prepare(self, images: Tensor) -> Tensor:
        """The images themselves: ArtFID's code neither scales nor resizes them."""
        return images


def read_inception(name: str, located: Located) -> InceptionBackbone:
    """The backbone of that name with the weights of a file; UsageError where that is another network's."""
    state = read_state(located)
    if name == "art-inception":
        trunk = _art_trunk()
        fill(trunk, state, located.path, foreign=_ART_HEADS)
        return ArtInception(name, located, trunk)
    trunk = _fid_trunk()
    fill(trunk, state, located.path, unused=("fc.",))
    return FidInception(name, located, trunk) if name == "inception" else LegacyFidInception(name, located, trunk)


def fold_norms(network: nn.Module) -> None:
    """Turn each convolution, batch norm and ReLU of a network into a convolution and a ReLU in place."""
    for parent in list(network.modules()):
        for name, block in list(parent.named_children()):
            if isinstance(block, BasicConv2d):
                setattr(parent, name, nn.Sequential(fold_norm(block.conv, block.bn), nn.ReLU(inplace=True)))


def _fid_trunk() -> Inception3:
    """The FID Inception on the meta device, with the file's 1008 logits."""
    with torch.device("meta"):
        network = Inception3(num_classes=1008, aux_logits=False, init_weights=False)
        network.Mixed_5b = FIDInceptionA(192, pool_features=32)
        network.Mixed_5c = FIDInceptionA(256, pool_features=64)
        network.Mixed_5d = FIDInceptionA(288, pool_features=64)
        network.Mixed_6b = FIDInceptionC(768, channels_7x7=128)
        network.Mixed_6c = FIDInceptionC(768, channels_7x7=160)
        network.Mixed_6d = FIDInceptionC(768, channels_7x7=160)
        network.Mixed_6e = FIDInceptionC(768, channels_7x7=192)
        network.Mixed_7b = FIDInceptionE_1(1280)
        network.Mixed_7c = FIDInceptionE_2(2048)
    return network


def _art_trunk() -> Inception3:
    """torchvision's network on the meta device, without a classifier."""
    with torch.device("meta"):
        network = Inception3(aux_logits=False, init_weights=False)
        network.fc = nn.Identity()
    return network
