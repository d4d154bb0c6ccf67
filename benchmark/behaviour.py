"""What is asked of a model besides its output: the same for a disturbed content, and its inverse.

Neither is timed, and a model that cannot be asked, or fails, has no value here; its outputs are judged all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stylegauge.benchmark.batches import Batch, Pair
from stylegauge.benchmark.seeding import item_seed, seed_everything

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.adapters.load import Generator

# Two levels of 8 bits: nobody sees it, and a model that answers with another picture is not stable.
SIGMA = 2 / 255
_DISTURBANCE = 1  # of the seeds: other ones than the model's own


@dataclass(frozen=True)
class DisturbedBatch(Batch):
    """A batch whose contents carry a little noise, the same for every model."""

    def contents(self) -> Tensor:
        """[N, 3, size, size] in [0, 1], rounded to 8 bits."""
        from stylegauge.datasets.distortions import noise
        from stylegauge.datasets.images import quantise

        seeds = [item_seed(self.pictures.seed + _DISTURBANCE, *pair) for pair in self.pairs]
        return quantise(noise(Batch.contents(self), SIGMA, seeds))


def twins(generator: Generator, batch: Batch, size: int) -> list[Tensor | None]:
    """What the model makes of the disturbed contents, each [3, H, W] rounded to 8 bits; None where it makes nothing.

    size: pairs given to the model at once, as for the outputs themselves
    """
    if not generator.alone:
        return [None] * len(batch.pairs)

    def ask(pairs: tuple[Pair, ...]) -> Tensor:
        disturbed = DisturbedBatch(batch.pictures, pairs)
        seed_everything(disturbed.seeds[0])
        return generator.prepared(disturbed)()

    return _in_batches(ask, batch.pairs, size)


def cycled(generator: Generator, batch: Batch, outputs: Sequence[Tensor], size: int) -> list[Tensor | None]:
    """What the model's `invert` makes of its outputs, each [3, H, W] rounded to 8 bits; None where it has none."""
    import torch

    made = dict(zip(batch.pairs, outputs, strict=True))

    def ask(pairs: tuple[Pair, ...]) -> Tensor:
        some = Batch(batch.pictures, pairs)
        seed_everything(some.seeds[0])
        return generator.inverted(some, torch.stack([made[pair] for pair in pairs]))

    return _in_batches(ask, batch.pairs, size)


def _in_batches(ask: Callable[[tuple[Pair, ...]], Tensor], pairs: tuple[Pair, ...], size: int) -> list[Tensor | None]:
    from stylegauge.datasets.images import quantise

    found: list[Tensor | None] = []
    for start in range(0, len(pairs), size):
        some = pairs[start : start + size]
        try:
            found += list(quantise(ask(some)))
        except (Exception, SystemExit):  # of the model's own code; the value is then missing, and its outputs stand
            found += [None] * len(some)
    return found
