"""DCGAN's generator and critic: noise to a picture by transposed convolutions, a picture to scores by strided ones.

Radford et al. 2016, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks",
arXiv:1511.06434, section 3 and figure 1: no pooling, no hidden fully connected layers, batch normalisation in both but
not on the generator's output and the critic's input, ReLU and tanh in the generator, LeakyReLU of slope .2 in the
critic; section 4: weights from N(0, .02^2), z of 100 uniform numbers in [-1, 1]. Different here: kernels of 4 pixels
rather than 5, as in the ports to PyTorch (martinarjovsky/WassersteinGAN, models/dcgan.py), since a kernel that is a
multiple of the stride reaches every pixel equally often and so draws no checkerboard by itself (Odena et al. 2016,
doi:10.23915/distill.00003).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import final

import torch
from torch import Tensor, nn

from stylegauge.baselines.networks.weights import draw_weights
from stylegauge.datasets.errors import UsageError

SMALLEST = 4  # side of the map that z is projected to, and of the window that the critic's last layer sees
SLOPE = 0.2


@final
class Generator(nn.Module):
    """z [N, latent] to images [N, 3, size, size] in [-1, 1].

    size: a power of two, at least 8; width: channels of the last hidden layer, doubled at each layer before it
    """

    def __init__(self, size: int = 64, width: int = 64, latent: int = 100) -> None:
        super().__init__()
        self.latent = latent
        halvings = doublings(size)
        channels = [width * 2**i for i in reversed(range(halvings))]
        layers: list[nn.Module] = [nn.ConvTranspose2d(latent, channels[0], SMALLEST, bias=False)]
        for before, after in pairwise(channels):
            layers += [nn.BatchNorm2d(before), nn.ReLU(), nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(width), nn.ReLU(), nn.ConvTranspose2d(width, 3, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        draw_weights(self)

    def forward(self, z: Tensor) -> Tensor:
        """Draw the pictures; in evaluation mode none depends on the others."""
        images: Tensor = self.layers(z[:, :, None, None])
        return images


@final
class Critic(nn.Module):
    """Images [N, 3, H, W] in [-1, 1] to [N, outputs, h, w]: scores, before any sigmoid, or codes.

    stages: how often it halves; where H and W are 4 * 2**stages, h and w are 1, else each output sees a patch
    norm: "batch" as in the paper; "layer" (over an image's channels and pixels) where each image must be scored alone,
        as the gradient penalty asks (Gulrajani et al. 2017, arXiv:1704.00028, section 4)
    """

    def __init__(self, stages: int, width: int = 64, outputs: int = 1, norm: str = "batch") -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        for stage in range(stages - 1):
            after = width * 2 ** (stage + 1)
            normalise = nn.BatchNorm2d(after) if norm == "batch" else nn.GroupNorm(1, after)
            layers += [nn.Conv2d(after // 2, after, 4, 2, 1, bias=False), normalise, nn.LeakyReLU(SLOPE)]
        layers.append(nn.Conv2d(width * 2 ** (stages - 1), outputs, SMALLEST))
        self.layers = nn.Sequential(*layers)
        draw_weights(self)

    def forward(self, images: Tensor) -> Tensor:
        """Score the pictures."""
        scores: Tensor = self.layers(images)
        return scores


def doublings(size: int) -> int:
    """How often a map of 4 pixels doubles to reach `size`; raises UsageError where it does not, or not once."""
    if size < 2 * SMALLEST or size & (size - 1):
        raise UsageError(f"a DCGAN draws squares of 8, 16, 32, ... pixels a side, found size {size}")
    return size.bit_length() - SMALLEST.bit_length()


def draw_noise(shape: Sequence[int], random: torch.Generator) -> Tensor:
    """Uniform in [-1, 1], drawn on the CPU, so that a seed means the same on every device."""
    return torch.rand(tuple(shape), generator=random) * 2 - 1


def noise_of_seeds(seeds: Sequence[int], shape: Sequence[int]) -> Tensor:
    """[N, *shape] uniform in [-1, 1]: the noise of item i comes from seeds[i] alone."""
    return torch.stack([draw_noise(shape, torch.Generator().manual_seed(seed)) for seed in seeds])
