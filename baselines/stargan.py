"""StarGAN: one generator for every domain, told by label planes which of them to make.

Choi et al. 2018, "StarGAN: Unified Generative Adversarial Networks for Multi-Domain Image-to-Image Translation",
arXiv:1711.09020. The photographs are a label of their own, which is the way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.baselines.checkpoint import only_checkpoint
from stylegauge.baselines.networks.sizes import at_any_size
from stylegauge.baselines.networks.stargan import StarGANGenerator
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request


@final
class StarGAN:
    """A feed-forward generator; deterministic, so the seeds are not used. Images of 8 px a side and more.

    checkpoint: the file that holds all domains, or a folder with that one; "" for the shipped one
    snapshot: a step, for the weights of then; checkpoint is the training's folder
    """

    kind = "domain"
    role = "entry"
    privileged = False

    def __init__(self, checkpoint: str = "", device: str = "cpu", snapshot: int | None = None) -> None:
        found = only_checkpoint("stargan", checkpoint, snapshot)
        self.domains = found.domains
        with found.building() as said:
            self._generator = StarGANGenerator(len(self.domains) + 1, **said)
        found.load_into(self._generator, "generator")
        self._device = device
        self._generator.to(device).eval().requires_grad_(False)

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]: each content in its domain; UsageError for a domain that it was not trained on."""
        unknown = [domain for domain in request.domain if domain not in self.domains]
        if unknown:
            raise UsageError(
                f"stargan was not trained on the domain '{unknown[0]}'; it makes: {', '.join(self.domains)}"
            )
        return self._translate(request.content, [self.domains.index(domain) for domain in request.domain])

    def invert(self, outputs: Tensor, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]: its own outputs, translated to photographs."""
        return self._translate(outputs, [len(self.domains)] * len(outputs))

    @torch.inference_mode()
    def _translate(self, images: Tensor, labels: list[int]) -> Tensor:
        height, width = images.shape[-2:]
        if min(height, width) < self._generator.smallest:
            raise UsageError(
                f"stargan works on images of {self._generator.smallest} px and more, found {width}x{height}"
            )
        target = F.one_hot(torch.tensor(labels), self._generator.labels).to(self._device, images.dtype)
        scaled = images.to(self._device) * 2 - 1
        made = at_any_size(lambda padded: self._generator(padded, target), scaled, self._generator.multiple)
        return (made / 2 + 0.5).to(images)
