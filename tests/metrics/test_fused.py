"""Convolutions fused with their ReLU give the bits of the layers they were made of."""

import copy

import pytest
import torch
from torch import nn

from stylegauge.metrics.backbones.fused import FusedConvolution, fuse


def layers():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 24, (1, 5), padding=(0, 2), stride=2), nn.ReLU(),
        nn.Conv2d(24, 8, 1),
    ).eval().requires_grad_(False)  # fmt: skip


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("sides", [[(64, 64), (33, 50)], [(17, 90)]])
def test_the_numbers_are_the_same_to_the_last_bit_at_any_size(kind, sides):
    plain = layers().to(kind).to(memory_format=torch.channels_last)
    fused = copy.deepcopy(plain)
    fuse(fused)
    assert sum(isinstance(layer, FusedConvolution) for layer in fused) == 2
    for height, width in sides:
        x = torch.randn(1, 3, height, width).to(kind).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            assert torch.equal(plain(x), fused(x))


def test_what_is_asked_for_gradients_gives_them():
    plain = layers()
    fused = copy.deepcopy(plain)
    fuse(fused)
    gradients = []
    for network in (plain, fused):
        x = torch.full((1, 3, 20, 20), 0.3).requires_grad_()
        network(x).square().sum().backward()
        gradients.append(x.grad)
    assert gradients[0].abs().sum() > 0
    assert torch.equal(*gradients)


def test_a_build_without_the_operators_keeps_the_layers(monkeypatch):
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    network = layers()
    fuse(network)
    assert [type(layer) for layer in network] == [type(layer) for layer in layers()]
