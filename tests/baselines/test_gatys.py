"""Optimising pixels brings the style nearer, keeps the content, and depends on the pair alone."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
import torch
from torch import nn

from stylegauge.baselines import gatys
from stylegauge.baselines.gatys import Gatys, Loss, minimise, style_distance, total_variation
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request
from stylegauge.metrics.gram import gram_matrix

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


class SmallBackbone(nn.Module):
    """Random convolutions under the taps' names: what is tested is the optimisation, whatever the features are."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 8, 8, 12, 12, 16)
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in pairwise(widths))
        generator = torch.Generator().manual_seed(0)
        for parameter in self.parameters():
            parameter.data.normal_(0, 0.2, generator=generator)
            parameter.requires_grad_(False)

    def forward(self, images: torch.Tensor, taps=None) -> dict[str, torch.Tensor]:
        maps, x = {}, images
        for tap, layer in zip(TAPS, self.layers):
            x = torch.relu(layer(x))
            maps[tap] = x
            x = nn.functional.avg_pool2d(x, 2)
        return {tap: maps[tap] for tap in taps or TAPS}


@pytest.fixture(autouse=True)
def backbone(monkeypatch) -> SmallBackbone:
    small = SmallBackbone()
    monkeypatch.setattr(gatys, "load_backbone", lambda name, device: small)
    return small


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Images this small gain nothing from more, and lose much where other tests run beside these."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def asked() -> Request:
    generator = torch.Generator().manual_seed(1)
    content = nn.functional.interpolate(torch.rand(2, 3, 6, 6, generator=generator), (64, 64), mode="bilinear")
    style = torch.rand(2, 3, 48, 80, generator=generator).round() * torch.tensor([0.9, 0.5, 0.1]).view(3, 1, 1)
    return Request(content, style, ("", ""), (0, 1))


def test_the_style_comes_nearer_and_the_content_stays_in_sight(asked, backbone):
    output = Gatys(evaluations=10).stylize(asked)
    assert output.shape == asked.content.shape
    assert 0 <= output.min() <= output.max() <= 1
    for i in range(2):
        grams = {tap: gram_matrix(feature) for tap, feature in backbone(asked.style[i : i + 1]).items()}
        before = style_distance(backbone(asked.content[i : i + 1]), grams)
        after = style_distance(backbone(output[i : i + 1]), grams)
        assert after < 0.3 * before
        structure = torch.corrcoef(torch.stack((output[i].mean(0).ravel(), asked.content[i].mean(0).ravel())))[0, 1]
        assert structure > 0.5


def test_no_image_depends_on_its_batch(asked):
    alone = Request(asked.content[1:], asked.style[1:], ("",), (1,))
    model = Gatys(evaluations=3)
    assert torch.equal(model.stylize(asked)[1:], model.stylize(alone))


def test_it_optimises_even_where_gradients_are_switched_off(asked):
    with torch.no_grad():
        output = Gatys(evaluations=3).stylize(asked)
    assert not torch.equal(output, asked.content)
    assert not output.requires_grad


def test_a_pair_that_agrees_already_is_left_alone(asked):
    content = asked.content[:1]
    output = Gatys(evaluations=3, variation_weight=0.0).stylize(Request(content, content, ("",), (0,)))
    # The half-size stage loses what half the pixels cannot hold, and full size wins part of it back.
    assert (output - content).abs().mean() < 0.01


def test_more_evaluations_reach_a_lower_loss(asked, backbone):
    loss = Loss(backbone, asked.content[:1], asked.style[:1], 10.0, 1.0)
    values = [loss(minimise(loss, asked.content[:1], evaluations)).item() for evaluations in (1, 4, 16)]
    assert values[0] > values[1] > values[2]


def test_total_variation_of_a_checkerboard_by_hand():
    board = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).expand(1, 3, 2, 2)
    assert total_variation(board).item() == pytest.approx(2.0)
    assert total_variation(torch.full((1, 3, 4, 4), 0.3)).item() == 0


def test_it_needs_an_evaluation():
    with pytest.raises(UsageError, match="at least 1 evaluation"):
        Gatys(evaluations=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scales": 0}, "at least 1 scale"),
        ({"color": "grey"}, "no color 'grey'; there are: style, match, keep"),
        ({"strength": -0.1}, "gatys's strength goes from 0 .* found -0.1"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        Gatys(**arguments)


def chroma(images: torch.Tensor) -> torch.Tensor:
    return images - (torch.tensor(gatys.LUMA).view(1, 3, 1, 1) * images).sum(1, keepdim=True)


def test_kept_colours_are_the_contents_and_only_luminance_changes(asked):
    # Grey enough that no luminance pushes a colour out of [0, 1], where clipping would change it.
    muted = Request(0.45 + 0.1 * asked.content, 0.3 + 0.4 * asked.style, asked.domain, asked.seeds)
    output = Gatys(evaluations=5, color="keep").stylize(muted)
    assert torch.allclose(chroma(output), chroma(muted.content), atol=1e-5)
    assert (output - muted.content).abs().mean() > 1e-3


def test_matched_colours_are_the_contents_on_average(asked):
    def off(color: str) -> torch.Tensor:
        output = Gatys(evaluations=10, color=color).stylize(asked)
        return (output.mean((2, 3)) - asked.content.mean((2, 3))).abs().mean()

    assert off("match") < 0.5 * off("style")


def test_less_strength_keeps_more_content_and_the_request_overrules(asked, backbone):
    def distances(strength: float) -> tuple[float, float]:
        shown = Request(asked.content[:1], asked.style[:1], ("",), (0,), strength=strength)
        output = Gatys(evaluations=10, strength=0.7).stylize(shown)
        grams = {tap: gram_matrix(feature) for tap, feature in backbone(shown.style).items()}
        return (output - shown.content).square().mean().item(), style_distance(backbone(output), grams).item()

    (none, far), (some, nearer), (all_of_it, near) = (distances(strength) for strength in (0.0, 0.2, 1.0))
    assert none == 0 < some < all_of_it
    assert far > nearer > near


def test_full_strength_is_the_plain_loss(asked):
    shown = Request(asked.content, asked.style, asked.domain, asked.seeds, strength=1.0)
    assert torch.equal(Gatys(evaluations=3).stylize(asked), Gatys(evaluations=3, strength=0.2).stylize(shown))


def test_each_scale_halves_the_size(asked, monkeypatch):
    sizes = []

    def spy(loss, start, evaluations):
        sizes.append(tuple(start.shape[-2:]))
        return start

    monkeypatch.setattr(gatys, "minimise", spy)
    wide = Request(torch.rand(1, 3, 128, 256), asked.style[:1], ("",), (0,))
    Gatys(scales=3).stylize(wide)
    assert sizes == [(32, 64), (64, 128), (128, 256)]


@pytest.mark.parametrize("color", ["style", "keep"])
def test_small_contents_keep_their_size(asked, color):
    small = Request(asked.content[:1, :, :20, :24], asked.style[:1], ("",), (0,))
    output = Gatys(evaluations=1, color=color).stylize(small)
    assert output.shape == (1, 3, 20, 24)
    assert 0 <= output.min() <= output.max() <= 1
