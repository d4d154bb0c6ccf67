"""What tests of several trainings ask a system."""

from collections.abc import Callable, Mapping

import pytest
import torch
from torch import nn

from stylegauge.baselines.training.system import System


class Times(nn.Module):
    """Multiplies an image by a number: a network whose losses can be computed by hand."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images * self.factor


def reached_networks(system: System, losses: Mapping[str, torch.Tensor]) -> set[str]:
    """The networks that a turn's losses give gradients to."""
    for network in system.networks.values():
        network.zero_grad(set_to_none=True)
    torch.stack(list(losses.values())).sum().backward()
    return {
        name
        for name, network in system.networks.items()
        if any(weight.grad is not None for weight in network.parameters())
    }


@pytest.fixture
def times() -> type[Times]:
    return Times


@pytest.fixture
def reached() -> Callable[..., set[str]]:
    return reached_networks
