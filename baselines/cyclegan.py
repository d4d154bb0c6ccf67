"""CycleGAN: two generators that undo each other, each judged by a discriminator of patches.

Zhu, Park, Isola and Efros 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
arXiv:1703.10593; training in `stylegauge.baselines.training.cyclegan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from stylegauge.baselines.translation import Translators

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.datasets.request import Request


@final
class CycleGAN:
    """A feed-forward generator for each domain, G, and F as the way back.

    checkpoint: a file of one domain, or a folder of several; "" for the shipped ones
    snapshot: a step, for the weights of then, which hold no way back; checkpoint is the training's folder
    """

    kind = "domain"
    role = "entry"
    privileged = False

    def __init__(self, checkpoint: str = "", device: str = "cpu", snapshot: int | None = None) -> None:
        self._translators = Translators("cyclegan", checkpoint, device, snapshot)
        self.domains = self._translators.domains

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        return self._translators.stylize(request)

    def invert(self, outputs: Tensor, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]: outputs of the requests' domains, brought back by the other generator."""
        return self._translators.invert(outputs, request)
