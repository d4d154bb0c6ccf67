"""CycleGAN, DualGAN and DiscoGAN: turns that keep to their networks, trainings that repeat, files that models read."""

from typing import NamedTuple

import pytest
import torch

from stylegauge.baselines.cyclegan import CycleGAN
from stylegauge.baselines.discogan import DiscoGAN
from stylegauge.baselines.dualgan import DualGAN
from stylegauge.baselines.training.cyclegan import CycleGANTraining
from stylegauge.baselines.training.discogan import DiscoGANTraining
from stylegauge.baselines.training.dualgan import DualGANTraining
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.request import Request


class Case(NamedTuple):
    """judges: the optimiser and the networks that are not the generators'; steps: in which all take a turn."""

    training: type
    model: type
    options: dict
    judges: tuple[str, set[str]]
    steps: int = 1


CASES = {
    "cyclegan": Case(CycleGANTraining, CycleGAN, {"generator": "resnet6"}, ("discriminators", {"judge_x", "judge_y"})),
    "dualgan": Case(DualGANTraining, DualGAN, {"critic_steps": 1}, ("critics", {"critic_u", "critic_v"})),
    "discogan": Case(DiscoGANTraining, DiscoGAN, {}, ("discriminators", {"judge_x", "judge_y"}), steps=2),
}


def build(name: str, **options):
    torch.manual_seed(0)
    case = CASES[name]
    return case.training(Settings(steps=3, size=32, width=4), ("hatching",), **case.options | options)


@pytest.mark.parametrize("name", CASES)
def test_each_turn_changes_its_own_networks_only(name, make_batch, reached):
    system, (judging, judges) = build(name), CASES[name].judges
    expected = {"generators": {"forward", "inverse"}, judging: judges}
    turns = (turn for step in range(CASES[name].steps) for turn in system.turns(make_batch(step)))
    assert {optimiser: reached(system, losses) for optimiser, losses in turns} == expected
    for optimiser, networks in expected.items():
        optimised = {id(weight) for group in system.optimisers[optimiser].param_groups for weight in group["params"]}
        assert optimised == {id(weight) for network in networks for weight in system.networks[network].parameters()}


@pytest.mark.parametrize("name", CASES)
def test_the_same_seed_gives_the_same_weights(name, drive):
    assert drive(build(name), 3) == drive(build(name), 3)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cyclegan", {"upsampling": "nearest"}),
        ("cyclegan", {"generator": "unet"}),
        ("dualgan", {"critic_steps": 3}),
        ("discogan", {"halvings": 3, "upsampling": "nearest"}),
    ],
)
def test_the_model_of_its_file_shows_what_it_samples(name, options, tmp_path, make_batch, drive, write_exported):
    system = build(name, **options)
    drive(system, 3)
    assert write_exported(system, tmp_path).name == f"{name}-hatching.safetensors"
    batch = make_batch(9)
    request = Request(batch.contents, batch.contents[..., :0, :0], ("hatching",) * 2, (0, 1))
    made = CASES[name].model(str(tmp_path)).stylize(request)
    assert torch.allclose(made, system.sample(batch), atol=5e-3)  # weights in half precision
