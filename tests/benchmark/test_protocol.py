import pytest
import torch

from stylegauge.benchmark.adapters.protocol import OutputError, checked
from stylegauge.datasets.request import Request


@pytest.fixture
def request_of_two():
    images = torch.full((2, 3, 8, 8), 0.5)
    return Request(content=images, style=images, domain=("", ""), seeds=(1, 2))


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (None, "returned nothing"),
        ([1, 2], "returned a list"),
        (torch.zeros(2, 3, 8, 7), r"returned shape \[2, 3, 8, 7\]; expected \[2, 3, 8, 8\]"),
        (torch.zeros(1, 3, 8, 8), r"returned shape \[1, 3, 8, 8\]"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "divide 8-bit values by 255"),
        (torch.full((2, 3, 8, 8), float("nan")), "384 values that are NaN or infinite"),
        (torch.full((2, 3, 8, 8), float("inf")), "384 values that are NaN or infinite"),
        (torch.full((2, 3, 8, 8), 128.0), "divide by 255"),
        (torch.full((2, 3, 8, 8), -0.9), "-1 to 1"),
    ],
)
def test_what_is_no_batch_of_images_is_refused_with_what_was_found(request_of_two, returned, says):
    with pytest.raises(OutputError, match=says):
        checked(returned, request_of_two)


def test_a_small_overshoot_is_let_through_to_be_clipped(request_of_two):
    images = torch.full((2, 3, 8, 8), 1.05, dtype=torch.float64)
    assert checked(images, request_of_two).dtype == torch.float32
