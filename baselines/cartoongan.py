"""CartoonGAN: one generator a domain, trained for clear edges, with content held on a backbone's features.

Chen, Lai and Liu 2018, "CartoonGAN: Generative Adversarial Networks for Photo Cartoonization", CVPR 2018,
doi:10.1109/CVPR.2018.00986; training in `stylegauge.baselines.training.cartoongan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from stylegauge.baselines.checkpoint import Checkpoint, checkpoints
from stylegauge.baselines.networks.cartoon import CartoonGenerator
from stylegauge.baselines.networks.sizes import at_any_size
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request


@final
class CartoonGAN:
    """A feed-forward generator for each domain; it learns no way back, so there is no `invert`.

    checkpoint: a file of one domain, or a folder of several; "" for the shipped ones
    """

    kind = "domain"
    role = "entry"
    privileged = False

    def __init__(self, checkpoint: str = "", device: str = "cpu") -> None:
        self._device = device
        self._generators: dict[str, CartoonGenerator] = {}
        for file in checkpoints("cartoongan", checkpoint):
            (domain,) = file.domains
            if domain in self._generators:
                raise UsageError(f"two files in '{file.path.parent}' are of the domain '{domain}'; keep one of them")
            self._generators[domain] = _load(file).to(device)
        self.domains = tuple(self._generators)

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used.

        raises: UsageError for a domain that no file is of, and for images of less than 8 px a side
        """
        images = [self._translate(request.content[i : i + 1], domain) for i, domain in enumerate(request.domain)]
        return torch.cat(images)

    @torch.inference_mode()
    def _translate(self, image: Tensor, domain: str) -> Tensor:
        if domain not in self._generators:
            raise UsageError(f"no domain '{domain}' in cartoongan; there are: {', '.join(self.domains)}")
        generator = self._generators[domain]
        height, width = image.shape[-2:]
        if min(height, width) < generator.smallest:
            raise UsageError(f"cartoongan works on images of {generator.smallest} px and more, found {width}x{height}")
        made = at_any_size(generator, image.to(self._device) * 2 - 1, generator.multiple)
        return (made / 2 + 0.5).to(image)


def _load(file: Checkpoint) -> CartoonGenerator:
    generator = CartoonGenerator(**file.arguments)
    file.load_into(generator, "forward")
    return generator.eval().requires_grad_(False)
