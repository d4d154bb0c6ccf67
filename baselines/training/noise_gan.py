"""Trains noise-gan: DCGAN's generator under one of six losses, which share everything but the critic's turn.

| loss              | critic                                  | optimisers                | source                    |
|-------------------|-----------------------------------------|---------------------------|---------------------------|
| non-saturating    | scores, batch norm, 1 turn a step       | Adam 2e-4, betas .5, .999 | DCGAN, arXiv:1511.06434 4 |
| non-saturating-gp | scores, layer norm, penalty 10, 1 turn  | as above                  | arXiv:1710.08446          |
| wasserstein       | scores, clipped to +-.01, 5 turns       | RMSProp 5e-5              | arXiv:1701.07875 alg. 1   |
| wasserstein-gp    | scores, layer norm, penalty 10, 5 turns | Adam 1e-4, betas 0, .9    | arXiv:1704.00028 alg. 1   |
| mmd               | none: pixels under a fixed kernel       | Adam 2e-4, betas .5, .999 | GMMN, arXiv:1502.02761    |
| mmd-gan           | codes, clipped, with a decoder, 5 turns | RMSProp 5e-5              | arXiv:1705.08584 alg. 1   |

Critics' turns are counted in steps of the loop: with 5 turns the generator moves in every fifth step. Differences: GMMN
was trained by gradient descent on the root of a biased estimate over 1000 pictures, MMD GAN on the root of a rectified
one with a hinge on the codes' means; here both use MMD^2 itself, unbiased, which has a gradient everywhere. WGAN's and
MMD GAN's authors give the critic 100 turns at each of the first 25 steps and at every 500th; here it always has 5.

The penalised logistic loss (Fedus et al. 2018) is there for short trainings: with few pictures and batches of 16 the
plain one's critic was certain (a loss of .05) after 200 steps and stayed so, while this one's was not after 500.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import final

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer, RMSprop

from stylegauge.baselines.networks.dcgan import Critic, Generator, doublings, draw_noise, noise_of_seeds
from stylegauge.baselines.training.image_pool import ImagePool
from stylegauge.baselines.training.losses import adversarial, gradient_penalty
from stylegauge.baselines.training.mmd import CODE_BANDWIDTHS, PIXEL_BANDWIDTHS, squared_mmd
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.datasets.errors import UsageError

CODES = 100  # of MMD GAN's critic, as many as z has (arXiv:1705.08584, section 5)
PENALTY = 10.0
RECONSTRUCTION = 8.0  # lambda_AE of OctoberChang/MMD-GAN
CLIP = 0.01


@dataclass(frozen=True)
class Recipe:
    """What a loss asks of the training beside its formula.

    scores: the adversarial loss of the critic's scores, "" where moments are matched
    turns: of the critic for each one of the generator; outputs: of the critic, 0 for none
    clip: largest weight of the critic, 0 for any; rate: of learning; betas: Adam's, () for RMSProp
    """

    scores: str
    turns: int
    outputs: int
    norm: str
    clip: float
    penalty: float
    rate: float
    betas: tuple[float, ...]

    def optimiser(self, *networks: nn.Module) -> Optimizer:
        """What moves the weights of these networks."""
        weights = [weight for network in networks for weight in network.parameters()]
        if self.betas:
            return Adam(weights, self.rate, betas=(self.betas[0], self.betas[1]))
        return RMSprop(weights, self.rate)


RECIPES: Mapping[str, Recipe] = {
    "non-saturating": Recipe("non-saturating", 1, 1, "batch", 0.0, 0.0, 2e-4, (0.5, 0.999)),
    "non-saturating-gp": Recipe("non-saturating", 1, 1, "layer", 0.0, PENALTY, 2e-4, (0.5, 0.999)),
    "wasserstein": Recipe("wasserstein", 5, 1, "batch", CLIP, 0.0, 5e-5, ()),
    "wasserstein-gp": Recipe("wasserstein", 5, 1, "layer", 0.0, PENALTY, 1e-4, (0.0, 0.9)),
    "mmd": Recipe("", 1, 0, "batch", 0.0, 0.0, 2e-4, (0.5, 0.999)),
    "mmd-gan": Recipe("", 5, CODES, "batch", CLIP, 0.0, 5e-5, ()),
}


@final
class NoiseGANTraining:
    """One domain's generator; the contents of a batch are not looked at.

    loss: one of RECIPES; latent: length of z
    rate, turns: of learning, and of the critic for each one of the generator; 0 for the paper's
    raises: UsageError for another loss, for none or several domains, for a size that no DCGAN draws, for numbers that
        mean nothing, and for batches of one picture where moments are matched
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        loss: str = "non-saturating",
        latent: int = 100,
        rate: float = 0.0,
        turns: int = 0,
    ) -> None:
        if loss not in RECIPES:
            raise UsageError(f"no loss '{loss}' for noise-gan; there are: {', '.join(RECIPES)}")
        if len(domains) != 1:
            raise UsageError(f"noise-gan draws one domain a training, found {len(domains)}: {', '.join(domains)}")
        if latent < 1:
            raise UsageError(f"noise-gan needs a latent of 1 number or more, found {latent}")
        if min(rate, turns) < 0:
            raise UsageError(f"noise-gan's rate and turns are 0, for the paper's, or more; found {rate} and {turns}")
        recipe = RECIPES[loss]
        if not recipe.scores and settings.batch < 2:
            raise UsageError(f"noise-gan's loss '{loss}' compares batches of 2 or more, found {settings.batch}")
        self.recipe = replace(recipe, rate=rate or recipe.rate, turns=turns or recipe.turns)
        self._matches_moments = not recipe.scores
        self._domain = domains[0]
        self._arguments = {"size": settings.size, "width": settings.width, "latent": latent}
        self._generator = Generator(settings.size, settings.width, latent).to(settings.device)
        self.networks: dict[str, nn.Module] = {"generator": self._generator}
        self.optimisers: dict[str, Optimizer] = {"generator": self.recipe.optimiser(self._generator)}
        self.pools: dict[str, ImagePool] = {}
        if self.recipe.outputs:
            self._add_critic(settings)

    def _add_critic(self, settings: Settings) -> None:
        stages, recipe = doublings(settings.size), self.recipe
        self._critic = Critic(stages, settings.width, recipe.outputs, recipe.norm).to(settings.device)
        self.networks["critic"] = self._critic
        if self._matches_moments:
            self._decoder = Generator(settings.size, settings.width, CODES).to(settings.device)
            self.networks["decoder"] = self._decoder
        self.optimisers["critic"] = recipe.optimiser(*(self.networks[n] for n in self.networks if n != "generator"))

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """The critic's turn, where there is one, and the generator's in every `recipe.turns`-th step."""
        real = batch.styles * 2 - 1
        if self.recipe.outputs:
            yield Turn("critic", self._critic_losses(real, batch.random))
            self._clip()
        if (batch.step + 1) % self.recipe.turns == 0:
            if self.recipe.outputs:
                self._critic.requires_grad_(False)
            yield Turn("generator", self._generator_losses(real, batch.random))
            if self.recipe.outputs:
                self._critic.requires_grad_(True)

    def _draw(self, real: Tensor, random: torch.Generator) -> Tensor:
        z = draw_noise((len(real), self._generator.latent), random).to(real.device)
        images: Tensor = self._generator(z)
        return images

    def _critic_losses(self, real: Tensor, random: torch.Generator) -> dict[str, Tensor]:
        with torch.no_grad():
            fake = self._draw(real, random)
        # TRICKY: apart, since batch normalisation of both together would tell the critic which is which.
        of_real, of_fake = self._critic(real), self._critic(fake)
        if self._matches_moments:
            decoded = [(of_real, real), (of_fake, fake)]
            errors = [(self._decoder(codes.flatten(1)) - image).square().mean() for codes, image in decoded]
            distance = squared_mmd(of_real.flatten(1), of_fake.flatten(1), CODE_BANDWIDTHS)
            return {"mmd": -distance, "reconstruction": RECONSTRUCTION * torch.stack(errors).sum()}
        losses = {"adversarial": adversarial(self.recipe.scores).discriminator(of_real, of_fake)}
        if self.recipe.penalty:
            losses["penalty"] = self.recipe.penalty * gradient_penalty(self._critic, real, fake, random)
        return losses

    def _generator_losses(self, real: Tensor, random: torch.Generator) -> dict[str, Tensor]:
        fake = self._draw(real, random)
        if self.recipe.scores:
            return {"adversarial": adversarial(self.recipe.scores).generator(self._critic(fake))}
        if self.recipe.outputs:
            codes = self._critic(real).flatten(1), self._critic(fake).flatten(1)
            return {"mmd": squared_mmd(*codes, CODE_BANDWIDTHS)}
        return {"mmd": squared_mmd(real.flatten(1), fake.flatten(1), PIXEL_BANDWIDTHS)}

    def _clip(self) -> None:
        """Keep the critic's weights small, not its decoder's: that one must rebuild pictures, and scores nothing."""
        if self.recipe.clip:
            with torch.no_grad():
                for weight in self._critic.parameters():
                    weight.clamp_(-self.recipe.clip, self.recipe.clip)

    def rate(self, progress: float) -> float:
        """Constant, as in all of these papers."""
        return 1.0

    @torch.no_grad()
    def sample(self, batch: Batch) -> Tensor:
        """Pictures as `NoiseGAN` draws them, one for each content: [N, 3, S, S] in [0, 1].

        Of the seeds 0 to N - 1 at every step, so that the pictures of two steps compare.
        """
        self._generator.eval()
        z = noise_of_seeds(range(len(batch.contents)), [self._generator.latent]).to(batch.contents.device)
        images: Tensor = self._generator(z) / 2 + 0.5
        self._generator.train()
        return images

    def exported(self) -> Mapping[str, Exported]:
        """The generator alone."""
        return {
            f"noise-gan-{self._domain}": Exported("noise-gan", (self._domain,), self._arguments, ("generator",)),
        }
