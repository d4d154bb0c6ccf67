"""Trains CycleGAN: least-squares adversarial losses on patches, cycle consistency, identity.

Zhu et al. 2017, arXiv:1703.10593: equations 1 to 3, section 4 (least squares, a pool of 50 images, lambda = 10, Adam at
0.0002, constant and then decayed to 0, each for half of the training) and section 5.2 (identity loss at half of lambda,
for paintings); betas and the halved discriminator loss as in junyanz/pytorch-CycleGAN-and-pix2pix.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.baselines.networks.patchgan import PatchGAN
from stylegauge.baselines.networks.unet import depth_by_size
from stylegauge.baselines.training.image_pool import ImagePool
from stylegauge.baselines.training.losses import adversarial, judged
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.baselines.training.translating import Images, Pair, frozen, linear_decay

_LEAST_SQUARES = adversarial("least-squares")


@final
class CycleGANTraining:
    """G: x -> y and F: y -> x, with discriminators of either side.

    cycle: lambda; identity: weight of the identity losses, as a share of lambda, 0 for none
    pool: images of either side that discriminators are shown again
    generator: "resnet6", "resnet9" or "unet" (as deep as the size allows); upsampling: see `doubling`
    discriminator_width: 0 for the generators' own; discriminator_layers: 3 for 70x70 patches
    inverse: see `Pair`
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        learning_rate: float = 2e-4,
        cycle: float = 10.0,
        identity: float = 0.5,
        pool: int = 50,
        generator: str = "resnet9",
        upsampling: str = "transposed",
        discriminator_width: int = 0,
        discriminator_layers: int = 3,
        inverse: bool = True,
    ) -> None:
        self._cycle, self._identity = cycle, cycle * identity
        arguments: dict[str, Any] = {"generator": generator, "width": settings.width, "upsampling": upsampling}
        if generator == "unet":
            arguments["depth"] = depth_by_size(settings.size)
        self._pair = Pair("cyclegan", domains, settings, arguments, inverse=inverse)
        width = discriminator_width or settings.width
        self._judge_x = PatchGAN(width, discriminator_layers).to(settings.device)
        self._judge_y = PatchGAN(width, discriminator_layers).to(settings.device)
        judges = {"judge_x": self._judge_x, "judge_y": self._judge_y}
        self.networks: dict[str, nn.Module] = self._pair.networks | judges
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "generators": _adam(self._pair.parameters(), learning_rate),
            "discriminators": _adam([*self._judge_x.parameters(), *self._judge_y.parameters()], learning_rate),
        }
        self.pools = {"x": ImagePool(pool), "y": ImagePool(pool)}

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """The generators' turn, then the discriminators', on what the generators made in theirs."""
        x, y = Images.of(batch)
        fake_y, same_y = self._with_identity(self._pair.forward, x, y)
        fake_x, same_x = self._with_identity(self._pair.inverse, y, x)
        with frozen(self._judge_x, self._judge_y):
            losses = {
                "adversarial_y": _LEAST_SQUARES.generator(self._judge_y(fake_y)),
                "adversarial_x": _LEAST_SQUARES.generator(self._judge_x(fake_x)),
                "cycle_x": self._cycle * F.l1_loss(self._pair.inverse(fake_y), x),
                "cycle_y": self._cycle * F.l1_loss(self._pair.forward(fake_x), y),
            }
        if self._identity:
            losses["identity_x"] = self._identity * F.l1_loss(same_x, x)
            losses["identity_y"] = self._identity * F.l1_loss(same_y, y)
        yield Turn("generators", losses)
        shown_y = self.pools["y"].exchanged(fake_y, batch.random)
        shown_x = self.pools["x"].exchanged(fake_x, batch.random)
        yield Turn(
            "discriminators",
            {
                "y": judged(self._judge_y, _LEAST_SQUARES, y, shown_y),
                "x": judged(self._judge_x, _LEAST_SQUARES, x, shown_x),
            },
        )

    def _with_identity(self, generator: nn.Module, given: Tensor, already: Tensor) -> tuple[Tensor, Tensor]:
        """What is made of images of one side, and of images that are of the other side already, in one pass."""
        if not self._identity:
            return generator(given), already
        made, same = generator(torch.cat((given, already))).split(len(given))
        return made, same

    def rate(self, progress: float) -> float:
        """1 in the first half, then linearly to 0."""
        return linear_decay(progress)

    def sample(self, batch: Batch) -> Tensor:
        """The contents in the domain: [N, 3, S, S] in [0, 1]."""
        return self._pair.sample(batch)

    def exported(self) -> dict[str, Exported]:
        """`cyclegan-<domain>`."""
        return self._pair.exported()


def _adam(parameters: list[nn.Parameter], learning_rate: float) -> torch.optim.Optimizer:
    # Fused: one pass over the weights in place of a dozen small ones for each of them.
    return torch.optim.Adam(parameters, learning_rate, betas=(0.5, 0.999), fused=True)
