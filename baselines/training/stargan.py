"""Trains StarGAN: one generator for all domains and the photographs, one discriminator that also classifies.

Choi et al. 2018, arXiv:1711.09020, section 3 and equations 5 to 8; weights and schedule from sections 3.1 and 5, as in
the reference implementation github.com/yunjey/stargan, `solver.py`. The photographs are a label like the domains: real
pictures of every label are translated, and back, so the generator learns both ways between any two of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.baselines.networks.stargan import Judged, StarGANDiscriminator, StarGANGenerator
from stylegauge.baselines.training.losses import adversarial, gradient_penalty
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.baselines.training.translating import frozen, linear_decay
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.baselines.training.image_pool import ImagePool

_WASSERSTEIN = adversarial("wasserstein")


@final
class StarGANTraining:
    """WGAN-GP with domain classification and reconstruction.

    learning_rate: of both Adams, falling linearly to 0 in the second half
    critic_steps: of the discriminator to one of the generator, n_critic
    penalty, classification, reconstruction: weights, lambda_gp, lambda_cls and lambda_rec
    identity: weight of leaving a picture as it is where its own label is asked for; not in the paper, and 0 leaves it
        out; it shows the generator what a picture is without waiting for two translations to come back
    blocks, upsampling: of the generator
    layers: of the discriminator, 0 for as many as leave it a map of 2 pixels a side or more and at most the paper's 6
        (which is 6 at its 128 pixels)
    raises: UsageError for no critic_steps, and for more layers than the pictures have room for
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        learning_rate: float = 1e-4,
        critic_steps: int = 5,
        penalty: float = 10.0,
        classification: float = 1.0,
        reconstruction: float = 10.0,
        identity: float = 0.0,
        blocks: int = 6,
        upsampling: str = "transposed",
        layers: int = 0,
    ) -> None:
        if critic_steps < 1:
            raise UsageError(f"stargan's critic_steps are 1 or more to one step of the generator, found {critic_steps}")
        labels = len(domains) + 1
        layers = layers or max(1, min(6, settings.size.bit_length() - 2))
        self._domains = domains
        self._critic_steps = critic_steps
        self._penalty, self._classification = penalty, classification
        self._reconstruction, self._identity = reconstruction, identity
        self._arguments = {"width": settings.width, "blocks": blocks, "upsampling": upsampling}
        self._generator = StarGANGenerator(labels, settings.width, blocks, upsampling).to(settings.device)
        self._discriminator = StarGANDiscriminator(settings.size, labels, settings.width, layers).to(settings.device)
        self.networks: dict[str, nn.Module] = {"generator": self._generator, "discriminator": self._discriminator}
        self.pools: Mapping[str, ImagePool] = {}
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(network.parameters(), learning_rate, betas=(0.5, 0.999))
            for name, network in self.networks.items()
        }

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """The discriminator's turn, and in every n_critic-th step the generator's, on the same pictures."""
        real = torch.cat((batch.contents, batch.styles)) * 2 - 1
        photographs = torch.full((len(batch.contents),), len(self._domains))
        origin = torch.cat((photographs, self._indices(batch.domains)))
        target = other_labels(origin, self._generator.labels, batch.random)
        origin, target = origin.to(real.device), target.to(real.device)
        yield Turn("discriminator", self._criticised(real, origin, target, batch.random))
        if (batch.step + 1) % self._critic_steps == 0:
            yield Turn("generator", self._translated(real, origin, target))

    def _criticised(
        self, real: Tensor, origin: Tensor, target: Tensor, random: torch.Generator
    ) -> Mapping[str, Tensor]:
        """Equation 5: real pictures apart from translated ones, and their labels told."""
        with torch.no_grad():
            fake = self._generator(real, self._planes(target))
        judged = self._discriminator(real)
        return {
            "adversarial": _WASSERSTEIN.discriminator(judged.source, self._discriminator(fake).source),
            "classification": self._classification * F.cross_entropy(judged.label, origin),
            "penalty": self._penalty * gradient_penalty(self._score, real, fake, random),
        }

    def _translated(self, real: Tensor, origin: Tensor, target: Tensor) -> Mapping[str, Tensor]:
        """Equation 6: translations that look real and of their label, and whose way back is the picture."""
        fake = self._generator(real, self._planes(target))
        with frozen(self._discriminator):
            judged = self._discriminator(fake)
        again = self._generator(fake, self._planes(origin))
        losses = {
            "adversarial": _WASSERSTEIN.generator(judged.source),
            "classification": self._classification * F.cross_entropy(judged.label, target),
            "reconstruction": self._reconstruction * F.l1_loss(again, real),
        }
        if self._identity:
            same = self._generator(real, self._planes(origin))
            losses["identity"] = self._identity * F.l1_loss(same, real)
        return losses

    def rate(self, progress: float) -> float:
        """1 in the first half, then linearly to 0 (section 5.4)."""
        return linear_decay(progress)

    def sample(self, batch: Batch) -> Tensor:
        """The contents in the domains of the batch's styles."""
        target = self._indices(batch.domains).to(batch.contents.device)
        with torch.no_grad():
            images: Tensor = self._generator(batch.contents * 2 - 1, self._planes(target))
        return images / 2 + 0.5

    def exported(self) -> Mapping[str, Exported]:
        """One file for all domains; the photographs' label comes after theirs."""
        return {"stargan": Exported("stargan", self._domains, self._arguments, ("generator",))}

    def _score(self, images: Tensor) -> Tensor:
        """[N]: the sum of an image's patches, whose slope the penalty holds at 1, as in the reference implementation.

        TRICKY: the adversarial loss is their mean, so with p patches it changes by 1 / p at most where a picture moves
        by 1. The weights above were found at 2 x 2 patches.
        """
        judged: Judged = self._discriminator(images)
        return judged.source.sum(dim=(1, 2, 3))

    def _indices(self, domains: tuple[str, ...]) -> Tensor:
        return torch.tensor([self._domains.index(domain) for domain in domains])

    def _planes(self, labels: Tensor) -> Tensor:
        return F.one_hot(labels, self._generator.labels).float()


def other_labels(labels: Tensor, n: int, random: torch.Generator) -> Tensor:
    """[N] labels of 0 to n - 1, each drawn from all but the one given: a picture has nothing to learn from its own."""
    return (labels + torch.randint(1, n, labels.shape, generator=random)) % n
