"""AdaIN on the published files of its PyTorch port: `decoder.pth` and `vgg_normalised.pth`, given by path.

Huang and Belongie 2017, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", arXiv:1703.06868:
t = AdaIN(f(c), f(s)) at relu4_1 (equations 8 and 9), T = g((1 - alpha) f(c) + alpha t) (equation 14). The layers and
the names of their tensors are those of naoto0804/pytorch-AdaIN, net.py; its variance divides by n - 1 and is raised by
1e-5 (function.py).

The files: https://github.com/naoto0804/pytorch-AdaIN/releases/download/v0.0.0/decoder.pth, and vgg_normalised.pth
beside it. No digest of them was found in a public record, so they are checked by their tensors alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor, nn

from stylegauge.baselines.adain import adain
from stylegauge.baselines.official import read_official
from stylegauge.baselines.strength import strength_of
from stylegauge.metrics.backbones.state import fill

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request

# Output channels of the 3x3 convolutions; P a pooling by 2, U the nearest neighbours twice as large.
VGG = (64, 64, "P", 128, 128, "P", 256, 256, 256, 256, "P", 512, 512, 512, 512, "P", 512, 512, 512, 512)
DECODER = (256, "U", 256, 256, 256, 128, "U", 128, 64, "U", 64, 3)
RELU4_1 = 31  # layers of the VGG up to there, which are all that is used


@final
class OfficialAdaIN:
    """Any content in the manner of any style image.

    decoder, vgg: the two files; strength: alpha, from 0 (the decoded content) to 1
    Contents of any size: where sides are no multiples of 8 the network's image is larger, and is cropped.
    """

    kind = "pair"
    role = "entry"
    privileged = False

    def __init__(self, decoder: str, vgg: str, strength: float = 1.0, device: str = "cpu") -> None:
        self.strength = strength_of(strength, "official-adain")
        with torch.device("meta"):
            encoder, decoding = encoder_layers(), decoder_layers()
        self.encoder = _read(encoder, vgg, "vgg")[:RELU4_1].to(device)
        self.decoder = _read(decoding, decoder, "decoder").to(device)

    @torch.inference_mode()
    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        alpha = strength_of(request.strength, "official-adain", self.strength)
        content = self.encoder(request.content)
        mixed = (1 - alpha) * content + alpha * adain(content, self.encoder(request.style))
        height, width = request.content.shape[-2:]
        images: Tensor = self.decoder(mixed)[..., :height, :width]
        return images.clamp(0, 1)


def encoder_layers() -> nn.Sequential:
    """The normalised VGG-19 up to relu5_4, its first layer making of RGB in [0, 1] what VGG was trained on."""
    return nn.Sequential(nn.Conv2d(3, 3, 1), *_layers(3, VGG))


def decoder_layers() -> nn.Sequential:
    """[N, 512, H, W] to [N, 3, 8 H, 8 W]; nothing after the last convolution."""
    return nn.Sequential(*_layers(512, DECODER))[:-1]


def _layers(channels: int, plan: tuple[int | str, ...]) -> Iterator[nn.Module]:
    """In the order of the reference implementation, since a tensor is named by its layer's place."""
    for step in plan:
        if step == "P":
            yield nn.MaxPool2d(2, ceil_mode=True)
        elif step == "U":
            yield nn.Upsample(scale_factor=2, mode="nearest")
        else:
            yield from (nn.ReflectionPad2d(1), nn.Conv2d(channels, int(step), 3), nn.ReLU())
            channels = int(step)


def _read(network: nn.Sequential, path: str, what: str) -> nn.Sequential:
    """The network with the tensors of a file, in evaluation mode and frozen; UsageError where they are another's."""
    fill(network, read_official(path, what), Path(path))
    return network.eval().requires_grad_(False)
