"""DiscoGAN's networks: a generator without skip connections, and a discriminator that shows its features.

Kim et al. 2017, arXiv:1703.05192, section 3.1 and the authors' code (SKTBrain/DiscoGAN, `discogan/model.py`): 4x4
convolutions of stride 2 without bias, batch normalisation, LeakyReLU of slope 0.2 on the way down and ReLU on the way
up. Different here: the generator's last layer is a tanh and not a sigmoid, for images in [-1, 1]; and the discriminator
halves images below 64 px, the paper's size, less often.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple, final

import torch
from torch import Tensor, nn

from stylegauge.baselines.networks.upsampling import doubling
from stylegauge.datasets.errors import UsageError

HALVINGS = 4


@final
class AutoencoderGenerator(nn.Module):
    """[N, 3, H, W] in [-1, 1] to the same, through maps 2^halvings times smaller; H and W are multiples of that.

    width: channels of the first layer, 64 in the paper, doubled by each further halving; halvings: 4 in the paper
    upsampling: "transposed" as in the paper, or "nearest"; see `doubling`
    """

    def __init__(self, width: int = 64, halvings: int = HALVINGS, upsampling: str = "transposed") -> None:
        super().__init__()
        if halvings < 1:
            raise UsageError(f"an encoder halves its images once or more, found halvings={halvings}")
        self.multiple = 2**halvings
        widths = [width * 2**level for level in range(halvings)]
        layers: list[nn.Module] = [_halving(3, width), nn.LeakyReLU(0.2, inplace=True)]
        for given, made in pairwise(widths):
            layers += [_halving(given, made), nn.BatchNorm2d(made), nn.LeakyReLU(0.2, inplace=True)]
        for given, made in pairwise(widths[::-1]):
            layers += [*doubling(given, made, upsampling, kernel=4), nn.BatchNorm2d(made), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers, *doubling(width, 3, upsampling, kernel=4), nn.Tanh())

    def forward(self, images: Tensor) -> Tensor:
        """Translate images."""
        translated: Tensor = self.layers(images)
        return translated


class Judged(NamedTuple):
    """scores: [N, 1, h, w] before the sigmoid; features: [N, C, h', w'] of each normalised layer, finest first."""

    scores: Tensor
    features: tuple[Tensor, ...]


@final
class FeatureDiscriminator(nn.Module):
    """Images [N, 3, S, S] in [-1, 1] to scores and features.

    width: channels of the first layer, 64 in the paper
    size: side of the images, at least 16; four halvings from 64 px on, with one score for an image of 64 px
    """

    def __init__(self, width: int = 64, size: int = 64) -> None:
        super().__init__()
        if size < 16:
            raise UsageError(f"DiscoGAN's discriminator judges images of 16 px and more, found {size}")
        halvings = min(HALVINGS, (size // 4).bit_length() - 1)
        widths = [width * 2**level for level in range(halvings)]
        self.first = nn.Sequential(_halving(3, width), nn.LeakyReLU(0.2, inplace=True))
        self.levels = nn.ModuleList(
            nn.Sequential(_halving(given, made), nn.BatchNorm2d(made), nn.LeakyReLU(0.2, inplace=True))
            for given, made in pairwise(widths)
        )
        self.last = nn.Conv2d(widths[-1], 1, 4, bias=False)

    def forward(self, images: Tensor) -> Judged:
        """Score images and show what was seen."""
        x = self.first(images)
        features: list[Tensor] = []
        for level in self.levels:
            x = level(x)
            features.append(x)
        return Judged(self.last(x), tuple(features))


def feature_matching(real: tuple[Tensor, ...], fake: tuple[Tensor, ...]) -> Tensor:
    """Squared distance of the mean features of two batches, a mean over each layer, summed over layers; a scalar.

    Salimans et al. 2016, arXiv:1606.03498, section 3.1, as the authors' `get_fm_loss` has it: means over the batch, at
    each place of the map.
    """
    return torch.stack([(r.mean(0) - f.mean(0)).square().mean() for r, f in zip(real, fake)]).sum()


def _halving(given: int, made: int) -> nn.Conv2d:
    return nn.Conv2d(given, made, 4, stride=2, padding=1, bias=False)
