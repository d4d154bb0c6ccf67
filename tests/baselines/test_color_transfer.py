"""Optimal transport gives the style's mean and covariance of colours, by the linear map that moves them the least."""

import pytest
import torch

from stylegauge.baselines.color_transfer import OptimalTransportColour, linear_map
from stylegauge.datasets.colour import to_lab
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request


def colours(seed: int, n: int = 4000) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    return mixing @ torch.randn(3, n, generator=generator, dtype=torch.float64) + mixing.sum(1, keepdim=True)


def pictures(seed: int, *shape: int) -> torch.Tensor:
    # Muted, so that no colour on the way is outside sRGB.
    return 0.4 + 0.2 * torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def ask(content: torch.Tensor, style: torch.Tensor, strength: float | None = None) -> Request:
    n = len(content)
    return Request(content, style, ("",) * n, tuple(range(n)), strength=strength)


def test_the_map_gives_the_targets_mean_and_covariance():
    moved = linear_map(colours(0), colours(1))
    assert torch.allclose(moved.mean(1), colours(1).mean(1))
    assert torch.allclose(moved.cov(correction=0), colours(1).cov(correction=0), rtol=1e-4, atol=1e-4)


def test_along_the_axes_it_is_reinhards_scaling():
    source = torch.tensor([[1.0, -1, 0, 0, 0, 0], [0, 0, 1, -1, 0, 0], [0, 0, 0, 0, 1, -1]], dtype=torch.float64)
    scale = torch.tensor([[2.0], [3.0], [0.5]], dtype=torch.float64)
    assert torch.allclose(linear_map(source, scale * source + 7), scale * source + 7, atol=1e-4)


def test_no_other_map_to_that_covariance_moves_colours_less():
    source, target = colours(0), colours(1)
    moved = linear_map(source, target)
    mean = target.mean(1, keepdim=True)
    root = torch.linalg.cholesky(target.cov(correction=0))
    for seed in range(20):  # any other such map is this one followed by a turn of the whitened colours
        drawn = torch.randn(3, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        turn = root @ torch.linalg.qr(drawn).Q @ torch.linalg.inv(root)
        other = turn @ (moved - mean) + mean
        assert (moved - source).square().sum() < (other - source).square().sum()


def test_a_picture_takes_the_styles_distribution_and_its_own_is_left_alone():
    content, style = pictures(1, 1, 3, 30, 34), pictures(2, 1, 3, 50, 20) * torch.tensor([1.2, 1, 0.8]).view(3, 1, 1)
    made = to_lab(OptimalTransportColour().stylize(ask(content, style))).flatten(2)[0]
    wanted = to_lab(style).flatten(2)[0]
    assert torch.allclose(made.mean(1), wanted.mean(1), atol=0.01)
    assert torch.allclose(made.cov(), wanted.cov(), rtol=0.02, atol=0.02)
    assert torch.allclose(OptimalTransportColour().stylize(ask(content, content)), content, atol=1e-4)


def test_a_flat_content_becomes_the_styles_mean_and_a_flat_style_flattens():
    flat, style = torch.full((1, 3, 16, 16), 0.5), pictures(2, 1, 3, 16, 16)
    made = to_lab(OptimalTransportColour().stylize(ask(flat, style)))
    assert torch.allclose(made.mean((2, 3)), to_lab(style).mean((2, 3)), atol=0.01)
    assert made.std((2, 3)).max() < 1e-3
    assert (OptimalTransportColour().stylize(ask(style, flat)) - 0.5).abs().max() < 0.01


def test_strength_goes_all_the_way_and_the_request_overrules():
    content, style = pictures(1, 1, 3, 16, 16), pictures(2, 1, 3, 16, 16) * 0.7
    model = OptimalTransportColour(strength=0.5)
    full, half = model.stylize(ask(content, style, 1.0)), model.stylize(ask(content, style))
    assert torch.allclose(model.stylize(ask(content, style, 0.0)), content, atol=1e-5)
    assert torch.allclose(to_lab(half), (to_lab(content) + to_lab(full)) / 2, atol=0.01)
    with pytest.raises(UsageError, match=r"ot-color's strength goes from 0 .* found 1.5"):
        OptimalTransportColour(strength=1.5)


def test_no_image_depends_on_its_batch():
    content, style = pictures(1, 2, 3, 16, 18), pictures(2, 2, 3, 20, 20)
    together = OptimalTransportColour().stylize(ask(content, style))
    assert together.shape == content.shape
    assert together.dtype == torch.float32
    assert torch.allclose(together[1:], OptimalTransportColour().stylize(ask(content[1:], style[1:])), atol=1e-6)
