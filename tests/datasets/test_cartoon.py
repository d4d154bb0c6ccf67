import dataclasses

import numpy as np
import pytest

from stylegauge.datasets.painterly import cartoon

PLAIN = cartoon.Parameters(
    outline=2.0, line_density=0.7, ink=0.0, tones=4.0, airbrush=0.0, smoothing=3.0, saturation=1.0,
    palette=0.0, hue=0.0, shade_hue=90.0, contrast=1.0,
)  # fmt: skip


def draw(content, **changes):
    return cartoon.render(content, dataclasses.replace(PLAIN, **changes), 1).astype(int)


def ramp(width=256):
    return np.repeat(np.repeat(np.arange(width)[None, :, None], 40, axis=0), 3, axis=2).astype(np.uint8)


def disc(level=200, around=90, size=96):
    y, x = np.mgrid[:size, :size]
    inside = (x - size // 2) ** 2 + (y - size // 2) ** 2 < (size // 3) ** 2
    return np.repeat(np.where(inside, level, around)[..., None], 3, axis=2).astype(np.uint8)


def inked(content, **changes):
    """Share of pixels that the lines blacken."""
    return (draw(content, **changes).max(axis=2) < 20).mean()


@pytest.mark.parametrize("level", [0, 77, 255])
def test_flat_picture_is_one_fill_without_lines(level):
    image = draw(np.full((40, 40, 3), level, np.uint8))
    assert np.ptp(image, axis=(0, 1)).max() == 0


@pytest.mark.parametrize("tones", [3, 4, 6])
def test_a_ramp_becomes_as_many_fills_as_there_are_tones(tones):
    row = draw(ramp(), tones=float(tones))[20, :, 0]
    values, counts = np.unique(row, return_counts=True)
    assert (counts >= 256 // tones // 3).sum() == tones + 1, "black and white are half a step each"
    assert counts[counts >= 256 // tones // 3].sum() > 0.85 * 256
    assert values.size < 256 // 2


def test_airbrush_gives_back_the_gradient_within_a_fill():
    colours = [np.unique(draw(ramp(), airbrush=value)[20, :, 0]).size for value in (0.0, 0.1, 0.5)]
    assert colours[0] < colours[1] < colours[2]


def test_wider_outlines_blacken_more():
    shares = [inked(disc(), outline=width) for width in (1.0, 2.0, 3.0, 4.0)]
    assert (np.diff(shares) > 0).all()


def test_denser_lines_ink_fainter_edges():
    faint = disc(140, 100)
    assert inked(faint, line_density=0.2) == 0
    assert inked(faint, line_density=1.0) > 0.01


def test_lines_lie_at_the_edge_of_the_disc():
    y, x = np.mgrid[:96, :96]
    away = np.abs(np.sqrt((x - 48.0) ** 2 + (y - 48.0) ** 2) - 32)
    black = draw(disc()).max(axis=2) < 20
    assert black.any()
    assert away[black].max() < 5


def test_ink_lightens_the_lines_only():
    black, shade = draw(disc()), draw(disc(), ink=0.5)
    changed = (black != shade).any(axis=2)
    assert 0 < changed.mean() < 0.3
    assert (shade >= black).all()


def test_a_line_is_drawn_between_equally_bright_colours():
    content = np.empty((40, 40, 3), np.uint8)
    content[:, :20], content[:, 20:] = (200, 68, 100), (60, 140, 100)
    assert inked(content) > 0.02


def test_smoothing_takes_texture_out():
    noise = np.clip(128 + np.random.default_rng(0).normal(0, 14, (64, 64, 3)), 0, 255).astype(np.uint8)
    spread = [draw(noise, smoothing=value, airbrush=0.5, line_density=0.0).std() for value in (2.0, 4.0, 6.0)]
    assert spread[0] > spread[1] > spread[2]


def test_nothing_is_random():
    assert np.array_equal(cartoon.render(disc(), PLAIN, 1), cartoon.render(disc(), PLAIN, 2))
