import pytest
import torch
from torch import nn

from stylegauge.metrics.backbones.fused import fuse
from stylegauge.metrics.cost import flops, latency_ms, latency_ms_p95, parameters, peak_memory_mb, throughput

TIMINGS = [(4, 0.4), (4, 0.8), (2, 0.6)]  # 100, 200 and 300 ms an image


def test_times_are_per_image_whatever_the_size_of_the_call():
    assert latency_ms(TIMINGS) == pytest.approx(200)
    assert latency_ms_p95(TIMINGS) == pytest.approx(290)
    assert throughput(TIMINGS) == pytest.approx(10 / 1.8)


def test_peak_memory_is_that_of_the_greediest_call():
    assert peak_memory_mb([1.5, 3.0, 2.0]) == 3.0


def test_shared_parameters_count_once_and_frozen_ones_too():
    layer = nn.Linear(3, 2)
    assert parameters(nn.Sequential(layer, layer).requires_grad_(False)) == 8


def test_a_multiply_add_counts_as_two_operations():
    assert flops(lambda: torch.ones(2, 3) @ torch.ones(3, 5)) == 2 * 2 * 3 * 5


@torch.no_grad()
def test_a_backbones_fused_layers_count_as_the_layers_they_were_made_of():
    image = torch.rand(1, 4, 32, 32)
    for groups in (1, 4):
        network = nn.Sequential(nn.Conv2d(4, 8, 3, stride=2, padding=1, groups=groups), nn.ReLU())
        before = flops(lambda: network(image))  # noqa: B023  called at once
        fuse(network)
        network(image)  # lays the weights out
        assert flops(lambda: network(image)) == before == 2 * 16 * 16 * 8 * 4 // groups * 9  # noqa: B023


@pytest.mark.parametrize("measure", [latency_ms, latency_ms_p95, throughput, peak_memory_mb])
def test_nothing_measured_is_an_error_and_not_a_zero(measure):
    with pytest.raises(ValueError, match="no call was measured"):
        measure([])


def test_parameters_are_found_in_plain_dictionaries_too() -> None:
    class Model:
        def __init__(self) -> None:
            self.weights = {"conv": [torch.zeros(3, 2), torch.zeros(4)], "steps": torch.zeros(5, dtype=torch.int64)}
            self.again = self.weights["conv"]

    assert parameters(Model()) == 10


def test_parameters_are_found_where_a_generator_keeps_one_network_a_domain() -> None:
    class Pairs:
        def __init__(self) -> None:
            self.by_domain = {"oil": {"forward": nn.Linear(3, 2), "inverse": nn.Linear(2, 3)}}

    class Model:
        def __init__(self) -> None:
            self.pairs = Pairs()

    assert parameters(Model()) == 8 + 9
