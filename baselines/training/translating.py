"""What training systems of two generators share: photographs to one domain, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.baselines.training.system import Batch, Exported, Settings
from stylegauge.baselines.translation import FORWARD, INVERSE, build_generator
from stylegauge.datasets.errors import UsageError


class Images(NamedTuple):
    """x: [N, 3, S, S] contents; y: [N, 3, S, S] pictures of the domain; both in [-1, 1]."""

    x: Tensor
    y: Tensor

    @classmethod
    def of(cls, batch: Batch) -> Images:
        """The pictures of a step."""
        return cls(batch.contents * 2 - 1, batch.styles * 2 - 1)


@final
class Pair:
    """The two generators of one domain, G: x -> y and F: y -> x, built alike and trained by one optimiser.

    arguments: what builds a generator, see `build_generator`
    inverse: whether F goes into the file as well, which doubles it and lets the model take its outputs back
    raises: UsageError for any number of domains but one
    """

    def __init__(
        self,
        system: str,
        domains: tuple[str, ...],
        settings: Settings,
        arguments: Mapping[str, Any],
        *,
        inverse: bool = True,
    ) -> None:
        if len(domains) != 1:
            found = ", ".join(domains) or "none"
            raise UsageError(f"{system} learns one domain at a time, found {len(domains)}: {found}")
        self._system, self._domains, self._arguments = system, domains, dict(arguments)
        self._back = (INVERSE,) if inverse else ()
        self.forward = build_generator(arguments).to(settings.device)
        self.inverse = build_generator(arguments).to(settings.device)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """By the names that they have in a file."""
        return {FORWARD: self.forward, INVERSE: self.inverse}

    def parameters(self) -> list[nn.Parameter]:
        """Of both."""
        return [*self.forward.parameters(), *self.inverse.parameters()]

    def kept(self, real: Images) -> dict[str, Tensor]:
        """Losses of generators that shall leave images as they are: the mean absolute difference, on either side."""
        return {
            "initialisation_x": F.l1_loss(self.forward(real.x), real.x),
            "initialisation_y": F.l1_loss(self.inverse(real.y), real.y),
        }

    def sample(self, batch: Batch) -> Tensor:
        """The batch's contents in the domain, as the model would show them: [N, 3, S, S] in [0, 1]."""
        training = self.forward.training
        self.forward.eval()
        with torch.no_grad():
            made: Tensor = self.forward(Images.of(batch).x)
        self.forward.train(training)
        return made / 2 + 0.5

    def exported(self) -> dict[str, Exported]:
        """One file, `<system>-<domain>`."""
        name = f"{self._system}-{self._domains[0]}"
        return {name: Exported(self._system, self._domains, self._arguments, (FORWARD,), self._back)}


@contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """What passes through these networks inside is followed back to the images and not to the networks' weights."""
    for network in networks:
        network.requires_grad_(False)
    try:
        yield
    finally:
        for network in networks:
            network.requires_grad_(True)


def linear_decay(progress: float) -> float:
    """1 in the first half, then linearly down to 0 (Zhu et al. 2017, arXiv:1703.10593, section 4)."""
    return min(1.0, 2 * (1 - progress))
