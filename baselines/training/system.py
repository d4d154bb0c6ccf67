"""What a system is to the training loop: networks, optimisers, and the turns that they take in a step.

A turn is one optimiser's loss. The loop takes the turns of a step as `turns` yields them: it adds up the losses, goes
backward, steps the optimiser, and only then asks for the next turn, so that what a system writes after a `yield` sees
the weights as they are after that step (DualGAN clips its critics there).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer

if TYPE_CHECKING:
    import torch

    from stylegauge.baselines.training.image_pool import ImagePool


@dataclass(frozen=True)
class Settings:
    """What decides the weights beside the data, the code and a system's own options.

    size: side of the square crops, in pixels; width: channels of the generators' first layer
    batch: pictures of each side a step; seed: of the first weights and of all that is drawn
    average: decay of the exponential moving average that is exported, 0 for none
    mixed: forward passes in bfloat16 (on a GPU)
    """

    steps: int
    size: int
    width: int
    batch: int = 1
    seed: int = 0
    average: float = 0.0
    device: str = "cpu"
    mixed: bool = False


@dataclass(frozen=True)
class Batch:
    """The pictures of one step, on the device of the training.

    contents: [N, 3, S, S] in [0, 1], photographs and scenes
    styles: [N, 3, S, S] in [0, 1], pictures of the domains, unpaired with the contents
    domains: the label of each style picture
    step: counted from 0
    random: on the CPU, seeded by (seed, step); whatever a step draws comes from it, so a step after a resume draws the
        same. (torch's own generators are seeded likewise, for layers such as dropout.)
    """

    contents: Tensor
    styles: Tensor
    domains: tuple[str, ...]
    step: int
    random: torch.Generator


class Turn(NamedTuple):
    """One optimiser's loss: its terms by name, scalars already weighted, whose sum is minimised."""

    optimiser: str
    losses: Mapping[str, Tensor]


@dataclass(frozen=True)
class Exported:
    """What one file of trained weights holds; see `stylegauge.baselines.checkpoint`.

    system: the baseline's name; domains: what it makes, () for a system of pairs
    arguments: JSON values, what builds the networks again
    networks: names of those that `stylize` needs; back: of those of the way back, which a snapshot does without
    """

    system: str
    domains: tuple[str, ...]
    arguments: Mapping[str, Any]
    networks: tuple[str, ...]
    back: tuple[str, ...] = ()


class System(Protocol):
    """One training in progress. All of its state is in these networks, optimisers and pools, and in the step.

    networks: what is trained, by name; frozen backbones stay outside
    optimisers: by the names that turns use; pools: of earlier outputs, {} where there are none
    """

    networks: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]
    pools: Mapping[str, ImagePool]

    def turns(self, batch: Batch) -> Iterator[Turn]:
        """The turns of one step."""
        ...

    def rate(self, progress: float) -> float:
        """The factor on every optimiser's first learning rate, at a progress from 0 to 1."""
        ...

    def sample(self, batch: Batch) -> Tensor:
        """What it makes of the batch's contents at present: [N, 3, S, S] in [0, 1].

        The loop calls it without gradients and with all networks in evaluation mode.
        """
        ...

    def exported(self) -> Mapping[str, Exported]:
        """The files that are shipped, by name without suffix (`cyclegan-hatching`)."""
        ...
