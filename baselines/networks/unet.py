"""pix2pix's generator: an encoder down to a few pixels and a decoder that is given the encoder's maps of its size.

Isola et al. 2017, arXiv:1611.07004, appendix 6.1.1: C64-C128-C256-C512-C512-C512-C512-C512, 4x4 convolutions of stride
2, LeakyReLU of slope 0.2 on the way down and ReLU on the way up. Instance normalisation takes the place of batch
normalisation, as in CycleGAN's U-Net and in DualGAN, so that no image depends on its batch.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from stylegauge.baselines.networks.upsampling import doubling
from stylegauge.baselines.networks.weights import draw_weights
from stylegauge.datasets.errors import UsageError

DEEPEST = 8  # halvings in the paper, of 256 px to one
SHALLOWEST = 3
_DROPPED = 3  # decoder layers with dropout, from the innermost


def depth_by_size(size: int) -> int:
    """How often a side of `size` pixels is halved: as often as leaves whole pixels, at most 8 (256 px: 8, 128: 7).

    raises: UsageError for a size that is no multiple of 8
    """
    depth = 0
    while size % 2 ** (depth + 1) == 0 and depth < DEEPEST:
        depth += 1
    if depth < SHALLOWEST:
        raise UsageError(f"a U-Net halves its images at least {SHALLOWEST} times: no size {size}, but a multiple of 8")
    return depth


@final
class UNetGenerator(nn.Module):
    """[N, 3, H, W] in [-1, 1] to the same; H and W are multiples of 2^depth.

    width: channels of the first layer, 64 in the paper; deeper ones have up to 8 times as many
    depth: halvings; dropout: share of the three innermost decoder layers' channels' values that are dropped in
        training, 0.5 in the paper, where it stands for noise
    upsampling: "transposed" as in the paper, or "nearest"; see `doubling`
    """

    def __init__(
        self, width: int = 64, depth: int = DEEPEST, dropout: float = 0.0, upsampling: str = "transposed"
    ) -> None:
        super().__init__()
        if not SHALLOWEST <= depth <= DEEPEST:
            raise UsageError(f"a U-Net halves its images {SHALLOWEST} to {DEEPEST} times, found {depth}")
        self.multiple = 2**depth
        widths = [width * min(2**level, 8) for level in range(depth)]
        self.down = nn.ModuleList([nn.Conv2d(3, width, 4, stride=2, padding=1)])
        for level in range(1, depth):
            self.down.append(_halving(widths[level - 1], widths[level], innermost=level == depth - 1))
        self.up = nn.ModuleList()
        for level in range(depth - 1, 0, -1):
            given = widths[level] * (1 if level == depth - 1 else 2)
            dropped = dropout if depth - level <= _DROPPED else 0.0
            self.up.append(_doubling(given, widths[level - 1], upsampling, dropped))
        last = doubling(2 * width, 3, upsampling, kernel=4, bias=True)
        self.up.append(nn.Sequential(nn.ReLU(inplace=True), *last, nn.Tanh()))
        draw_weights(self)

    def forward(self, images: Tensor) -> Tensor:
        """Translate images."""
        # TRICKY: the next level rectifies a kept map in place (LeakyReLU). The decoder's ReLU would have done away with
        # the negative part anyway, so the skip connection carries the same with less memory.
        kept: list[Tensor] = []
        x = images
        for down in self.down:
            x = down(x)
            kept.append(x)
        x = self.up[0](kept.pop())
        for up in self.up[1:]:
            x = up(torch.cat((x, kept.pop()), dim=1))
        return x


def _halving(given: int, made: int, *, innermost: bool) -> nn.Sequential:
    """The innermost map can be one pixel, which has no deviation, and is not normalised."""
    convolution = nn.Conv2d(given, made, 4, stride=2, padding=1, bias=innermost)
    layers: list[nn.Module] = [nn.LeakyReLU(0.2, inplace=True), convolution]
    return nn.Sequential(*layers) if innermost else nn.Sequential(*layers, nn.InstanceNorm2d(made))


def _doubling(given: int, made: int, upsampling: str, dropout: float) -> nn.Sequential:
    larger = doubling(given, made, upsampling, kernel=4)
    layers = [nn.ReLU(inplace=True), *larger, nn.InstanceNorm2d(made)]
    return nn.Sequential(*layers, nn.Dropout(dropout)) if dropout else nn.Sequential(*layers)
