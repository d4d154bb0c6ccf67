"""AdaIN's losses are the paper's, by hand; only the decoder learns; what is exported makes what was sampled."""

import pytest
import torch
import torch.nn.functional as F

from stylegauge.baselines.adain import AdaIN
from stylegauge.baselines.color_transfer import linear_map
from stylegauge.baselines.training.adain import (
    COARSE,
    GRAM_TAPS,
    STYLE_TAPS,
    AdaINTraining,
    relative,
    style_loss,
    tone_loss,
)
from stylegauge.baselines.training.style import gram_loss
from stylegauge.baselines.training.system import Settings
from stylegauge.datasets.request import Request
from stylegauge.metrics.backbones.load import load_backbone

SETTINGS = Settings(steps=20, size=32, width=4)


@pytest.fixture
def make():
    def system(**options) -> AdaINTraining:
        torch.manual_seed(0)
        return AdaINTraining(SETTINGS, (), **options)

    return system


def test_relative_is_the_error_over_the_energy_image_by_image():
    wanted = torch.tensor([1.0, 10.0]).view(2, 1, 1, 1).expand(2, 3, 4, 4)
    assert relative(wanted + torch.tensor([1.0, 10.0]).view(2, 1, 1, 1), wanted).item() == pytest.approx(1)
    assert relative(wanted, wanted) == 0


def test_style_loss_by_hand():
    flat = torch.tensor([1.0, 3.0]).expand(1, 2, 2).unsqueeze(2)  # mean 2, variance 2
    maps = dict.fromkeys(STYLE_TAPS, flat)
    assert style_loss(maps, maps) == 0
    # Means differ by 1 and deviations agree; the target's energy is 3^2 + 2 at every tap.
    assert style_loss(maps, dict.fromkeys(STYLE_TAPS, flat + 1)).item() == pytest.approx(4 / 11, rel=1e-4)


def test_tone_loss_is_of_coarse_colours_moved_to_the_styles(make_batch):
    contents, styles = make_batch(0).contents, make_batch(0).contents.flip(0) * 0.5 + 0.25
    coarse = [F.avg_pool2d(images, COARSE).double().flatten(2) for images in (contents, styles)]
    wanted = torch.stack([linear_map(one, other) for one, other in zip(*coarse)]).view(2, 3, 4, 4).float()
    made = F.interpolate(wanted, scale_factor=COARSE, mode="nearest")
    fine = 0.1 * (torch.arange(32) % 2 * 2 - 1)  # strokes that average out
    assert tone_loss(made + fine, contents, styles).item() == pytest.approx(0, abs=1e-6)
    assert tone_loss(made + 0.1, contents, styles).item() == pytest.approx(0.01, rel=1e-3)


def test_gram_loss_is_nothing_for_the_style_itself(make_batch):
    maps = load_backbone("embedded")(make_batch(0).styles)
    assert gram_loss(maps, maps, GRAM_TAPS) == 0
    others = load_backbone("embedded")(make_batch(0).contents)
    loss = gram_loss(others, maps, GRAM_TAPS)
    assert 0 < loss <= 1
    with torch.autocast("cpu", torch.bfloat16):
        assert gram_loss(others, maps, GRAM_TAPS).item() == pytest.approx(loss.item(), abs=1e-6)


def test_the_papers_terms_are_the_defaults(make, make_batch):
    (turn,) = make().turns(make_batch(0))
    assert list(turn.losses) == ["content", "style", "wall"]
    (turn,) = make(gram=1.0, tone=1.0, structure=1.0, wall=0.0).turns(make_batch(0))
    assert list(turn.losses) == ["content", "style", "gram", "tone", "structure"]


def test_a_weight_multiplies_its_term(make, make_batch):
    (one,), (three,) = (make(style=weight).turns(make_batch(0)) for weight in (1.0, 3.0))
    assert three.losses["style"].item() == pytest.approx(3 * one.losses["style"].item(), rel=1e-5)


def test_only_the_decoder_learns_and_its_loss_falls(make, make_batch, drive):
    def loss() -> float:
        (turn,) = system.turns(make_batch(0))
        return float(torch.stack(list(turn.losses.values())).sum().detach())

    system = make(rate=3e-3, style=1.0, tap="relu2_1")
    start = loss()
    encoder = {key: value.clone() for key, value in system.backbone.state_dict().items()}
    before = [value.clone() for value in system.decoder.parameters()]
    drive(system, 40)
    assert loss() < 0.9 * start
    assert all(torch.equal(value, encoder[key]) for key, value in system.backbone.state_dict().items())
    assert all((old != new).any() for old, new in zip(before, system.decoder.parameters()))
    assert all(value.grad is None for value in system.backbone.parameters())


def test_the_rate_falls_as_in_the_reference(make):
    system = make(decay=0.05)
    assert [system.rate(progress) for progress in (0, 0.5, 1)] == pytest.approx([1, 1 / 1.5, 0.5])


@pytest.mark.parametrize("tap", ["relu3_1", "relu4_1"])
def test_what_is_exported_makes_what_was_sampled(make, make_batch, write_exported, tmp_path, tap):
    system = make(tap=tap)
    system.decoder.half().float()  # as the file will hold it
    (exported,) = system.exported().values()
    assert (exported.system, exported.domains, exported.networks) == ("adain", (), ("decoder",))
    path = write_exported(system, tmp_path)
    assert path.name == "adain.safetensors"
    batch = make_batch(0)
    request = Request(batch.contents, batch.styles, batch.domains, (0, 1))
    made = AdaIN(str(path)).stylize(request)
    assert torch.allclose(made, system.sample(batch), atol=1e-6)
    assert made.std() > 1e-3
