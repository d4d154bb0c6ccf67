"""The noise generator as a stylizer: x = G(content) + strength * f(style), a texture out of noise added to a content.

The network and its reasons are in `networks.noise_style`, its losses in `training.noise_style`. Two seeds give one
picture in two drafts: the same things in the same style, other strokes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from stylegauge.baselines.checkpoint import only_checkpoint
from stylegauge.baselines.networks.dcgan import noise_of_seeds
from stylegauge.baselines.networks.noise_style import MULTIPLE, NoiseStyleNetwork, noise_cells
from stylegauge.baselines.networks.sizes import at_any_size
from stylegauge.baselines.strength import strength_of
from stylegauge.datasets.resize import resize

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request

SMALLEST_STYLE = 16  # pixels; smaller style images are enlarged


@final
class NoiseStyle:
    """One network for every style.

    checkpoint: a file or folder with one file, "" for the shipped one
    snapshot: a step, for the weights of then; checkpoint is the training's folder
    strength: how much of f is added, 1 as trained and 0 for the content's part alone; a request's own overrules it
    raises: UsageError as `only_checkpoint` and `Checkpoint.load_into` do
    """

    kind = "pair"
    role = "entry"
    privileged = False

    def __init__(
        self, checkpoint: str = "", strength: float = 1.0, device: str = "cpu", snapshot: int | None = None
    ) -> None:
        found = only_checkpoint("noise-style", checkpoint, snapshot)
        self.strength = strength_of(strength, "noise-style")
        with found.building() as said:
            self._network = NoiseStyleNetwork(**said)
        found.load_into(self._network, "network")
        self._network.to(device).eval().requires_grad_(False)

    @torch.inference_mode()
    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1], of contents and style images of any size."""
        strength = strength_of(request.strength, "noise-style", self.strength)
        style = _at_least(request.style, SMALLEST_STYLE) * 2 - 1

        def network(content: Tensor) -> Tensor:
            cells = [self._network.latent, *map(noise_cells, content.shape[-2:])]
            z = noise_of_seeds(request.seeds, cells).to(content)
            images: Tensor = self._network(content, style, z, strength)
            return images

        return at_any_size(network, request.content * 2 - 1, MULTIPLE) / 2 + 0.5


def _at_least(images: Tensor, side: int) -> Tensor:
    """Images [N, 3, H, W] whose sides are `side` at least."""
    height, width = images.shape[-2:]
    return resize(images, (max(height, side), max(width, side)))
