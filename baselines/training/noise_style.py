"""Trains noise-style: perceptual losses on the suite's backbone, structural similarity, and a critic of style pictures.

Content: squared distance of maps, style: squared distance of Gram matrices at all taps, as in Johnson et al. 2016,
arXiv:1603.08155, section 3.2, whose Adam at 1e-3 it takes; both are relative (|a - b|^2 / (|a|^2 + |b|^2) for Gram
matrices, which is `metrics.gram.gram_rel`), since taps of this backbone differ in scale. So it is trained on the very
style score that the suite's gate reads, as Gatys's pictures are. 1 - SSIM to the content keeps what is where. The
critic, DCGAN's with patches as its outputs (arXiv:1511.06434; Adam 2e-4, betas .5, .999), is shown outputs against the
batch's style pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import final

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from stylegauge.baselines.networks.dcgan import Critic, draw_noise, noise_of_seeds
from stylegauge.baselines.networks.noise_style import MULTIPLE, NoiseStyleNetwork, noise_cells
from stylegauge.baselines.training.image_pool import ImagePool
from stylegauge.baselines.training.losses import adversarial
from stylegauge.baselines.training.structure import dissimilarity
from stylegauge.baselines.training.style import gram_loss
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.load import load_backbone

CONTENT_TAPS = ("relu3_1", "relu4_1")
STAGES = 3  # of the critic: each score sees 46 x 46 pixels
SMALLEST = 32  # pixels, which the critic's window and the backbone need


@final
class NoiseStyleTraining:
    """One network for all styles of all domains.

    content, style, structure, critic: weights of the losses; loss: the adversarial one, by name
    hidden, blocks, latent: see `networks.noise_style.NoiseStyleNetwork`
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        content: float = 1.0,
        style: float = 4.0,
        structure: float = 0.4,
        critic: float = 0.03,
        loss: str = "non-saturating",
        hidden: int = 16,
        blocks: int = 3,
        latent: int = 16,
    ) -> None:
        if settings.size % MULTIPLE or settings.size < SMALLEST:
            raise UsageError(
                f"noise-style trains on squares of {SMALLEST} or more pixels, a multiple of {MULTIPLE}; "
                f"found size {settings.size}"
            )
        self.weights = {"content": content, "style": style, "structure": structure, "adversarial": critic}
        self._adversarial = adversarial(loss)
        self._arguments = {"width": settings.width, "hidden": hidden, "blocks": blocks, "latent": latent}
        self._network = NoiseStyleNetwork(**self._arguments).to(settings.device)
        self._critic = Critic(STAGES, settings.width).to(settings.device)
        self._backbone = load_backbone("embedded", settings.device)
        self.networks: dict[str, nn.Module] = {"network": self._network, "critic": self._critic}
        self.optimisers: dict[str, Optimizer] = {
            "network": Adam(self._network.parameters(), 1e-3),
            "critic": Adam(self._critic.parameters(), 2e-4, betas=(0.5, 0.999)),
        }
        self.pools: dict[str, ImagePool] = {}

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """The network's turn, then the critic's on the pictures of before that turn."""
        z = draw_noise((len(batch.contents), *self._noise_shape(batch)), batch.random)
        output = self._stylize(batch, z)
        self._critic.requires_grad_(False)
        yield Turn("network", self._network_losses(output, batch))
        self._critic.requires_grad_(True)
        real, fake = self._critic(batch.styles * 2 - 1), self._critic(output.detach())
        yield Turn("critic", {"adversarial": self._adversarial.discriminator(real, fake)})

    def _noise_shape(self, batch: Batch) -> tuple[int, int, int]:
        """Of one picture's noise."""
        cells = noise_cells(batch.contents.shape[-1])
        return self._network.latent, cells, cells

    def _stylize(self, batch: Batch, z: Tensor) -> Tensor:
        """[N, 3, S, S] in [-1, 1]."""
        images: Tensor = self._network(batch.contents * 2 - 1, batch.styles * 2 - 1, z.to(batch.contents.device))
        return images

    def _network_losses(self, output: Tensor, batch: Batch) -> dict[str, Tensor]:
        image = output / 2 + 0.5
        features = self._backbone(image)
        with torch.no_grad():
            contents = self._backbone(batch.contents, CONTENT_TAPS)
            styles = self._backbone(batch.styles)
        found = {
            "content": torch.stack([_relative(features[tap], contents[tap]) for tap in CONTENT_TAPS]).mean(),
            "style": gram_loss(features, styles, styles),
            "structure": dissimilarity(image, batch.contents),
            "adversarial": self._adversarial.generator(self._critic(output)),
        }
        return {name: self.weights[name] * value for name, value in found.items()}

    def rate(self, progress: float) -> float:
        """Constant for half of the steps, then linearly down to 0."""
        return min(1.0, 2 - 2 * progress)

    @torch.no_grad()
    def sample(self, batch: Batch) -> Tensor:
        """The batch's contents in its styles, as `NoiseStyle` makes them: [N, 3, S, S] in [0, 1].

        Of the seeds 0 to N - 1 at every step, so that the pictures of two steps compare.
        """
        self._network.eval()
        z = noise_of_seeds(range(len(batch.contents)), self._noise_shape(batch))
        images = self._stylize(batch, z) / 2 + 0.5
        self._network.train()
        return images

    def exported(self) -> Mapping[str, Exported]:
        """One file for every style."""
        return {"noise-style": Exported("noise-style", (), self._arguments, ("network",))}


def _relative(maps: Tensor, target: Tensor) -> Tensor:
    """|a - b|^2 / |b|^2 over the batch, a scalar."""
    return (maps - target).square().sum() / target.square().sum().clamp_min(1e-12)
