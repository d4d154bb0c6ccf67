"""CartoonGAN: one generator a domain, trained for clear edges, with content held on a backbone's features.

Chen, Lai and Liu 2018, "CartoonGAN: Generative Adversarial Networks for Photo Cartoonization", CVPR 2018,
doi:10.1109/CVPR.2018.00986; training in `stylegauge.baselines.training.cartoongan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from stylegauge.baselines.translation import Translators

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.datasets.request import Request


@final
class CartoonGAN:
    """A feed-forward generator for each domain; it learns no way back, so there is no `invert`.

    checkpoint: a file of one domain, or a folder of several; "" for the shipped ones
    snapshot: a step, for the weights of then; checkpoint is the training's folder
    """

    kind = "domain"
    role = "entry"
    privileged = False

    def __init__(self, checkpoint: str = "", device: str = "cpu", snapshot: int | None = None) -> None:
        self._translators = Translators("cartoongan", checkpoint, device, snapshot, generator="cartoon")
        self.domains = self._translators.domains

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        return self._translators.stylize(request)
