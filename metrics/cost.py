"""What a model costs, from calls somebody else timed: no merit of the pictures, and never the same twice.

A timing is (images in the call, seconds), warm-up left out and the device synchronised at both ends by whoever timed
it. Times are per image, so a smaller last batch counts alike; batch and image size are stated beside them.
"""

from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

import numpy as np
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

Timing = tuple[int, float]
T = TypeVar("T")


def latency_ms(timings: Sequence[Timing]) -> float:
    """Median over calls of milliseconds an image; ValueError without a call."""
    return median(_each(timings))


def latency_ms_p95(timings: Sequence[Timing]) -> float:
    """95th percentile over calls of milliseconds an image; ValueError without a call."""
    return float(np.percentile(_each(timings), 95))


def throughput(timings: Sequence[Timing]) -> float:
    """Images a second over all calls; ValueError without a call."""
    return sum(images for images, _ in _some(timings)) / sum(seconds for _, seconds in timings)


def peak_memory_mb(growths: Sequence[float]) -> float:
    """Highest growth of memory during a call, from the growth of each, in MiB; ValueError without a call."""
    return float(max(_some(growths)))


def parameters(model: nn.Module) -> int:
    """Number of values in the model's parameters, trainable or not; shared ones count once."""
    return sum(parameter.numel() for parameter in model.parameters())


def flops(call: Callable[[], object]) -> int:
    """Operations of one call as torch counts them: products of matrices and convolutions, a multiply-add being two."""
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


def _each(timings: Sequence[Timing]) -> list[float]:
    return [1000 * seconds / images for images, seconds in _some(timings)]


def _some(values: Sequence[T]) -> Sequence[T]:
    if not values:
        raise ValueError("no call was measured")
    return values
