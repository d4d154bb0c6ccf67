"""CycleGAN's losses by hand, its turns, its pool, and files that its model reads."""

import pytest
import torch
from torch import nn

from stylegauge.baselines.checkpoint import Checkpoint, write_checkpoint
from stylegauge.baselines.cyclegan import CycleGAN
from stylegauge.baselines.training.cyclegan import CycleGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

SETTINGS = Settings(steps=3, size=32, width=4)


def training(**options) -> CycleGANTraining:
    torch.manual_seed(0)
    return CycleGANTraining(SETTINGS, ("hatching",), **{"generator": "resnet6"} | options)


class Times(nn.Module):
    """Multiplies an image by a number, or sums it up to a score."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images * self.factor


def by_hand(system, g: float, f: float, d_y: float, d_x: float) -> None:
    """Put numbers in place of the networks: G(x) = g x, F(y) = f y, D_Y(y) = d_y y, D_X(x) = d_x x."""
    system._pair.forward, system._pair.inverse = Times(g), Times(f)
    system._judge_y, system._judge_x = Times(d_y), Times(d_x)


def test_the_generators_losses_by_hand(make_batch):
    system, batch = training(cycle=10.0, identity=0.5), make_batch(0)
    by_hand(system, 0.5, 3.0, 0.2, 0.4)
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


def test_the_discriminators_losses_by_hand(make_batch):
    system, batch = training(), make_batch(0)
    by_hand(system, 0.5, 3.0, 0.2, 0.4)
    _, (name, losses) = system.turns(batch)
    x, y = 2 * batch.contents - 1, 2 * batch.styles - 1
    assert name == "discriminators"
    expected_y = 0.5 * ((0.2 * y - 1).square().mean() + (0.2 * 0.5 * x).square().mean())
    expected_x = 0.5 * ((0.4 * x - 1).square().mean() + (0.4 * 3.0 * y).square().mean())
    assert losses["y"].item() == pytest.approx(expected_y.item(), rel=1e-5)
    assert losses["x"].item() == pytest.approx(expected_x.item(), rel=1e-5)


def test_each_turn_changes_its_own_networks_only(make_batch):
    system = training()
    turns = {"generators": ("forward", "inverse"), "discriminators": ("judge_x", "judge_y")}
    for optimiser, losses in system.turns(make_batch(0)):
        for network in system.networks.values():
            network.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        touched = {
            name
            for name, network in system.networks.items()
            if any(weight.grad is not None for weight in network.parameters())
        }
        assert touched == set(turns[optimiser])
        optimised = {id(weight) for group in system.optimisers[optimiser].param_groups for weight in group["params"]}
        assert optimised == {id(weight) for name in turns[optimiser] for weight in system.networks[name].parameters()}


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


def test_the_same_seed_gives_the_same_weights(drive):
    histories = [drive(training(), 2) for _ in range(2)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("options", [{"upsampling": "nearest"}, {"generator": "unet"}], ids=["resnet6", "unet"])
def test_the_model_of_its_file_shows_what_it_samples(tmp_path, make_batch, drive, options):
    system = training(**options)
    drive(system, 1)
    ((name, exported),) = system.exported().items()
    assert name == "cyclegan-hatching"
    tensors = {
        f"{network}.{key}": value
        for network in exported.networks
        for key, value in system.networks[network].state_dict().items()
    }
    write_checkpoint(
        tmp_path / f"{name}.safetensors", Checkpoint("cyclegan", ("hatching",), exported.arguments, tensors)
    )
    batch = make_batch(9)
    request = Request(batch.contents, batch.contents[..., :0, :0], ("hatching",) * 2, (0, 1))
    made = CycleGAN(str(tmp_path)).stylize(request)
    assert torch.allclose(made, system.sample(batch), atol=5e-3)  # weights in half precision


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
