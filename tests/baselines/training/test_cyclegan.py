"""CycleGAN's losses by hand, its pool, and what it learns."""

import pytest
import torch

from stylegauge.baselines.training.cyclegan import CycleGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError

SETTINGS = Settings(steps=3, size=32, width=4)


def training(**options) -> CycleGANTraining:
    torch.manual_seed(0)
    return CycleGANTraining(SETTINGS, ("hatching",), **{"generator": "resnet6"} | options)


def by_hand(system, times, g: float, f: float, d_y: float, d_x: float) -> None:
    """Put numbers in place of the networks: G(x) = g x, F(y) = f y, D_Y(y) = d_y y, D_X(x) = d_x x."""
    system._pair.forward, system._pair.inverse = times(g), times(f)
    system._judge_y, system._judge_x = times(d_y), times(d_x)


def test_the_generators_losses_by_hand(make_batch, times):
    system, batch = training(cycle=10.0, identity=0.5), make_batch(0)
    by_hand(system, times, 0.5, 3.0, 0.2, 0.4)
    losses = next(system.turns(batch)).losses
    x, y = 2 * batch.contents - 1, 2 * batch.styles - 1
    expected = {
        "adversarial_y": (0.2 * 0.5 * x - 1).square().mean(),
        "adversarial_x": (0.4 * 3.0 * y - 1).square().mean(),
        "cycle_x": 10 * (1.5 * x - x).abs().mean(),
        "cycle_y": 10 * (1.5 * y - y).abs().mean(),
        "identity_x": 5 * (3.0 * x - x).abs().mean(),
        "identity_y": 5 * (0.5 * y - y).abs().mean(),
    }
    assert losses.keys() == expected.keys()
    for name, value in expected.items():
        assert losses[name].item() == pytest.approx(value.item(), rel=1e-5), name


def test_the_discriminators_losses_by_hand(make_batch, times):
    system, batch = training(), make_batch(0)
    by_hand(system, times, 0.5, 3.0, 0.2, 0.4)
    _, (name, losses) = system.turns(batch)
    x, y = 2 * batch.contents - 1, 2 * batch.styles - 1
    assert name == "discriminators"
    expected_y = 0.5 * ((0.2 * y - 1).square().mean() + (0.2 * 0.5 * x).square().mean())
    expected_x = 0.5 * ((0.4 * x - 1).square().mean() + (0.4 * 3.0 * y).square().mean())
    assert losses["y"].item() == pytest.approx(expected_y.item(), rel=1e-5)
    assert losses["x"].item() == pytest.approx(expected_x.item(), rel=1e-5)


def test_discriminators_are_shown_the_pool(make_batch):
    system = training(pool=1)
    for step in range(6):
        list(system.turns(make_batch(step, n=1)))
    assert {name: len(pool.images) for name, pool in system.pools.items()} == {"x": 1, "y": 1}
    earlier = system.pools["y"].images[0]
    assert not earlier.requires_grad
    assert -1 <= earlier.min() <= earlier.max() <= 1


def test_without_an_identity_loss_no_pass_is_spent_on_it(make_batch):
    system, seen = training(identity=0.0), []
    system._pair.forward.register_forward_hook(lambda module, given, made: seen.append(len(given[0])))
    losses = next(system.turns(make_batch(0))).losses
    assert seen == [2, 2]  # G(x) and G(F(y))
    assert not any("identity" in name for name in losses)


def test_it_learns_to_keep_what_goes_around(make_batch):
    system, batch, cycles = training(generator="unet", learning_rate=5e-3, identity=0.0), make_batch(0), []
    optimiser = system.optimisers["generators"]
    for _ in range(10):
        losses = next(system.turns(batch)).losses
        optimiser.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        cycles.append((losses["cycle_x"] + losses["cycle_y"]).item())
    assert cycles == sorted(cycles, reverse=True)  # on one and the same batch


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"generator": "resnet7"}, "no generator 'resnet7'; there are: resnet6, resnet9, unet"),
        ({"upsampling": "cubic"}, "no upsampling 'cubic'"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        training(**options)
