"""DualGAN's critics are clipped, the generators move in every n-th step, and its losses are Wasserstein's."""

import pytest
import torch
from torch import nn

from stylegauge.baselines.training.dualgan import DualGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError

SETTINGS = Settings(steps=3, size=32, width=4)


def training(**options) -> DualGANTraining:
    torch.manual_seed(0)
    return DualGANTraining(SETTINGS, ("hatching",), **options)


def copies(network: nn.Module) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in network.parameters()]


def same(network: nn.Module, before: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(network.parameters(), before, strict=True))


def test_losses_by_hand(make_batch, times):
    system, batch = training(critic_steps=1, reconstruction=100.0), make_batch(0)
    system._pair.forward, system._pair.inverse = times(0.5), times(3.0)
    system._critic_v, system._critic_u = times(0.2), times(0.4)
    (_, critics), (_, generators) = system.turns(batch)
    u, v = 2 * batch.contents - 1, 2 * batch.styles - 1
    expected = {
        "v": (0.2 * 0.5 * u).mean() - (0.2 * v).mean(),
        "u": (0.4 * 3.0 * v).mean() - (0.4 * u).mean(),
        "adversarial_v": -(0.2 * 0.5 * u).mean(),
        "adversarial_u": -(0.4 * 3.0 * v).mean(),
        "reconstruction_u": 100 * (1.5 * u - u).abs().mean(),
        "reconstruction_v": 100 * (1.5 * v - v).abs().mean(),
    }
    found = {**critics, **generators}
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].item() == pytest.approx(value.item(), rel=1e-4, abs=1e-6), name


def test_critics_are_clipped_after_each_of_their_turns(make_batch):
    system = training(clip=0.005, learning_rate=0.01, critic_steps=1)
    for optimiser, losses in system.turns(make_batch(0)):
        if optimiser == "generators":
            sizes = torch.cat([weight.detach().abs().ravel() for weight in system._critic_weights])
            assert sizes.max().item() == pytest.approx(0.005)
            assert (sizes > 0.0049).float().mean() > 0.5  # a step of 0.01 threw most of them out
        system.optimisers[optimiser].zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        system.optimisers[optimiser].step()


def test_the_generators_move_in_every_third_step(drive):
    system = training(critic_steps=3)
    before = copies(system._pair.forward)
    history = drive(system, 2)
    assert same(system._pair.forward, before)
    history = drive(system, 3)
    assert not same(system._pair.forward, before)
    assert [any(name.startswith("generators") for name in step) for step in history] == [False, False, True]
    assert all("critics/v" in step and "critics/u" in step for step in history)


def test_the_initialisation_teaches_generators_alone_to_leave_images_as_they_are(make_batch, drive, times):
    system = training(initialisation=2, critic_steps=1)
    batch = make_batch(1)
    system._pair.forward, system._pair.inverse = times(0.5), times(3.0)
    ((optimiser, losses),) = system.turns(batch)
    u, v = 2 * batch.contents - 1, 2 * batch.styles - 1
    assert optimiser == "generators"
    assert losses["initialisation_x"].item() == pytest.approx((0.5 * u).abs().mean().item(), rel=1e-5)
    assert losses["initialisation_y"].item() == pytest.approx((2 * v).abs().mean().item(), rel=1e-5)
    steps = drive(training(initialisation=2, critic_steps=1), 3)
    assert [any(name.startswith("critics") for name in step) for step in steps] == [False, False, True]


def test_dropout_is_at_work_in_training_and_not_in_samples(make_batch):
    system, batch = training(), make_batch(0)
    x = 2 * batch.contents - 1
    assert not torch.equal(system._pair.forward(x), system._pair.forward(x))
    assert torch.equal(system.sample(batch), system.sample(batch))


@pytest.mark.parametrize("options", [{"critic_steps": 0}, {"clip": 0.0}])
def test_a_critic_needs_a_step_and_room(options):
    with pytest.raises(UsageError, match="a critic needs a step and room"):
        training(**options)
