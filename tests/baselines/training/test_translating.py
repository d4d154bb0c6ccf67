"""What trainings of two generators share: one domain, both generators, frozen judges, a rate that falls at the end."""

import pytest
import torch
from torch import nn

from stylegauge.baselines.training.system import Settings
from stylegauge.baselines.training.translating import Images, Pair, frozen, linear_decay
from stylegauge.datasets.errors import UsageError

SETTINGS = Settings(steps=3, size=32, width=2)
UNET = {"generator": "unet", "width": 2, "depth": 4, "dropout": 0.5}


def test_it_learns_one_domain_at_a_time():
    for domains, found in ((("hatching", "oil"), "found 2: hatching, oil"), ((), "found 0: none")):
        with pytest.raises(UsageError, match=f"dualgan learns one domain at a time, {found}"):
            Pair("dualgan", domains, SETTINGS, UNET)


def test_the_file_holds_the_generator_and_that_of_the_way_back_where_it_is_asked_for():
    for inverse, back in ((True, ("inverse",)), (False, ())):
        exported = Pair("dualgan", ("oil",), SETTINGS, UNET, inverse=inverse).exported()
        assert list(exported) == ["dualgan-oil"]
        assert (exported["dualgan-oil"].networks, exported["dualgan-oil"].back) == (("forward",), back)
        assert exported["dualgan-oil"].domains == ("oil",)
        assert exported["dualgan-oil"].arguments == UNET


def test_the_two_generators_share_nothing():
    pair = Pair("dualgan", ("oil",), SETTINGS, UNET)
    assert len({weight.data_ptr() for weight in pair.parameters()}) == len(pair.parameters())
    assert not torch.equal(pair.parameters()[0], next(pair.inverse.parameters()))


def test_a_sample_is_what_the_model_shows_and_training_goes_on(make_batch):
    pair, batch = Pair("dualgan", ("oil",), SETTINGS, UNET), make_batch(0)
    first, second = pair.sample(batch), pair.sample(batch)
    assert torch.equal(first, second)  # no dropout
    assert not first.requires_grad
    assert 0 <= first.min() <= first.max() <= 1
    assert pair.forward.training


def test_images_are_in_the_networks_range(make_batch):
    batch = make_batch(0)
    x, y = Images.of(batch)
    assert torch.equal(x, 2 * batch.contents - 1)
    assert torch.equal(y, 2 * batch.styles - 1)


def test_gradients_pass_through_a_frozen_network_and_leave_none_in_it():
    network, image = nn.Conv2d(1, 1, 1), torch.ones(1, 1, 2, 2, requires_grad=True)
    with frozen(network):
        score = network(image).sum()
    score.backward()
    assert image.grad.any()
    assert network.weight.grad is None
    assert network.weight.requires_grad


def test_the_rate_falls_in_the_second_half():
    assert [linear_decay(progress) for progress in (0, 0.25, 0.5, 0.75, 1)] == [1, 1, 1, 0.5, 0]
