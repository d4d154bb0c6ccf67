"""DualGAN: a primal and a dual generator, taught by Wasserstein critics and by reconstruction.

Yi, Zhang, Tan and Gong 2017, "DualGAN: Unsupervised Dual Learning for Image-to-Image Translation", arXiv:1704.02510;
training in `stylegauge.baselines.training.dualgan`.
Different here: dropout, which stands for noise, is at work in training only and
not when the model is asked, so an image is a function of its content alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from stylegauge.baselines.translation import Translators

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.datasets.request import Request


@final
class DualGAN:
    """A feed-forward generator for each domain, G_A, and G_B as the way back.

    checkpoint: a file of one domain, or a folder of several; "" for the shipped ones
    snapshot: a step, for the weights of then, which hold no way back; checkpoint is the training's folder
    """

    kind = "domain"
    role = "entry"
    privileged = False

    def __init__(self, checkpoint: str = "", device: str = "cpu", snapshot: int | None = None) -> None:
        self._translators = Translators("dualgan", checkpoint, device, snapshot)
        self.domains = self._translators.domains

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        return self._translators.stylize(request)

    def invert(self, outputs: Tensor, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]: outputs of the requests' domains, brought back by the other generator."""
        return self._translators.invert(outputs, request)
