"""Recolouring gives the style image's means and deviations in CIELAB, and nothing else of it."""

import numpy as np
import pytest
import torch
from skimage import color

from stylegauge.datasets.colour import colour_match, from_lab, to_lab


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 24, 32, generator=torch.Generator().manual_seed(0))


def muted(seed: int, shape: tuple[int, ...] = (1, 3, 40, 40)) -> torch.Tensor:
    """Colours far enough from the borders of sRGB that nothing is clipped."""
    return 0.4 + 0.2 * torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_cielab_is_that_of_scikit_image(images):
    ours = to_lab(images)[0].permute(1, 2, 0).numpy()
    theirs = color.rgb2lab(images[0].permute(1, 2, 0).double().numpy())
    assert np.abs(ours - theirs).max() < 0.02  # it rounds the white point to five digits


def test_white_has_no_colour_and_black_no_light():
    white, black = to_lab(torch.ones(1, 3, 1, 1)).flatten(), to_lab(torch.zeros(1, 3, 1, 1)).flatten()
    assert white.tolist() == pytest.approx([100, 0, 0], abs=1e-9)
    assert black.tolist() == pytest.approx([0, 0, 0], abs=1e-9)


def test_the_way_to_cielab_and_back_keeps_all_8_bits():
    levels = torch.arange(256) / 255
    grid = torch.cartesian_prod(levels[::15], levels[::15], levels[::15]).T.reshape(1, 3, 18, -1)
    assert (from_lab(to_lab(grid)) - grid).abs().max() < 1e-6


def test_means_and_deviations_become_those_of_the_style():
    content, style = muted(1), 0.3 + 0.5 * muted(2, (1, 3, 30, 50))
    matched, wanted = to_lab(colour_match(content, style)), to_lab(style)
    for got, expected in zip(torch.std_mean(matched, (2, 3)), torch.std_mean(wanted, (2, 3))):
        assert torch.allclose(got, expected, atol=1e-2, rtol=1e-3)


def test_matching_an_image_with_itself_changes_nothing(images):
    assert (colour_match(images, images) - images).abs().max() < 1e-6


def test_each_content_follows_its_own_style(images):
    styles = torch.stack([muted(3)[0], 0.5 * muted(4)[0]])
    together = colour_match(images, styles)
    alone = colour_match(images[1:], styles[1:])
    assert torch.allclose(together[1:], alone, atol=1e-6)


def test_a_flat_content_takes_the_mean_and_gains_no_texture():
    flat = torch.full((1, 3, 8, 8), 0.2)
    matched = colour_match(flat, muted(5))
    assert matched.std(dim=(2, 3)).max() < 1e-6
    assert torch.isfinite(matched).all()


def test_order_of_brightness_is_kept():
    ramp = torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64)
    lightness = to_lab(colour_match(ramp, muted(6)))[0, 0, 0]
    assert (lightness.diff() > 0).all()


def test_the_result_is_an_image_whatever_the_style(images):
    style = (torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(9)) > 0.5).float()
    matched = colour_match(images, style)
    assert matched.dtype == torch.float32
    assert matched.shape == images.shape
    assert 0 <= matched.min() <= matched.max() <= 1
