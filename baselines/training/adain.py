"""How AdaIN's decoder is trained: contents with the means and deviations of unpaired styles.

Huang and Belongie 2017, arXiv:1703.06868, sections 5 and 6: L = L_c + lambda L_s (equation 11), L_c towards t, the
output of AdaIN (12), L_s of means and deviations at relu1_1 to relu4_1 (13), Adam; lambda 10, rate 1e-4 and its decay
1 / (1 + 5e-5 step) as in the authors' code (xunhuang1995/AdaIN-style) and in naoto0804/pytorch-AdaIN. Different here:
- every layer's distance is divided by the energy of its target: layers of the embedded backbone differ in scale, where
  those of the paper's VGG-19 are normalised;
- `gram` adds a distance of Gram matrices over all taps, which means and deviations do not see: correlations between
  channels are what makes a stroke. 0, the default, is the paper;
- `wall` holds the pictures in [0, 1]: the last layer is linear, and the networks are fond of what no picture shows;
- `tone` adds coarse colours: averages of the content over squares of 8 pixels, moved to the distribution of the
  style's by `color_transfer.linear_map`. The embedded backbone hardly sees how bright a flat area is, so that without
  it pictures come out as edges on grey. 0, the default, is the paper;
- `structure` adds the distance to the content itself at relu3_1, which holds edges that t, at a deeper tap, has lost.
  0, the default, is the paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, final

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.baselines.adain import adain, moments, transferred
from stylegauge.baselines.color_transfer import linear_map
from stylegauge.baselines.networks.decoder import Decoder
from stylegauge.baselines.networks.encoder import make_encoder
from stylegauge.baselines.training.style import gram_loss
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.content import LAYER

if TYPE_CHECKING:
    from stylegauge.baselines.training.image_pool import ImagePool

STYLE_TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
GRAM_TAPS = (*STYLE_TAPS, "relu5_1")
COARSE = 8  # px


@final
class AdaINTraining:
    """One decoder for all domains.

    backbone, tap: the encoder; layers: of the decoder at each size
    style, gram, tone, structure, wall: weights against a content weight of 1; rate, decay: of Adam
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        backbone: str = "embedded",
        tap: str = "relu4_1",
        layers: int = 2,
        style: float = 10.0,
        gram: float = 0.0,
        tone: float = 0.0,
        structure: float = 0.0,
        wall: float = 100.0,
        rate: float = 1e-4,
        decay: float = 5e-5,
    ) -> None:
        self.settings = settings
        self.backbone = load_backbone(backbone, settings.device)
        self.encoder = make_encoder(self.backbone, tap)
        self.decoder = Decoder(self.encoder.channels, self.encoder.halvings, settings.width, layers).to(settings.device)
        self.weights = {"style": style, "gram": gram, "tone": tone, "structure": structure, "wall": wall}
        self.decay = decay
        self._taps = {tap, LAYER, *(GRAM_TAPS if gram else STYLE_TAPS)}
        self.networks = {"decoder": self.decoder}
        self.optimisers = {"decoder": torch.optim.Adam(self.decoder.parameters(), rate)}
        self.pools: Mapping[str, ImagePool] = {}
        self._arguments = {
            "backbone": backbone,
            "encoder": self.backbone.sha256,
            "tap": tap,
            "width": settings.width,
            "layers": layers,
        }

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """One turn: content and style losses of the batch's contents in the batch's styles."""
        with torch.no_grad():
            styles = self.backbone(batch.styles, self._taps)
            contents = self.backbone(batch.contents, {self.encoder.tap, LAYER})
            wanted = adain(contents[self.encoder.tap], styles[self.encoder.tap])
        images = self.decoder(wanted)
        made = self.backbone(images, self._taps)
        losses = {"content": relative(made[self.encoder.tap], wanted)}
        terms = {
            "style": lambda: style_loss(made, styles),
            "gram": lambda: gram_loss(made, styles, GRAM_TAPS),
            "tone": lambda: tone_loss(images, batch.contents, batch.styles),
            "structure": lambda: relative(made[LAYER], contents[LAYER]),
            "wall": lambda: (images - images.clamp(0, 1)).square().mean(),
        }
        losses |= {name: weight * terms[name]() for name, weight in self.weights.items() if weight}
        yield Turn("decoder", losses)

    def rate(self, progress: float) -> float:
        """1 / (1 + decay * step)."""
        return 1 / (1 + self.decay * progress * self.settings.steps)

    @torch.no_grad()
    def sample(self, batch: Batch) -> Tensor:
        """The batch's contents in the batch's styles."""
        return transferred(self.encoder, self.decoder, batch.contents, self.encoder(batch.styles)).clamp(0, 1)

    def exported(self) -> Mapping[str, Exported]:
        """The decoder; the encoder is named by its weights' hash, not stored."""
        return {"adain": Exported("adain", (), self._arguments, ("decoder",))}


def style_loss(made: Mapping[str, Tensor], styles: Mapping[str, Tensor]) -> Tensor:
    """Sum over taps of the relative distances of means and of deviations (equation 13); a scalar."""
    parts = []
    for tap in STYLE_TAPS:
        (mean, deviation), (wanted_mean, wanted_deviation) = moments(made[tap]), moments(styles[tap])
        # One scale for both: means of the linear readouts may lie near 0, and would then rule the loss.
        energy = (wanted_mean.square() + wanted_deviation.square()).mean(dim=1)
        distance = ((mean - wanted_mean).square() + (deviation - wanted_deviation).square()).mean(dim=1)
        parts.append((distance / energy).mean())
    return torch.stack(parts).sum()


def tone_loss(made: Tensor, contents: Tensor, styles: Tensor) -> Tensor:
    """Mean squared difference of coarse colours to the contents' own, recoloured after the styles'; a scalar."""
    ours, content, style = (F.avg_pool2d(images, COARSE).flatten(2) for images in (made, contents, styles))
    wanted = torch.stack([linear_map(one, other) for one, other in zip(content.double(), style.double())])
    return (ours - wanted.clamp(0, 1).float()).square().mean()


def relative(features: Tensor, wanted: Tensor) -> Tensor:
    """|F - F_w|^2 over the energy of F_w, each image by itself, mean over images; a scalar."""
    distance = (features - wanted).square().mean(dim=(1, 2, 3))
    return (distance / wanted.square().mean(dim=(1, 2, 3)).clamp_min(1e-12)).mean()
