"""The discriminator that judges overlapping patches of an image, each by itself.

Isola et al. 2017, arXiv:1611.07004, section 3.2.2; as CycleGAN's 70x70 one: C64-C128-C256-C512, 4x4 convolutions,
instance normalisation but in the first layer, LeakyReLU of slope 0.2 (Zhu et al. 2017, arXiv:1703.10593, appendix 7.2).
The last two convolutions have stride 1, as in the authors' code, or the patches would be of 94 px and more.
"""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from stylegauge.baselines.networks.weights import draw_weights
from stylegauge.datasets.errors import UsageError


def patch_size(layers: int) -> int:
    """The side of the patch that one score sees, in pixels: 16, 34, 70, 142 for 1 to 4 halvings."""
    size = 7  # two 4x4 convolutions of stride 1
    for _ in range(layers):
        size = 2 * size + 2
    return size


@final
class PatchGAN(nn.Module):
    """[N, channels, H, W] in [-1, 1] to scores [N, 1, h, w], one a patch, before any sigmoid.

    width: channels of the first layer, 64 in the paper; layers: halvings, 3 in the paper, for 70x70 patches
    h is H / 2^layers - 2, and likewise w; 32 px are the least for three halvings
    """

    def __init__(self, width: int = 64, layers: int = 3, channels: int = 3) -> None:
        super().__init__()
        if layers < 1:
            raise UsageError(f"a PatchGAN halves its images once or more, found layers={layers}")
        widths = [width * min(2**level, 8) for level in range(layers + 1)]
        stack: list[nn.Module] = [nn.Conv2d(channels, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)]
        for level in range(1, layers + 1):
            stride = 2 if level < layers else 1
            stack += [
                nn.Conv2d(widths[level - 1], widths[level], 4, stride=stride, padding=1, bias=False),
                nn.InstanceNorm2d(widths[level]),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        self.layers = nn.Sequential(*stack, nn.Conv2d(widths[-1], 1, 4, padding=1))
        draw_weights(self)

    def forward(self, images: Tensor) -> Tensor:
        """Score images."""
        scores: Tensor = self.layers(images)
        return scores
