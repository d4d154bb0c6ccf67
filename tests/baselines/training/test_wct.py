"""Each decoder learns to give back what was encoded, by a loss of its own."""

import pytest
import torch

from stylegauge.baselines.training.system import Settings
from stylegauge.baselines.training.wct import TAPS, WCTTraining
from stylegauge.baselines.wct import WCT
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request


@pytest.fixture
def make():
    def system(**options) -> WCTTraining:
        torch.manual_seed(0)
        return WCTTraining(Settings(steps=20, size=32, width=4), (), **options)

    return system


def test_a_taps_losses_reach_its_own_decoder_alone(make, make_batch):
    system = make()
    (turn,) = system.turns(make_batch(0))
    assert set(turn.losses) == {f"{kind} {tap}" for tap in TAPS for kind in ("pixel", "feature")}
    (turn.losses["pixel relu3_1"] + turn.losses["feature relu3_1"]).backward()
    for tap, decoder in system.decoders.items():
        assert all((weight.grad is not None) == (tap == "relu3_1") for weight in decoder.parameters())


def test_the_losses_by_hand(make, make_batch):
    system, batch = make(taps="relu2_1", pixel=2.0, feature=3.0), make_batch(0)
    (turn,) = system.turns(batch)
    images = torch.cat((batch.contents, batch.styles))
    wanted = system.backbone(images)["relu2_1"]
    made = system.decoders["relu2_1"](wanted)
    assert turn.losses["pixel relu2_1"].item() == pytest.approx(2 * (made - images).square().mean().item())
    error = (system.backbone(made)["relu2_1"] - wanted).square().flatten(1).mean(1) / wanted.square().flatten(1).mean(1)
    assert turn.losses["feature relu2_1"].item() == pytest.approx(3 * error.mean().item(), rel=1e-5)


def test_pictures_are_given_back_better_and_the_backbone_stays(make, make_batch, drive):
    def loss(tap: str) -> float:
        (turn,) = system.turns(make_batch(0))
        return turn.losses[f"pixel {tap}"].item() + turn.losses[f"feature {tap}"].item()

    system = make(rate=3e-3, taps="relu2_1,relu1_1")
    encoder = {key: value.clone() for key, value in system.backbone.state_dict().items()}
    start = {tap: loss(tap) for tap in system.decoders}
    drive(system, 40)
    after = {tap: loss(tap) for tap in system.decoders}
    assert all(after[tap] < 0.9 * start[tap] for tap in start), (start, after)
    assert all(torch.equal(value, encoder[key]) for key, value in system.backbone.state_dict().items())


def test_a_tap_that_there_is_not_is_refused(make):
    with pytest.raises(UsageError, match="no tap 'relu9_1' in backbone 'embedded'; there are: relu1_1"):
        make(taps="relu2_1,relu9_1")


def test_the_rate_falls_as_in_the_reference(make):
    system = make(decay=0.05)
    assert [system.rate(progress) for progress in (0, 0.5, 1)] == pytest.approx([1, 1 / 1.5, 0.5])


def test_what_is_exported_makes_what_was_sampled(make, make_batch, write_exported, tmp_path):
    system = make()
    system.decoders.half().float()  # as the file will hold it
    (exported,) = system.exported().values()
    assert (exported.system, exported.domains, exported.networks) == ("wct", (), ("decoders",))
    path = write_exported(system, tmp_path)
    assert path.name == "wct.safetensors"
    batch = make_batch(0)
    request = Request(batch.contents, batch.styles, batch.domains, (0, 1))
    made = WCT(str(path)).stylize(request)
    assert torch.allclose(made, system.sample(batch), atol=1e-6)
    assert made.std() > 1e-3
