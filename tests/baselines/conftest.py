"""Drives a system as the training loop does, on made-up pictures, and writes the file of its weights."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.training.system import Batch, System


def make_batch(step: int, size: int = 32, n: int = 2, domains: tuple[str, ...] = ("hatching",)) -> Batch:
    """Smooth contents and striped styles, another draw each step; labels in turn."""
    random = torch.Generator().manual_seed(step)
    coarse = torch.rand(n, 3, size // 8, size // 8, generator=random)
    contents = nn.functional.interpolate(coarse, size=(size, size), mode="bilinear")
    stripes = (torch.arange(size) % 4 < 2).float().expand(n, 3, size, size)
    styles = stripes * torch.rand(n, 3, 1, 1, generator=random)
    labels = tuple(domains[(step + i) % len(domains)] for i in range(n))
    return Batch(contents, styles, labels, step, random)


def drive_system(system: System, steps: int, **batch) -> list[dict[str, float]]:
    """Take so many steps; the weighted losses of each, as `<optimiser>/<term>`."""
    history = []
    for step in range(steps):
        torch.manual_seed(step)
        seen = {}
        for optimiser, losses in system.turns(make_batch(step, **batch)):
            system.optimisers[optimiser].zero_grad(set_to_none=True)
            torch.stack(list(losses.values())).sum().backward()
            system.optimisers[optimiser].step()
            seen |= {f"{optimiser}/{name}": float(value.detach()) for name, value in losses.items()}
        history.append(seen)
    return history


def write_exported_file(system: System, folder: Path) -> Path:
    """The one file that a system exports, with the weights as they are now, under its name."""
    ((name, exported),) = system.exported().items()
    tensors = {
        f"{network}.{key}": value
        for network in exported.networks
        for key, value in system.networks[network].state_dict().items()
    }
    path = folder / f"{name}.safetensors"
    write_checkpoint(path, Checkpoint(exported.system, exported.domains, exported.arguments, tensors))
    return path


@pytest.fixture(name="make_batch")
def _make_batch() -> Callable[..., Batch]:
    return make_batch


@pytest.fixture
def drive() -> Callable[..., list[dict[str, float]]]:
    return drive_system


@pytest.fixture(scope="session")
def write_exported() -> Callable[[System, Path], Path]:
    return write_exported_file
