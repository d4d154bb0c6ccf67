"""Each control does the one thing that its name says."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

from stylegauge.baselines.color_transfer import ColourMatch
from stylegauge.baselines.controls import (
    Blend,
    Blur,
    Identity,
    Noise,
    Oracle,
    StyleCopy,
    WrongContent,
    WrongStyle,
    blend_25,
    blend_50,
    blend_75,
)
from stylegauge.datasets import distortions, painterly
from stylegauge.datasets.colour import colour_match
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import quantise, to_uint8
from stylegauge.datasets.request import Privilege, Request
from stylegauge.datasets.resize import resize

INVERT = {"domain": "inverted", "parameters": {}, "seed": 0}
RENDER = painterly.render
DARKEN = {"domain": "darkened", "parameters": {}, "seed": 0}


@pytest.fixture(autouse=True)
def _renderers(monkeypatch):
    """Two renderers whose results can be told at a glance."""

    def render(recipe: Mapping[str, Any], content: np.ndarray) -> np.ndarray:
        return 255 - content if recipe["domain"] == "inverted" else content // 2

    monkeypatch.setattr(painterly, "render", render, raising=False)


def images(seed: int, *shape: int) -> torch.Tensor:
    return quantise(torch.rand(*shape, generator=torch.Generator().manual_seed(seed)))


def request(recipes=(None, None), other_recipes=(None, None), style_size=(48, 40)) -> Request:
    shown = Privilege(recipes, images(3, 2, 3, 32, 32), images(4, 2, 3, *style_size), other_recipes)
    return Request(images(1, 2, 3, 32, 32), images(2, 2, 3, *style_size), ("a", "b"), (11, 12), privilege=shown)


def inverted(image: torch.Tensor) -> torch.Tensor:
    return quantise(1 - image)


def test_identity_is_the_content():
    asked = request()
    assert torch.equal(Identity().stylize(asked), asked.content)


def test_style_copy_is_the_style_at_the_contents_size():
    asked = request()
    assert torch.equal(StyleCopy().stylize(asked), resize(asked.style, (32, 32)))
    asked = request(style_size=(32, 32))
    assert torch.equal(StyleCopy().stylize(asked), asked.style)


@pytest.mark.parametrize(("factory", "alpha"), [(blend_25, 0.25), (blend_50, 0.5), (blend_75, 0.75)])
def test_a_blend_mixes_by_its_alpha(factory, alpha):
    asked = request(style_size=(32, 32))
    expected = (1 - alpha) * asked.content + alpha * asked.style
    assert torch.allclose(factory().stylize(asked), expected)


def test_noise_follows_each_items_seed():
    asked = request()
    assert torch.equal(Noise(0.1).stylize(asked), distortions.noise(asked.content, 0.1, (11, 12)))


def test_blur_smooths_the_content():
    asked = request()
    assert torch.equal(Blur(2.0).stylize(asked), distortions.blur(asked.content, 2.0))


def test_colour_match_recolours_the_content():
    asked = request()
    assert torch.equal(ColourMatch().stylize(asked), colour_match(asked.content, asked.style))


def test_the_oracle_renders_the_content_as_the_style_was_rendered():
    asked = request(recipes=(INVERT, DARKEN))
    result = Oracle().stylize(asked)
    assert torch.equal(result[0], inverted(asked.content[0]))
    assert torch.equal(result[1], ((asked.content[1] * 255).round() // 2) / 255)


def test_the_oracle_needs_a_rendered_style():
    with pytest.raises(UsageError, match="the oracle needs a rendered style"):
        Oracle().stylize(request(recipes=(INVERT, None)))


@pytest.mark.parametrize("domain", painterly.DOMAINS)
def test_the_oracle_is_the_splits_own_renderer(domain, monkeypatch):
    monkeypatch.setattr(painterly, "render", RENDER)
    recipes = tuple(painterly.draw(domain, random.Random(seed)) for seed in (1, 2))
    asked = request(recipes=recipes)
    for content, recipe, output in zip(asked.content, recipes, Oracle().stylize(asked)):
        assert np.array_equal(to_uint8(output), RENDER(recipe, to_uint8(content)))


def test_wrong_content_has_the_right_style_on_another_content():
    asked = request(recipes=(INVERT, None))
    result = WrongContent().stylize(asked)
    assert torch.equal(result[0], inverted(asked.privilege.other_content[0]))
    expected = colour_match(asked.privilege.other_content[1:], asked.style[1:])
    assert torch.equal(result[1:], expected)


def test_wrong_style_has_the_right_content_in_another_style():
    asked = request(recipes=(DARKEN, DARKEN), other_recipes=(INVERT, None))
    result = WrongStyle().stylize(asked)
    assert torch.equal(result[0], inverted(asked.content[0]))
    assert torch.equal(result[1:], colour_match(asked.content[1:], asked.privilege.other_style[1:]))


@pytest.mark.parametrize("control", [Oracle(), WrongContent(), WrongStyle()])
def test_a_privileged_control_says_when_it_was_shown_nothing(control):
    asked = request()
    with pytest.raises(UsageError, match="is a privileged control and was shown no privilege"):
        control.stylize(Request(asked.content, asked.style, asked.domain, asked.seeds))


@pytest.mark.parametrize(
    "control",
    [Identity(), StyleCopy(), Blend(0.3), Noise(), Blur(), ColourMatch(), Oracle(), WrongContent(), WrongStyle()],
)
def test_every_control_returns_images_of_the_contents_size_and_leaves_the_request_alone(control):
    asked = request(recipes=(INVERT, DARKEN), other_recipes=(DARKEN, INVERT))
    content, style = asked.content.clone(), asked.style.clone()
    result = control.stylize(asked)
    assert result.shape == asked.content.shape
    assert result.dtype == torch.float32
    assert 0 <= result.min() <= result.max() <= 1
    assert torch.equal(asked.content, content)
    assert torch.equal(asked.style, style)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Blend(1.5), "alpha goes from 0 .* found 1.5"),
        (lambda: Noise(-1), "noise's sigma is 0 or more"),
        (lambda: Blur(-1), "blur's sigma is 0 or more"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(make, message):
    with pytest.raises(UsageError, match=message):
        make()
