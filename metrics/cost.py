"""What a model costs, from calls somebody else timed: no merit of the pictures, and never the same twice.

A timing is (images in the call, seconds), warm-up left out and the device synchronised at both ends by whoever timed
it. Times are per image, so a smaller last batch counts alike; batch and image size are stated beside them.
"""

from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

import numpy as np
import torch
from torch import Size, Tensor, nn
from torch.utils.flop_counter import FlopCounterMode, conv_flop_count

Timing = tuple[int, float]
T = TypeVar("T")
DEPTH = 6  # attributes of attributes: how far tensors are looked for in a plain object


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


def parameters(model: object) -> int:
    """Number of floating-point values a model holds, trainable or not; shared ones count once.

    model: a module, or any object; tensors are looked for in its attributes, lists and dictionaries, DEPTH levels deep,
        since many models keep their weights in plain dictionaries. A module's buffers are no parameters.
    """
    return sum(tensor.numel() for tensor in _tensors(model, DEPTH, set()))


def _tensors(value: object, depth: int, seen: set[int]) -> list[Tensor]:
    if id(value) in seen or depth < 0:
        return []
    seen.add(id(value))
    if isinstance(value, Tensor):
        return [value] if value.is_floating_point() else []
    return [tensor for one in _inside(value) for tensor in _tensors(one, depth - 1, seen)]


def _inside(value: object) -> list[object]:
    """What may hold tensors one level down."""
    if isinstance(value, nn.Module):
        return [*value.parameters(), *(v for k, v in vars(value).items() if not k.startswith("_"))]
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)
    if hasattr(value, "__self__"):  # a bound method: what it is bound to
        return [value.__self__]
    return list(vars(value).values()) if hasattr(value, "__dict__") and not isinstance(value, type) else []


def flops(call: Callable[[], object]) -> int:
    """Operations of one call as torch counts them: products of matrices and convolutions, a multiply-add being two."""
    # torch does not count the convolutions that are fused with their ReLU (metrics/backbones/fused.py).
    fused = getattr(torch.ops.mkldnn, "_convolution_pointwise", None)
    with FlopCounterMode(display=False, custom_mapping={fused: _fused_flops} if fused else None) as counter:
        call()
    return counter.get_total_flops()


def _fused_flops(image: Size, weight: Size, *_: object, out_shape: Size, **__: object) -> int:
    return conv_flop_count(list(image), list(weight), list(out_shape))


def _each(timings: Sequence[Timing]) -> list[float]:
    return [1000 * seconds / images for images, seconds in _some(timings)]


def _some(values: Sequence[T]) -> Sequence[T]:
    if not values:
        raise ValueError("no call was measured")
    return values
