"""Weights files of the extra to named tensors: plain state dicts, safetensors, OpenAI's archives, CSD's checkpoints."""

import argparse
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from stylegauge.datasets.errors import UsageError

State = dict[str, Tensor]

# What lies beside the weights in a checkpoint of a training run: its options, its learning rates. Data, not code.
_BESIDE_TENSORS: list[Any] = [
    argparse.Namespace,
    np.dtype,
    type(np.dtype(np.float64)),
    (np.float64(0).__reduce__()[0], "numpy.core.multiarray.scalar"),
    (np.float64(0).__reduce__()[0], "numpy._core.multiarray.scalar"),
]
_NESTED = ("model_state_dict", "state_dict", "model")


def read_tensors(path: Path) -> State:
    """Every tensor of a weights file by name, float32, on the CPU; a `module.` in front of every name is taken off.

    raises: UsageError for a file that cannot be read, that wants to run code, or that holds no named tensors
    """
    found = _load(path)
    for key in _NESTED:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping) or not found or not all(isinstance(each, Tensor) for each in found.values()):
        raise UsageError(f"'{path}' holds no state dict: expected names and tensors")
    wrapped = all(name.startswith("module.") for name in found)
    return {name.removeprefix("module.") if wrapped else name: value.detach().float() for name, value in found.items()}


def _load(path: Path) -> Any:
    if not path.is_file():
        raise UsageError(f"no file '{path}'")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        if _is_archive(path):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # torch would have its archives be exported programs
                return dict(torch.jit.load(path, map_location="cpu").state_dict())
        with torch.serialization.safe_globals(_BESIDE_TENSORS):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling raises whatever it meets; all of it means that the file is of no use
        reason = f"{type(error).__name__}; expected a file of tensors, written by torch.save or safetensors"
        raise UsageError(f"cannot read the weights '{path}': {reason}") from error


def _is_archive(path: Path) -> bool:
    """Whether a file is a TorchScript archive, as OpenAI publishes CLIP."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())
