"""Draws pictures of a domain out of noise: what a table shows of a generator that looks at no content at all.

DCGAN (Radford et al. 2016, arXiv:1511.06434), with the losses of `training.noise_gan` to choose from. It is at home in
set metrics; its content scores are those of a random picture, and a style score that prefers it to a stylised content
says how little that score asks. Pictures are drawn at the size that the network was trained at and resized to the
content's, so strokes grow with the content.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from stylegauge.baselines.checkpoint import Checkpoint, checkpoints_by_domain
from stylegauge.baselines.networks.dcgan import Generator, noise_of_seeds
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.resize import resize

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request


@final
class NoiseGAN:
    """One generator a domain; z of item i comes from its seed alone.

    checkpoint: a file or folder, "" for the shipped ones
    snapshot: a step, for the weights of then; checkpoint is the training's folder
    raises: UsageError as `checkpoints_by_domain` and `Checkpoint.load_into` do
    """

    kind = "domain"
    role = "entry"
    privileged = False

    def __init__(self, checkpoint: str = "", device: str = "cpu", snapshot: int | None = None) -> None:
        self._generators = {
            domain: _generator(each).to(device)
            for domain, each in checkpoints_by_domain("noise-gan", checkpoint, snapshot).items()
        }
        self.domains = tuple(self._generators)

    @torch.inference_mode()
    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; UsageError for a domain that no checkpoint draws."""
        size = (request.content.shape[-2], request.content.shape[-1])
        places = {d: [i for i, each in enumerate(request.domain) if each == d] for d in dict.fromkeys(request.domain)}
        drawn = [
            resize(self._draw(domain, [request.seeds[i] for i in at], request.content), size)
            for domain, at in places.items()
        ]
        if len(drawn) == 1:  # no copy of what is in order already
            return drawn[0]
        order = torch.tensor([i for at in places.values() for i in at], device=request.content.device)
        return torch.cat(drawn)[order.argsort()]

    def _draw(self, domain: str, seeds: Sequence[int], content: Tensor) -> Tensor:
        """[N, 3, S, S] in [0, 1], one for each seed."""
        if domain not in self._generators:
            raise UsageError(f"noise-gan has no weights for domain '{domain}'; there are: {', '.join(self.domains)}")
        generator = self._generators[domain]
        images: Tensor = generator(noise_of_seeds(seeds, [generator.latent]).to(content)) / 2 + 0.5
        return images


def _generator(checkpoint: Checkpoint) -> Generator:
    with checkpoint.building() as said:
        generator = Generator(**said)
    checkpoint.load_into(generator, "generator")
    return generator.eval().requires_grad_(False)
