"""The adversarial losses, each as its paper states it; scores are what a discriminator gives, before any sigmoid.

Patches of a score map weigh alike, and images of a batch too: a mean over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.datasets.errors import UsageError


@dataclass(frozen=True)
class Adversarial:
    """The two sides of one adversarial loss, both to be minimised.

    generator: of the scores of its images; discriminator: of the scores of real images and of generated ones
    """

    generator: Callable[[Tensor], Tensor]
    discriminator: Callable[[Tensor, Tensor], Tensor]


def _least_squares(real: Tensor, fake: Tensor) -> Tensor:
    return 0.5 * ((real - 1).square().mean() + fake.square().mean())


def _logistic(real: Tensor, fake: Tensor) -> Tensor:
    return F.softplus(-real).mean() + F.softplus(fake).mean()


ADVERSARIAL: Mapping[str, Adversarial] = {
    # Mao et al. 2017, arXiv:1611.04076, equation 9; the halved discriminator is CycleGAN's, which slows it down.
    "least-squares": Adversarial(lambda fake: (fake - 1).square().mean(), _least_squares),
    # Goodfellow et al. 2014, arXiv:1406.2661, section 3: the generator maximises log D(G(z)).
    "non-saturating": Adversarial(lambda fake: F.softplus(-fake).mean(), _logistic),
    # Arjovsky et al. 2017, arXiv:1701.07875, algorithm 1; the critic needs clipping or a gradient penalty.
    "wasserstein": Adversarial(lambda fake: -fake.mean(), lambda real, fake: fake.mean() - real.mean()),
}


def adversarial(name: str) -> Adversarial:
    """A loss by name; raises UsageError that lists the names."""
    if name not in ADVERSARIAL:
        raise UsageError(f"no adversarial loss '{name}'; there are: {', '.join(ADVERSARIAL)}")
    return ADVERSARIAL[name]


def judged(discriminator: nn.Module, loss: Adversarial, real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's loss of [N, C, H, W] real and as many generated images, all in one pass; a scalar.

    For discriminators that see each image by itself: batch normalisation would see both kinds mixed.
    """
    of_real, of_fake = discriminator(torch.cat((real, fake))).split(len(real))
    return loss.discriminator(of_real, of_fake)


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, random: torch.Generator) -> Tensor:
    """(|gradient| - 1)^2 between real and generated images, mean over images (Gulrajani et al. 2017, algorithm 1).

    real, fake: [N, C, H, W]; each pair is mixed at its own uniform share. arXiv:1704.00028
    """
    share = torch.rand(len(real), 1, 1, 1, generator=random).to(real.device)
    between = (share * real.detach() + (1 - share) * fake.detach()).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()
