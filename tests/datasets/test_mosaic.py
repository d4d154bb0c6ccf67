import dataclasses

import numpy as np
import pytest

from stylegauge.datasets.painterly import mosaic

PLAIN = mosaic.Parameters(
    cell_size=12, leading=1.5, leading_tone=0.0, regularity=0.5, squareness=0.5, edge_following=0.5,
    saturation=1.0, glass=0.0, palette=0.0, hue=0.0, shade_hue=90.0, light=0.0,
)  # fmt: skip


def with_(**changes):
    return dataclasses.replace(PLAIN, **changes)


def flat(size=96):
    return np.full((size, size, 3), (180, 120, 60), np.uint8)


def halves(size=96):
    """Dark left of a slanted border, bright right of it."""
    y, x = np.mgrid[:size, :size]
    return np.where((x + y // 3 > size * 2 // 3)[..., None], (220, 200, 90), (30, 40, 120)).astype(np.uint8)


def labels(content, **changes):
    return mosaic._cells(content, with_(**changes), seed=1)[0]


def test_regular_square_tiles_on_a_flat_picture_are_a_chequerboard():
    areas = np.bincount(labels(flat(), regularity=1.0, squareness=1.0).ravel())
    assert areas.size == (96 / 12) ** 2
    assert areas.max() - areas.min() <= 2 * 12, "no tile differs by more than a row and a column"


def test_tiles_get_fewer_as_they_get_larger():
    counts = [np.unique(labels(halves(), cell_size=size)).size for size in (7, 10, 14, 24)]
    assert (np.diff(counts) < 0).all()


def test_areas_vary_less_the_more_regular_the_mosaic():
    spread = [np.bincount(labels(flat(192), regularity=value).ravel()).std() for value in (0.0, 0.5, 1.0)]
    assert spread[0] > spread[1] > spread[2]


def test_fewer_tiles_straddle_an_edge_the_more_they_follow_it():
    bright = halves()[..., 0].ravel() > 100
    straddling = []
    for value in (0.0, 0.3, 1.0):
        tiles = labels(halves(), edge_following=value).ravel()
        share = np.bincount(tiles, bright) / np.maximum(np.bincount(tiles), 1)
        straddling.append(np.minimum(share, 1 - share).sum())
    assert straddling[0] > straddling[1] > straddling[2]


def test_wider_leading_covers_more():
    brightness = [
        mosaic.render(flat(), with_(leading=width, leading_tone=1.0), 1).mean() for width in (0.6, 1.2, 2.4, 3.5)
    ]
    assert (np.diff(brightness) > 1).all()


@pytest.mark.parametrize("tone", [0.0, 1.0])
def test_leading_has_the_tone_asked_for(tone):
    image = mosaic.render(flat(), with_(leading=3.5, leading_tone=tone), 1)
    assert (image == 18 + 210 * tone).all(axis=2).any()


def test_flat_tiles_keep_the_picture_s_colour():
    image = mosaic.render(flat(), with_(leading=0.6), 1)
    assert (image == flat()).all(axis=2).mean() > 0.5


def test_light_varies_from_tile_to_tile():
    spread = [mosaic.render(flat(), with_(light=value, leading=0.6), 1).std() for value in (0.0, 0.5, 1.0)]
    assert spread[0] < spread[1] < spread[2]


def test_glass_brings_colours_that_the_picture_has_not():
    grey = np.full((96, 96, 3), 128, np.uint8)
    chroma = [np.ptp(mosaic.render(grey, with_(glass=value), 1).astype(int), axis=2).mean() for value in (0, 0.4, 0.8)]
    assert chroma[0] == 0
    assert chroma[0] < chroma[1] < chroma[2]
