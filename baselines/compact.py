"""Weights in 8 bits: what a checkpoint of a training under way is stored in, about half the size of half precision.

A weight w of a channel is the integer round(w / step), from -127 to 127, where step is the channel's largest absolute
weight over 127, rounded up to half precision; so it comes back within half a step, and 0 comes back as 0. A channel is
a slice along the first axis: an output of a convolution, an input of a transposed one. The steps stand beside the
integers, as `<name>:step`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

LARGEST = 127
FEWEST = 16  # weights of a channel; with fewer, a step for each and its name take what 8 bits save
STEP = ":step"


def compacted(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Large float tensors as int8 with their steps, float16 [channels]; all else as it is."""
    small: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if not value.is_floating_point() or value.ndim < 2 or value[0].numel() < FEWEST:
            small[name] = value
            continue
        channels = value.float().flatten(1)
        exact = channels.abs().amax(dim=1) / LARGEST
        near = exact.half()
        steps = near.where(near >= exact, near.nextafter(torch.full_like(near, torch.inf)))
        # A channel of zeros has no step; divided by 1 it is zeros as well.
        whole = (channels / steps.float().where(steps > 0, 1.0)[:, None]).round()
        small[name], small[name + STEP] = whole.to(torch.int8).view(value.shape), steps
    return small


def restored(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What `compacted` was given, with int8 as float32 again.

    raises: ValueError that names the tensor whose steps are missing, do not fit, or belong to nothing
    """
    whole = {name: value for name, value in tensors.items() if not name.endswith(STEP)}
    for name in tensors.keys() - whole.keys():
        if tensors.get(name.removesuffix(STEP), torch.empty(0)).dtype != torch.int8:
            raise ValueError(f"{name} belongs to no weights in 8 bits")
    return {
        name: _restored(name, value, tensors.get(name + STEP)) if value.dtype == torch.int8 else value
        for name, value in whole.items()
    }


def _restored(name: str, value: Tensor, steps: Tensor | None) -> Tensor:
    if steps is None:
        raise ValueError(f"{name} is in 8 bits and its steps, {name}{STEP}, are missing")
    if steps.dtype != torch.float16 or value.ndim < 2 or steps.shape != value.shape[:1]:
        kind = str(steps.dtype).removeprefix("torch.")
        raise ValueError(f"{name}{STEP} is {kind} {list(steps.shape)}, expected float16 {list(value.shape[:1])}")
    if not (torch.isfinite(steps) & (steps >= 0)).all():
        raise ValueError(f"{name}{STEP} holds steps that are negative or not finite")
    return (value.float().flatten(1) * steps[:, None]).view(value.shape)
