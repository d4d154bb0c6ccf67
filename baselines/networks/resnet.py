"""CycleGAN's generator: two halvings, residual blocks at a quarter of the size, two doublings.

Zhu et al. 2017, arXiv:1703.10593, appendix 7.2: c7s1-64, d128, d256, R256 x 6 (128 px) or x 9 (256 px), u128, u64,
c7s1-3, after Johnson et al. 2016, arXiv:1603.08155; reflection padding and instance normalisation. Different here:
convolutions before a normalisation have no bias, which the normalisation would take away again.
"""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from stylegauge.baselines.networks.upsampling import doubling
from stylegauge.baselines.networks.weights import draw_weights


@final
class ResNetGenerator(nn.Module):
    """[N, 3, H, W] in [-1, 1] to the same; H and W are multiples of 4, and 8 or more.

    width: channels of the first layer, 64 in the paper; blocks: residual blocks, 6 or 9 there
    upsampling: "transposed" as in the paper, or "nearest"; see `doubling`
    """

    multiple = 4

    def __init__(self, width: int = 64, blocks: int = 9, upsampling: str = "transposed") -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(3),
            nn.Conv2d(3, width, 7, bias=False),
            *normalised(width),
            *_halving(width),
            *_halving(2 * width),
            *(ResidualBlock(4 * width) for _ in range(blocks)),
            *doubling(4 * width, 2 * width, upsampling, kernel=3),
            *normalised(2 * width),
            *doubling(2 * width, width, upsampling, kernel=3),
            *normalised(width),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, 3, 7),
            nn.Tanh(),
        )
        draw_weights(self)

    def forward(self, images: Tensor) -> Tensor:
        """Translate images."""
        translated: Tensor = self.layers(images)
        return translated


@final
class ResidualBlock(nn.Module):
    """x + f(x) at one size: two 3x3 convolutions, each normalised, and no rectifier after the sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3, bias=False),
            *normalised(width),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3, bias=False),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """[N, width, H, W] to the same."""
        changed: Tensor = self.layers(x)
        return x + changed


def normalised(width: int) -> tuple[nn.Module, ...]:
    """What follows a convolution of `width` channels: normalisation by instance, without weights, and a rectifier."""
    return nn.InstanceNorm2d(width), nn.ReLU(inplace=True)


def _halving(width: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False), *normalised(2 * width)
