"""Trains DualGAN: two Wasserstein critics with clipped weights, and L1 reconstruction.

Yi et al. 2017, arXiv:1704.02510: equations 1 to 3 and algorithm 1 (RMSProp; n_critic turns of critics, whose weights
are clipped to [-c, c] after each, then one of the generators), U-Net generators with dropout for noise, critics of
patches. Section 3.4 gives ranges: n_critic 2 to 4, c 0.01 to 0.1, lambda 100 to 1000, batches of 1 to 4; RMSProp's
learning rate 0.00005 and decay 0.9 are those of the authors' code (duxingren14/DualGAN). Different here: 4x4
convolutions, as in pix2pix, whose U-Net it is, where that code has 5x5 ones; and the noise stays in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.baselines.networks.patchgan import PatchGAN
from stylegauge.baselines.networks.unet import depth_by_size
from stylegauge.baselines.training.image_pool import ImagePool
from stylegauge.baselines.training.losses import adversarial, judged
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.baselines.training.translating import Images, Pair, frozen
from stylegauge.datasets.errors import UsageError

_WASSERSTEIN = adversarial("wasserstein")


@final
class DualGANTraining:
    """G_A: u -> v and G_B: v -> u, with critics D_A of v and D_B of u.

    critic_steps: of the critics to one of the generators, n_critic; every step is one of the critics
    clip: c; reconstruction: lambda_U and lambda_V; dropout: share of values dropped in training
    critic_width: 0 for the generators' own; critic_layers: 3 for 70x70 patches
    upsampling: see `doubling`
    initialisation: steps before the first turn of the critics, in which the generators learn to leave images as they
        are. Not in the paper: nothing in its losses minds a picture whose light and dark are exchanged both ways, and a
        short training does not get out of that again
    inverse: see `Pair`
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        learning_rate: float = 5e-5,
        critic_steps: int = 3,
        clip: float = 0.01,
        reconstruction: float = 100.0,
        dropout: float = 0.5,
        critic_width: int = 0,
        critic_layers: int = 3,
        upsampling: str = "transposed",
        initialisation: int = 0,
        inverse: bool = True,
    ) -> None:
        if critic_steps < 1 or clip <= 0:
            raise UsageError(f"a critic needs a step and room: found critic_steps={critic_steps}, clip={clip}")
        self._critic_steps, self._clip, self._reconstruction = critic_steps, clip, reconstruction
        self._initialisation = initialisation
        arguments = {
            "generator": "unet", "width": settings.width, "depth": depth_by_size(settings.size), "dropout": dropout,
            "upsampling": upsampling,
        }  # fmt: skip
        self._pair = Pair("dualgan", domains, settings, arguments, inverse=inverse)
        width = critic_width or settings.width
        self._critic_v = PatchGAN(width, critic_layers).to(settings.device)
        self._critic_u = PatchGAN(width, critic_layers).to(settings.device)
        self._critic_weights = [*self._critic_v.parameters(), *self._critic_u.parameters()]
        critics = {"critic_v": self._critic_v, "critic_u": self._critic_u}
        self.networks: dict[str, nn.Module] = self._pair.networks | critics
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "critics": torch.optim.RMSprop(self._critic_weights, learning_rate, alpha=0.9),
            "generators": torch.optim.RMSprop(self._pair.parameters(), learning_rate, alpha=0.9),
        }
        self.pools: dict[str, ImagePool] = {}

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """The critics' turn, after which they are clipped, and in every n_critic-th step the generators' as well."""
        u, v = Images.of(batch)
        if batch.step < self._initialisation:
            yield Turn("generators", self._pair.kept(Images(u, v)))
            return
        both = (batch.step + 1) % self._critic_steps == 0
        # The critics' turn leaves the generators as they are, so theirs can go back from the same pictures.
        with torch.set_grad_enabled(both):
            fake_v, fake_u = self._pair.forward(u), self._pair.inverse(v)
        yield Turn(
            "critics",
            {
                "v": judged(self._critic_v, _WASSERSTEIN, v, fake_v.detach()),
                "u": judged(self._critic_u, _WASSERSTEIN, u, fake_u.detach()),
            },
        )
        self._clip_critics()
        if both:
            yield Turn("generators", self._translated(Images(u, v), Images(fake_u, fake_v)))

    def _translated(self, real: Images, fake: Images) -> dict[str, Tensor]:
        """Equation 3: scores of translated pictures, and how far the way back leads from the originals."""
        with frozen(self._critic_v, self._critic_u):
            return {
                "adversarial_v": _WASSERSTEIN.generator(self._critic_v(fake.y)),
                "adversarial_u": _WASSERSTEIN.generator(self._critic_u(fake.x)),
                "reconstruction_u": self._reconstruction * F.l1_loss(self._pair.inverse(fake.y), real.x),
                "reconstruction_v": self._reconstruction * F.l1_loss(self._pair.forward(fake.x), real.y),
            }

    @torch.no_grad()
    def _clip_critics(self) -> None:
        for weight in self._critic_weights:
            weight.clamp_(-self._clip, self._clip)

    def rate(self, progress: float) -> float:
        """1 throughout: the paper has no schedule."""
        return 1.0

    def sample(self, batch: Batch) -> Tensor:
        """The contents in the domain, without noise: [N, 3, S, S] in [0, 1]."""
        return self._pair.sample(batch)

    def exported(self) -> dict[str, Exported]:
        """`dualgan-<domain>`."""
        return self._pair.exported()
