"""Images of any size through networks that halve them."""

import pytest
import torch

from stylegauge.baselines.networks.sizes import at_any_size


@pytest.mark.parametrize("size", [(16, 16), (17, 30), (3, 40), (1, 9), (1, 1)])
def test_what_comes_back_has_the_size_that_was_given_and_the_network_sees_whole_multiples(size):
    seen = []

    def network(images):
        seen.append(tuple(images.shape[-2:]))
        return images

    images = torch.rand(2, 3, *size)
    assert torch.equal(at_any_size(network, images, 8), images)
    assert all(side % 8 == 0 for side in seen[0])


def test_the_padding_mirrors_the_right_and_lower_border():
    padded = []
    at_any_size(
        lambda images: padded.append(images) or images, torch.arange(5.0).view(1, 1, 1, 5).expand(1, 1, 8, 5), 8
    )
    assert padded[0][0, 0, 0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]
