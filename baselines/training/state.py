"""The whole state of a training as one safetensors file, so that it goes on as if it had never stopped.

Weights, buffers, optimisers, moving averages and pools in full precision, and the step; all else follows from the
settings and the step (see `system.Batch.random`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from stylegauge.baselines.training.average import Average
from stylegauge.baselines.training.system import System
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.files import write_atomic

NAME = "state.safetensors"
FORMAT = "stylegauge-training-1"  # the header's one key, as in `baselines.checkpoint`


def write_state(path: Path, system: System, average: Average, about: Mapping[str, Any]) -> None:
    """Write atomically. about: JSON values, "step" among them."""
    from safetensors.torch import save

    tensors = {name: value.detach().cpu().contiguous().clone() for name, value in _tensors(system, average)}
    write_atomic(path, save(tensors, {FORMAT: json.dumps(about, sort_keys=True)}))


def read_about(path: Path) -> dict[str, Any]:
    """What `write_state` was told beside the tensors; raises UsageError for a damaged file and one of no training."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise UsageError(f"the training's state '{path}' is damaged ({error}); remove it to begin anew") from None
    if FORMAT not in header:
        raise UsageError(f"'{path}' is no state of a training; remove it, or name another --out")
    about: dict[str, Any] = json.loads(header[FORMAT])
    return about


def read_state(path: Path, system: System, average: Average) -> None:
    """Put a system back to where it was; raises UsageError where the file does not fit it."""
    from safetensors.torch import load_file

    tensors = load_file(path)
    try:
        for name, network in system.networks.items():
            network.load_state_dict(_under(f"network.{name}.", tensors))
        for name, optimiser in system.optimisers.items():
            state: dict[int, dict[str, Tensor]] = {}
            for key, value in _under(f"optimiser.{name}.", tensors).items():
                number, _, what = key.partition(".")
                state.setdefault(int(number), {})[what] = value
            optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
            _lay_out_as_weights(optimiser)
        average.load(_under("average.", tensors))
    except (RuntimeError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"the training's state '{path}' is of another architecture: {reason}") from None
    for name, pool in system.pools.items():
        kept = _under(f"pool.{name}.", tensors)
        device = next(next(iter(system.networks.values())).parameters()).device
        pool.images = [kept[number].to(device) for number in sorted(kept, key=int)]


def _lay_out_as_weights(optimiser: Optimizer) -> None:
    """Give moments the memory layout of their weights: fused optimisers go through both in the order of memory."""
    for weight, kept in optimiser.state.items():
        for what, value in kept.items():
            if isinstance(value, Tensor) and value.shape == weight.shape:
                kept[what] = torch.empty_like(weight, dtype=value.dtype).copy_(value)


def _tensors(system: System, average: Average) -> Iterator[tuple[str, Tensor]]:
    for name, network in system.networks.items():
        yield from ((f"network.{name}.{key}", value) for key, value in network.state_dict().items())
    for name, optimiser in system.optimisers.items():
        for number, kept in optimiser.state_dict()["state"].items():
            yield from (
                (f"optimiser.{name}.{number}.{what}", value) for what, value in kept.items() if value is not None
            )
    yield from ((f"average.{key}", value) for key, value in average.tensors().items())
    for name, pool in system.pools.items():
        yield from ((f"pool.{name}.{number}", image) for number, image in enumerate(pool.images))


def _under(begin: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(begin): value for key, value in tensors.items() if key.startswith(begin)}
