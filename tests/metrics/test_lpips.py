"""Our arithmetic against the `lpips` package, with its own published heads on a network of random weights.

A trunk with the published weights would have to be downloaded; for what we do with features any trunk will do.
"""

import warnings

import pytest
import torch

from stylegauge.metrics.lpips import lpips


@pytest.fixture(scope="module")
def package():
    import lpips as reference

    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        return reference.LPIPS(net="squeeze", pnet_rand=True, verbose=False)


@torch.no_grad()
def layers(package, images):
    scaled = package.scaling_layer(2 * images - 1)
    return {str(index): feature for index, feature in enumerate(package.net(scaled))}


def test_score_is_that_of_the_lpips_package(package, images):
    heads = {str(index): lin.model[1].weight.detach().flatten() for index, lin in enumerate(package.lins)}
    assert min(head.min() for head in heads.values()) >= 0
    output, content = images(3, seed=1, size=(64, 72)), images(3, seed=2, size=(64, 72))
    with torch.no_grad():
        expected = package(output, content, normalize=True).flatten()
    score = lpips(layers(package, output), layers(package, content), heads)
    assert torch.allclose(score, expected.double(), rtol=1e-5, atol=0)


def test_epsilon_stands_outside_the_root_as_in_the_package():
    # A vector of length 1e-4: inside the root an epsilon of 1e-10 would shorten it by half a percent.
    tiny, zero = torch.full((1, 1, 1, 1), 1e-4), torch.zeros(1, 1, 1, 1)
    assert lpips({"x": tiny}, {"x": zero}, {"x": torch.ones(1)}).item() == pytest.approx(1, rel=1e-5)
