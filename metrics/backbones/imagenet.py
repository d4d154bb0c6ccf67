"""AlexNet, VGG-16, VGG-19 and SqueezeNet 1.1 as torchvision defines and publishes them, without their classifiers."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import final

import torch
import torchvision
from torch import Tensor, nn

from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.backbones.heads import DIGESTS, read_heads
from stylegauge.metrics.backbones.names import BACKBONES
from stylegauge.metrics.backbones.state import fill
from stylegauge.metrics.weights.files import Located
from stylegauge.metrics.weights.read import read_state

# Of the images that the networks were trained on. LPIPS writes the same for [-1, 1]: (2x - 1 + .030) / .458 and so on.
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)

_ARCHITECTURES = {
    "alex": torchvision.models.alexnet,
    "vgg": torchvision.models.vgg16,
    "vgg19": torchvision.models.vgg19,
    "squeeze": torchvision.models.squeezenet1_1,
}
# Where the slices of the package `lpips` end: a ReLU, then Fire modules, each of which ends in ReLUs.
_SQUEEZE_ENDS = (1, 4, 7, 9, 10, 11, 12)


@final
class ImageNetBackbone(Backbone):
    """The convolutions of a torchvision classifier.

    Its ReLUs work in place, over what a convolution or a Fire module has just made: no tap is written over.
    """

    preprocessing = "imagenet-1"

    def __init__(self, name: str, located: Located, features: nn.Sequential) -> None:
        heads = read_heads(name) if name in DIGESTS else {}
        # Scores depend on both files, so one digest stands for the two.
        both = hashlib.sha256(f"{located.sha256}{DIGESTS[name]}".encode()).hexdigest() if heads else located.sha256
        super().__init__(name, both, located.verified)
        self.taps, self.minimum_side = BACKBONES[name].taps, BACKBONES[name].minimum_side
        self.features = features
        self._ends = dict(zip(self.taps, _tap_ends(name, features), strict=True))
        self._head_taps = tuple(heads)
        for tap, head in heads.items():
            self.register_buffer(f"_head_{tap}", head)
        self.register_buffer("_mean", torch.tensor(MEAN)[:, None, None])
        self.register_buffer("_deviation", torch.tensor(DEVIATION)[:, None, None])

    @property
    def lpips_heads(self) -> dict[str, Tensor]:
        """tap -> [C] weights, none below 0, on the backbone's device; empty for VGG-19."""
        return {tap: self.get_buffer(f"_head_{tap}") for tap in self._head_taps}

    def prepare(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] in [0, 1], less the mean of ImageNet's images and over their deviation."""
        return (images - self.get_buffer("_mean")) / self.get_buffer("_deviation")

    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """tap, [N, C, H', W'] after the ReLU."""
        wanted = {self._ends[tap]: tap for tap in taps}
        x = prepared
        for index, layer in enumerate(islice(self.features, max(wanted, default=-1) + 1)):
            x = layer(x)
            if index in wanted:
                yield wanted[index], x


def read_imagenet(name: str, located: Located) -> ImageNetBackbone:
    """The backbone with the weights of a whole classifier's file; UsageError where that is another network's."""
    with torch.device("meta"):
        network = _ARCHITECTURES[name](weights=None)
    fill(network, read_state(located), located.path, unused=("classifier.",))
    return ImageNetBackbone(name, located, network.features)


def _tap_ends(name: str, features: nn.Sequential) -> tuple[int, ...]:
    """The layer at whose output each tap is read."""
    if name == "squeeze":
        return _SQUEEZE_ENDS
    return tuple(index for index, layer in enumerate(features) if isinstance(layer, nn.ReLU))
