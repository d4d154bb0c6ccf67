"""StarGAN's two networks: a generator that is told the target label, and a discriminator that also names the label.

Choi et al. 2018, "StarGAN: Unified Generative Adversarial Networks for Multi-Domain Image-to-Image Translation",
arXiv:1711.09020, tables 4 and 5 of the appendix; reference implementation: github.com/yunjey/stargan, `model.py`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from stylegauge.baselines.networks.upsampling import doubling
from stylegauge.datasets.errors import UsageError


@final
class StarGANGenerator(nn.Module):
    """G(x, c): convolution, two halvings, residual blocks, two doublings; the label c joins the image as planes.

    Different from the paper: the first layer is not normalised. A label's planes are constant, so what they add to that
    layer is constant too but for the border, and instance normalisation, which takes a channel's mean away, would leave
    the middle of the picture without the label. And borders are reflected, since zeros leave a frame in the pictures.

    [N, 3, H, W] in [-1, 1] to the same; H and W are multiples of 4, and 8 or more

    labels: how many there are; width: channels of the first layer, 64 in the paper; blocks: 6 in the paper
    upsampling: "transposed" as in the paper, or "nearest"; see `doubling`
    """

    multiple = 4
    smallest = 8  # a quarter of it must be 2: one pixel has no deviation

    def __init__(self, labels: int, width: int = 64, blocks: int = 6, upsampling: str = "transposed") -> None:
        super().__init__()
        self.labels = labels
        layers: list[nn.Module] = [nn.Conv2d(3 + labels, width, 7, padding=3, padding_mode="reflect"), nn.ReLU()]
        for channels in (width, 2 * width):
            layers += [nn.Conv2d(channels, 2 * channels, 4, stride=2, padding=1, padding_mode="reflect", bias=False)]
            layers += _normalised(2 * channels)
        layers += [_Residual(4 * width) for _ in range(blocks)]
        for channels in (4 * width, 2 * width):
            layers += [*doubling(channels, channels // 2, upsampling, kernel=4), *_normalised(channels // 2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, 3, 7, padding=3, padding_mode="reflect"), nn.Tanh())

    def forward(self, images: Tensor, target: Tensor) -> Tensor:
        """[N, 3, H, W] in [-1, 1], sides multiples of 4, and one-hot labels [N, labels]: the images under them."""
        planes = target[:, :, None, None].expand(-1, -1, *images.shape[-2:])
        translated: Tensor = self.layers(torch.cat((images, planes), dim=1))
        return translated


class Judged(NamedTuple):
    """source: [N, 1, h, w], higher for what looks real; label: [N, labels], unnormalised log-probabilities."""

    source: Tensor
    label: Tensor


@final
class StarGANDiscriminator(nn.Module):
    """D_src and D_cls on one body of halving convolutions, without normalisation, as a gradient penalty wants it.

    size: side of its images, in pixels; labels, width: as the generator's; layers: halvings, 6 in the paper
    raises: UsageError where `size` cannot be halved so often
    """

    def __init__(self, size: int, labels: int, width: int = 64, layers: int = 6) -> None:
        super().__init__()
        side = size // 2**layers
        if not side:
            raise UsageError(
                f"a StarGAN discriminator of {layers} layers needs images of {2**layers} pixels a side, found {size}; "
                f"at most {size.bit_length() - 1} layers are possible"
            )
        channels = [3, *(width * 2**layer for layer in range(layers))]
        body: list[nn.Module] = []
        for found, made in pairwise(channels):
            body += [nn.Conv2d(found, made, 4, stride=2, padding=1), nn.LeakyReLU(0.01)]
        self.body = nn.Sequential(*body)
        self.source = nn.Conv2d(channels[-1], 1, 3, padding=1, bias=False)
        self.label = nn.Conv2d(channels[-1], labels, side, bias=False)

    def forward(self, images: Tensor) -> Judged:
        """Judge images [N, 3, size, size] in [-1, 1]."""
        seen = self.body(images)
        return Judged(self.source(seen), self.label(seen).flatten(1))


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        first, second = (
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect", bias=False) for _ in range(2)
        )
        norm = nn.InstanceNorm2d(channels, affine=True)
        self.layers = nn.Sequential(first, *_normalised(channels), second, norm)  # the sum is not rectified

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = x + self.layers(x)
        return changed


def _normalised(channels: int) -> list[nn.Module]:
    return [nn.InstanceNorm2d(channels, affine=True), nn.ReLU()]
