"""Trains DiscoGAN: reconstruction, the original adversarial loss, and feature matching.

Kim et al. 2017, arXiv:1703.05192, equations 1 to 8 and section 3.2; what the paper leaves open is as in the authors'
code (SKTBrain/DiscoGAN, `discogan/image_translation.py`): Adam at 0.0002 with betas 0.5 and 0.999 and a weight decay of
0.00001; each third step is one of the discriminators, the others are of the generators; a generator minimises
(1 - r) (0.1 adversarial + 0.9 feature matching) + r reconstruction, with r = 0.01 for 10 000 steps and then 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.baselines.networks.autoencoder import (
    HALVINGS,
    FeatureDiscriminator,
    Judged,
    feature_matching,
)
from stylegauge.baselines.training.image_pool import ImagePool
from stylegauge.baselines.training.losses import adversarial
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.baselines.training.translating import Images, Pair, frozen
from stylegauge.datasets.errors import UsageError

_LOGISTIC = adversarial("non-saturating")
_ADVERSARIAL, _MATCHING = 0.1, 0.9


@final
class DiscoGANTraining:
    """G_AB: x -> y and G_BA: y -> x, with discriminators of either side.

    early_rate, curriculum, rate_after: r in the first `curriculum` steps, and after them
    generator_steps: steps of the generators after each one of the discriminators
    halvings, upsampling: of the generators, see there; discriminator_width: 0 for the generators' own
    initialisation: steps before the first turn, in which the generators learn to leave images as they are. Not in the
        paper: nothing in its losses minds a picture whose light and dark are exchanged both ways, and a short training
        does not get out of that again
    inverse: see `Pair`
    raises: UsageError for no generator_steps
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        learning_rate: float = 2e-4,
        early_rate: float = 0.01,
        curriculum: int = 10_000,
        rate_after: float = 0.5,
        generator_steps: int = 2,
        halvings: int = HALVINGS,
        upsampling: str = "transposed",
        discriminator_width: int = 0,
        initialisation: int = 0,
        inverse: bool = True,
    ) -> None:
        if generator_steps < 1:
            raise UsageError(
                f"discogan's generator_steps are 1 or more to one of the discriminators, found {generator_steps}"
            )
        self._early_rate, self._curriculum, self._rate_after = early_rate, curriculum, rate_after
        self._turn_length = generator_steps + 1
        self._initialisation = initialisation
        arguments = {
            "generator": "autoencoder",
            "width": settings.width,
            "halvings": halvings,
            "upsampling": upsampling,
        }
        self._pair = Pair("discogan", domains, settings, arguments, inverse=inverse)
        width = discriminator_width or settings.width
        self._judge_x = FeatureDiscriminator(width, settings.size).to(settings.device)
        self._judge_y = FeatureDiscriminator(width, settings.size).to(settings.device)
        judges = {"judge_x": self._judge_x, "judge_y": self._judge_y}
        self.networks: dict[str, nn.Module] = self._pair.networks | judges
        weights = [*self._judge_x.parameters(), *self._judge_y.parameters()]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(of, learning_rate, betas=(0.5, 0.999), weight_decay=1e-5, fused=True)
            for name, of in (("generators", self._pair.parameters()), ("discriminators", weights))
        }
        self.pools: dict[str, ImagePool] = {}

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """One turn a step: the discriminators' in the first of three, the generators' in the others."""
        real = Images.of(batch)
        if batch.step < self._initialisation:
            yield Turn("generators", self._pair.kept(real))
        elif batch.step % self._turn_length == 0:
            yield Turn("discriminators", self._judged(real))
        else:
            yield Turn("generators", self._translated(real, batch.step))

    def _judged(self, real: Images) -> dict[str, Tensor]:
        with torch.no_grad():
            fake = Images(self._pair.inverse(real.y), self._pair.forward(real.x))
        return {
            name: 0.5 * _LOGISTIC.discriminator(judge(pictures).scores, judge(made).scores)
            for name, judge, pictures, made in (
                ("y", self._judge_y, real.y, fake.y),
                ("x", self._judge_x, real.x, fake.x),
            )
        }

    def _translated(self, real: Images, step: int) -> dict[str, Tensor]:
        r = self._early_rate if step < self._curriculum else self._rate_after
        fake = Images(self._pair.inverse(real.y), self._pair.forward(real.x))
        losses = {
            "reconstruction_x": r * F.mse_loss(self._pair.inverse(fake.y), real.x),
            "reconstruction_y": r * F.mse_loss(self._pair.forward(fake.x), real.y),
        }
        with frozen(self._judge_x, self._judge_y):
            for name, judge, pictures, made in (
                ("y", self._judge_y, real.y, fake.y),
                ("x", self._judge_x, real.x, fake.x),
            ):
                of_real: Judged = judge(pictures)
                of_fake: Judged = judge(made)
                matching = feature_matching(of_real.features, of_fake.features)
                losses[f"adversarial_{name}"] = (1 - r) * _ADVERSARIAL * _LOGISTIC.generator(of_fake.scores)
                losses[f"matching_{name}"] = (1 - r) * _MATCHING * matching
        return losses

    def rate(self, progress: float) -> float:
        """1 throughout: neither paper nor code has a schedule."""
        return 1.0

    def sample(self, batch: Batch) -> Tensor:
        """The contents in the domain, by running statistics: [N, 3, S, S] in [0, 1]."""
        return self._pair.sample(batch)

    def exported(self) -> dict[str, Exported]:
        """`discogan-<domain>`."""
        return self._pair.exported()
