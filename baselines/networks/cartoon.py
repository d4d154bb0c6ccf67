"""CartoonGAN's two networks.

Chen, Lai and Liu 2018, "CartoonGAN: Generative Adversarial Networks for Photo Cartoonization", CVPR 2018,
doi:10.1109/CVPR.2018.00986, section 3.1 and figure 2. The closing tanh is that of the published weights
(github.com/Yijunmaverick/CartoonGAN-Test-Pytorch-Torch, `network/Transformer.py`), normalisation is by instance as
there. Different here: convolutions before a normalisation have no bias, which the normalisation would take away again;
and the generator reflects borders throughout, where there some are zeros, which leave coloured margins.
"""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from stylegauge.baselines.networks.resnet import ResidualBlock, normalised
from stylegauge.baselines.networks.upsampling import doubling
from stylegauge.baselines.networks.weights import draw_weights


@final
class CartoonGenerator(nn.Module):
    """Flat convolution, two halvings and two doublings of two convolutions each, residual blocks between them.

    [N, 3, H, W] in [-1, 1] to the same; H and W are multiples of 4, and 8 or more
    width: channels of the first layer, 64 in the paper; blocks: 8 in the paper
    upsampling: "transposed" as in the paper, or "nearest"; see `doubling`
    """

    multiple = 4

    def __init__(self, width: int = 64, blocks: int = 8, upsampling: str = "transposed") -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 7, padding=3, padding_mode="reflect", bias=False),
            *normalised(width),
            *_halving(width),
            *_halving(2 * width),
            *(ResidualBlock(4 * width) for _ in range(blocks)),
            *_doubling(4 * width, upsampling),
            *_doubling(2 * width, upsampling),
            nn.Conv2d(width, 3, 7, padding=3, padding_mode="reflect"),
            nn.Tanh(),
        )
        draw_weights(self)

    def forward(self, images: Tensor) -> Tensor:
        """Translate images."""
        translated: Tensor = self.layers(images)
        return translated


@final
class CartoonDiscriminator(nn.Module):
    """[N, 3, H, W] in [-1, 1] to scores [N, 1, H / 4, W / 4], before any sigmoid, each of a small patch.

    Shallow, since whether an image is a cartoon shows in its edges and not in what it depicts (section 3.1).

    width: channels of the first layer, 32 in the paper
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1),
            _leaky(),
            *_judging(width, 2 * width, 4 * width),
            *_judging(4 * width, 4 * width, 8 * width),
            nn.Conv2d(8 * width, 8 * width, 3, padding=1, bias=False),
            nn.InstanceNorm2d(8 * width),
            _leaky(),
            nn.Conv2d(8 * width, 1, 3, padding=1),
        )
        draw_weights(self)

    def forward(self, images: Tensor) -> Tensor:
        """Score images."""
        scores: Tensor = self.layers(images)
        return scores


def _halving(width: int) -> tuple[nn.Module, ...]:
    """k3 s2, k3 s1, norm, ReLU: nothing stands between the two convolutions, which figure 2 has as one block."""
    return (
        nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, padding_mode="reflect"),
        nn.Conv2d(2 * width, 2 * width, 3, padding=1, padding_mode="reflect", bias=False),
        *normalised(2 * width),
    )


def _doubling(width: int, upsampling: str) -> tuple[nn.Module, ...]:
    half = width // 2
    larger = doubling(width, half, upsampling, kernel=3, bias=True)
    second = nn.Conv2d(half, half, 3, padding=1, padding_mode="reflect", bias=False)
    return *larger, second, *normalised(half)


def _judging(found: int, halved: int, made: int) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(found, halved, 3, stride=2, padding=1),
        _leaky(),
        nn.Conv2d(halved, made, 3, padding=1, bias=False),
        nn.InstanceNorm2d(made),
        _leaky(),
    )


def _leaky() -> nn.Module:
    return nn.LeakyReLU(0.2, inplace=True)
