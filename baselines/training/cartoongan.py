"""Trains CartoonGAN: an adversarial loss that asks for clear edges, and content held on a backbone's features.

Chen, Lai and Liu 2018, doi:10.1109/CVPR.2018.00986, section 3.2; Adam's rate and betas, on which the paper says
nothing, as in the reference implementation github.com/znxlwm/pytorch-CartoonGAN. Different here:
- content is held at a tap of the suite's backbone, which stands for VGG-19's conv4_4 (`backbone="vgg19"` and
  `tap="relu4_4"` make it the paper's);
- the rate falls in the second half, since short trainings would else end wherever the last steps threw them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.baselines.networks.cartoon import CartoonDiscriminator, CartoonGenerator
from stylegauge.baselines.training.edges import edge_smoothed
from stylegauge.baselines.training.losses import adversarial
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.baselines.training.translating import frozen, linear_decay
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.load import load_backbone

if TYPE_CHECKING:
    from stylegauge.baselines.training.image_pool import ImagePool

_LOGISTIC = adversarial("non-saturating")


@final
class CartoonGANTraining:
    """One generator from photographs to one domain, and no way back.

    content: omega, against an adversarial loss of weight 1; backbone, tap: where content is held. A short training on
        small crops wants the embedded backbone's relu2_1 at 15 to 20: relu4_1 at 10 lets light and dark go, which no
        other loss holds
    initialisation: share of the steps in which the generator learns the content loss alone (10 epochs in the paper)
    blocks, upsampling: of the generator; discriminator_width: 0 for half of the generator's, as in the paper
    raises: UsageError for any number of domains but one, and for a tap that the backbone has not
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        learning_rate: float = 2e-4,
        content: float = 10.0,
        backbone: str = "embedded",
        tap: str = "relu4_1",
        initialisation: float = 0.1,
        blocks: int = 8,
        upsampling: str = "transposed",
        discriminator_width: int = 0,
    ) -> None:
        if len(domains) != 1:
            raise UsageError(f"cartoongan learns one domain at a time, found {len(domains)}: {', '.join(domains)}")
        self._domains = domains
        self._content, self._tap = content, tap
        self._first = round(initialisation * settings.steps)
        self._arguments = {"width": settings.width, "blocks": blocks, "upsampling": upsampling}
        self._backbone = load_backbone(backbone, settings.device)
        if tap not in self._backbone.taps:
            raise UsageError(f"no tap '{tap}' in backbone '{backbone}'; there are: {', '.join(self._backbone.taps)}")
        self._generator = CartoonGenerator(settings.width, blocks, upsampling).to(settings.device)
        self._discriminator = CartoonDiscriminator(discriminator_width or max(1, settings.width // 2))
        self._discriminator.to(settings.device)
        self.networks: dict[str, nn.Module] = {"forward": self._generator, "discriminator": self._discriminator}
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(network.parameters(), learning_rate, betas=(0.5, 0.999))
            for name, network in (("generator", self._generator), ("discriminator", self._discriminator))
        }
        self.pools: Mapping[str, ImagePool] = {}

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """The generator's turn on content alone at first; then the discriminator's and the generator's."""
        fake = self._generator(batch.contents * 2 - 1)
        content = {"content": self._content * self._distance(fake / 2 + 0.5, batch.contents)}
        if batch.step < self._first:
            yield Turn("generator", content)
            return
        yield Turn("discriminator", self._judged(batch.styles, fake.detach()))
        with frozen(self._discriminator):
            scores = self._discriminator(fake)
        yield Turn("generator", {"adversarial": _LOGISTIC.generator(scores)} | content)

    def _judged(self, styles: Tensor, fake: Tensor) -> Mapping[str, Tensor]:
        """Equation 3: pictures of the domain apart from generated ones, and from themselves without clear edges."""
        edgeless = self._discriminator(edge_smoothed(styles) * 2 - 1)
        return {
            "adversarial": _LOGISTIC.discriminator(self._discriminator(styles * 2 - 1), self._discriminator(fake)),
            "edges": F.softplus(edgeless).mean(),
        }

    def _distance(self, made: Tensor, contents: Tensor) -> Tensor:
        """Equation 4: L1 between feature maps, the mean over them; of images in [0, 1]."""
        with torch.no_grad():
            target = self._backbone(contents, (self._tap,))[self._tap]
        return F.l1_loss(self._backbone(made, (self._tap,))[self._tap], target)

    def rate(self, progress: float) -> float:
        """1 in the first half, then linearly to 0."""
        return linear_decay(progress)

    def sample(self, batch: Batch) -> Tensor:
        """The contents in the domain."""
        with torch.no_grad():
            images: Tensor = self._generator(batch.contents * 2 - 1)
        return images / 2 + 0.5

    def exported(self) -> Mapping[str, Exported]:
        """One file, `cartoongan-<domain>`."""
        return {f"cartoongan-{self._domains[0]}": Exported("cartoongan", self._domains, self._arguments, ("forward",))}
