"""Weights files to named tensors. Whether the names and shapes are those of a network is for its backbone to say."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.weights.files import Located


def read_state(located: Located) -> dict[str, Tensor]:
    """Every tensor of a weights file by name, on the CPU: safetensors by its suffix, else what torch.save wrote.

    Only tensors are read: a file that wants to run code is refused.
    raises: UsageError for a file that cannot be read, and for one that holds anything but named tensors
    """
    state = _load(located.path)
    if not isinstance(state, dict) or not state:
        raise UsageError(f"'{located.path}' holds no state dict: found {_kind(state)}, expected names and tensors")
    for key, value in state.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise UsageError(
                f"'{located.path}' holds no plain state dict: {key!r} is {_kind(value)}, expected a tensor"
            )
    return {key: value.detach() for key, value in state.items()}


def _load(path: Path) -> object:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling raises whatever it meets; all of it means that the file is of no use
        reason = error.strerror if isinstance(error, OSError) else _reason(error)
        raise UsageError(f"cannot read the weights '{path}': {reason}") from error


def _reason(error: Exception) -> str:
    # torch's own messages are pages of advice on how to load files that run code.
    return f"{type(error).__name__}; expected a file of tensors, written by torch.save or safetensors"


def _kind(value: object) -> str:
    return f"{'an empty' if value == {} else 'a'} {type(value).__name__}"
