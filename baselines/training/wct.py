"""How WCT's decoders are trained: to give back the picture that was encoded.

Li et al. 2017, arXiv:1705.08086, equation 1: |I_o - I_i|^2 + lambda |Phi(I_o) - Phi(I_i)|^2, Phi the tap that is
decoded, lambda 1, one decoder a tap, each by itself; Adam, its rate 1e-4 and decay 1 / (1 + 5e-5 step) as in
eridgd/WCT-TF. Different here:
- both distances are means, the second over the energy of Phi(I_i): taps of the embedded backbone differ in scale;
- contents and styles are both given back: what a decoder is shown has the statistics of a style.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from stylegauge.baselines.networks.encoder import make_encoder
from stylegauge.baselines.training.adain import relative
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.baselines.wct import STRENGTH, make_decoders, transferred
from stylegauge.metrics.backbones.load import load_backbone

if TYPE_CHECKING:
    from stylegauge.baselines.training.image_pool import ImagePool

TAPS = ("relu4_1", "relu3_1", "relu2_1", "relu1_1")


@final
class WCTTraining:
    """A decoder for each tap.

    backbone, taps: the encoders, taps joined by commas; layers: of the decoders at each size
    pixel, feature: weights; rate, decay: of Adam
    """

    def __init__(
        self,
        settings: Settings,
        domains: tuple[str, ...],
        *,
        backbone: str = "embedded",
        taps: str = ",".join(TAPS),
        layers: int = 2,
        pixel: float = 1.0,
        feature: float = 1.0,
        rate: float = 1e-4,
        decay: float = 5e-5,
    ) -> None:
        self.settings, self.decay = settings, decay
        self.backbone = load_backbone(backbone, settings.device)
        self.encoders = {tap: make_encoder(self.backbone, tap) for tap in taps.split(",")}
        self.decoders = make_decoders(self.encoders, settings.width, layers).to(settings.device)
        self.pixel, self.feature = pixel, feature
        self.networks = {"decoders": self.decoders}
        self.optimisers = {"decoders": torch.optim.Adam(self.decoders.parameters(), rate)}
        self.pools: Mapping[str, ImagePool] = {}
        self._arguments = {
            "backbone": backbone,
            "encoder": self.backbone.sha256,
            "taps": list(self.encoders),
            "width": settings.width,
            "layers": layers,
        }

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """One turn: the decoders share no weight, so the sum of their losses trains each by its own."""
        images = torch.cat((batch.contents, batch.styles))
        with torch.no_grad():
            wanted = self.backbone(images, tuple(self.encoders))
        losses = {}
        for tap, features in wanted.items():
            made = self.decoders[tap](features)
            losses[f"pixel {tap}"] = self.pixel * (made - images).square().mean()
            losses[f"feature {tap}"] = self.feature * relative(self.backbone(made, (tap,))[tap], features)
        yield Turn("decoders", losses)

    def rate(self, progress: float) -> float:
        """1 / (1 + decay * step)."""
        return 1 / (1 + self.decay * progress * self.settings.steps)

    @torch.no_grad()
    def sample(self, batch: Batch) -> Tensor:
        """The batch's contents in the batch's styles."""
        return transferred(self.encoders, self.decoders, batch.contents, batch.styles, STRENGTH)

    def exported(self) -> Mapping[str, Exported]:
        """All decoders in one file."""
        return {"wct": Exported("wct", (), self._arguments, ("decoders",))}
