"""What is asked of a model besides its output: the same for a disturbed content, and its inverse.

Neither is timed, and a model that cannot be asked, or fails, has no value here; its outputs are judged all the same.
Why one failed is a note on the model, no failure of the pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stylegauge.benchmark.adapters.protocol import DOMAIN, NotApplicableError
from stylegauge.benchmark.attempts import describe
from stylegauge.benchmark.batches import Batch, Pair
from stylegauge.benchmark.domains import DomainBatch, asked_for
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


class DisturbedDomains(DisturbedBatch, DomainBatch):
    """The same for models that are given a domain: one noise for each content, domain and repeat."""


@dataclass(frozen=True)
class Answer:
    """What a model gave when it was asked for more than its output.

    image: [3, H, W] rounded to 8 bits, None where it gave none; reason: why its own code failed, "" where it was not
    asked, because it cannot be
    """

    image: Tensor | None
    reason: str = ""


def twins(generator: Generator, batch: Batch, size: int) -> list[Answer]:
    """What the model makes of the disturbed content of each pair.

    size: pairs given to the model at once, as for the outputs themselves
    """
    if not generator.alone:
        return [Answer(None)] * len(batch.pairs)

    def ask(pairs: tuple[Pair, ...]) -> Tensor:
        kind = DisturbedDomains if generator.kind == DOMAIN else DisturbedBatch
        disturbed = kind(batch.pictures, pairs)
        seed_everything(disturbed.seeds[0])
        return generator.prepared(disturbed)()

    return _in_batches(ask, "without its answer to a disturbed content", _items(generator, batch), size)


def cycled(generator: Generator, batch: Batch, outputs: Sequence[Tensor], size: int) -> list[Answer]:
    """What the model's `invert` makes of each of its outputs."""
    import torch

    items = _items(generator, batch)
    made = dict(zip(items, outputs, strict=True))

    def ask(pairs: tuple[Pair, ...]) -> Tensor:
        some = (DomainBatch if generator.kind == DOMAIN else Batch)(batch.pictures, pairs)
        seed_everything(some.seeds[0])
        return generator.inverted(some, torch.stack([made[pair] for pair in pairs]))

    return _in_batches(ask, "without its inverse", items, size)


def _items(generator: Generator, batch: Batch) -> list[Pair]:
    """What the model is asked for each pair; several of them may be one and the same."""
    return [asked_for(generator, pair, batch.pictures.split) for pair in batch.pairs]


def _in_batches(
    ask: Callable[[tuple[Pair, ...]], Tensor], without: str, items: Sequence[Pair], size: int
) -> list[Answer]:
    """An answer for each item; one that comes again is asked for once."""
    once = tuple(dict.fromkeys(items))
    starts = range(0, len(once), size)
    answers = [answer for start in starts for answer in _asked(ask, without, once[start : start + size])]
    found = dict(zip(once, answers, strict=True))
    return [found[item] for item in items]


def _asked(ask: Callable[[tuple[Pair, ...]], Tensor], without: str, pairs: tuple[Pair, ...]) -> list[Answer]:
    """Where a batch fails its pairs are asked for one by one, as for the outputs themselves."""
    from stylegauge.datasets.images import quantise

    try:
        return [Answer(image) for image in quantise(ask(pairs))]
    except NotApplicableError:
        return [Answer(None)] * len(pairs)
    except (Exception, SystemExit) as error:  # of the model's own code; the value is missing, and its outputs stand
        if len(pairs) > 1:
            return [answer for pair in pairs for answer in _asked(ask, without, (pair,))]
        return [Answer(None, f"{without}: {describe(error)}")]
