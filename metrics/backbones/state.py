"""Filling a network with the tensors of a published file: by name, shape and type, none left over."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from stylegauge.datasets.errors import UsageError

# Counted while training and read by nothing here; older files lack it, and torch loads them all the same.
_COUNTER = "num_batches_tracked"


def fill(
    network: nn.Module,
    state: Mapping[str, Tensor],
    path: Path,
    unused: tuple[str, ...] = (),
    foreign: tuple[str, ...] = (),
) -> None:
    """Give a network built on the meta device the tensors of a file; nothing is copied.

    unused: beginnings of names that the file must have and that are not loaded: a classifier's
    foreign: beginnings of names that the file may have and the network has not
    raises: UsageError in one line, naming the first tensor that is missing, additional or of another shape or type
    """
    expected = network.state_dict()
    names = {name for name in state if not name.startswith(foreign)} if foreign else set(state)
    _refuse(path, "has no tensor", (name for name in expected.keys() - names if not name.endswith(_COUNTER)))
    _refuse(path, "has a tensor too many,", names - expected.keys())
    loaded = {name: state[name] for name in expected if name in names and not (unused and name.startswith(unused))}
    for name, tensor in loaded.items():
        if _form(tensor) != _form(expected[name]):
            raise UsageError(f"'{path}': {name!r} is {_form(tensor)}, expected {_form(expected[name])}")
    # What may still be missing is the counters and the unused, which stay on the meta device.
    network.load_state_dict(loaded, strict=False, assign=True)


def fold_norm(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """The convolution with the batch norm after it, in evaluation mode, inside its own weights.

    The products are made in float64 and rounded once, so that features stay within 1e-5 of the two layers' own.
    """
    if norm.running_var is None or norm.running_mean is None:
        raise ValueError("a batch norm without running statistics cannot be folded")
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    bias = norm.bias.double() - norm.running_mean.double() * scale
    conv.weight = nn.Parameter((conv.weight.double() * scale[:, None, None, None]).float(), requires_grad=False)
    conv.bias = nn.Parameter(bias.float(), requires_grad=False)
    return conv


def _refuse(path: Path, complaint: str, names: Iterable[str]) -> None:
    found = sorted(names)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise UsageError(f"'{path}' is a weights file of another network: it {complaint} {found[0]!r}{more}")


def _form(tensor: Tensor) -> str:
    kind = str(tensor.dtype).removeprefix("torch.")
    return f"{kind} {list(tensor.shape)}" if tensor.layout == torch.strided else f"{kind}, not dense"
