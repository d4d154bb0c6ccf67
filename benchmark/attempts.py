"""Asking a model for a batch of pairs: what it made of each, or why it made nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stylegauge.benchmark.adapters.protocol import NotApplicableError, OutputError
from stylegauge.benchmark.batches import Batch, Pair
from stylegauge.benchmark.device import measured
from stylegauge.benchmark.records import FAILED, NOT_APPLICABLE, OK
from stylegauge.benchmark.seeding import seed_everything
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.adapters.load import Generator


@dataclass(frozen=True)
class Attempt:
    """What a model made of one pair, or of (content, label, repeat): an image [3, H, W] of 8 bits, or why none."""

    pair: Pair
    image: Tensor | None
    status: str
    reason: str


@dataclass(frozen=True)
class Timing:
    """One timed call."""

    images: int
    seconds: float
    memory_mb: float | None


def attempt(generator: Generator, batch: Batch, timings: list[Timing]) -> list[Attempt]:
    """Ask a model for a batch. Where the batch fails, ask pair by pair, so that one bad pair costs only itself.

    raises: whatever reading the run's own inputs raises; what the model raises is its own failure, never the run's
    """
    from stylegauge.datasets.images import quantise

    seed_everything(batch.seeds[0])
    refused = NOT_APPLICABLE if generator.privileged else FAILED
    try:
        call = generator.prepared(batch)
    except NotApplicableError as error:
        return _one_by_one(generator, batch, timings, (refused, str(error)))
    try:
        with measured(batch.device) as cost:
            images = call()
        timings.append(Timing(len(batch.pairs), cost.seconds, cost.memory_mb))
        return [Attempt(pair, image, OK, "") for pair, image in zip(batch.pairs, quantise(images))]
    except (UsageError, NotApplicableError) as error:
        # A privileged control that this split gives nothing to work with (an oracle without a recipe).
        failure = (refused, str(error))
    except OutputError as error:
        failure = (FAILED, str(error))
    except (Exception, SystemExit) as error:
        failure = (FAILED, describe(error))
    return _one_by_one(generator, batch, timings, failure)


def _one_by_one(generator: Generator, batch: Batch, timings: list[Timing], failure: tuple[str, str]) -> list[Attempt]:
    """The pairs of a failed batch asked again, each alone; of a batch of one pair, its failure."""
    if len(batch.pairs) > 1:
        return [one for pair in batch.pairs for one in attempt(generator, replace(batch, pairs=(pair,)), timings)]
    return [Attempt(batch.pairs[0], None, *failure)]


def describe(error: BaseException) -> str:
    """An exception in one line: type and first line of its text."""
    text = str(error).strip().splitlines()
    return f"raised {type(error).__name__}{': ' + text[0][:300] if text else ''}"
