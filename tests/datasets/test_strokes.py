import numpy as np
import pytest

from stylegauge.datasets.painterly import strokes


def stripes(slope_x, slope_y, size=48):
    y, x = np.mgrid[:size, :size]
    plane = np.where((x * slope_x + y * slope_y) // 8 % 2 == 0, 40, 210)
    return np.repeat(plane[..., None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize(
    ("across", "doubled"), [((1, 0), (-1, 0)), ((0, 1), (1, 0)), ((1, -1), (0, 1)), ((1, 1), (0, -1))]
)
def test_doubled_tangent_runs_along_the_stripes(across, doubled):
    x, y, energy = strokes.doubled_tangent(stripes(*across), 4)
    middle = slice(12, -12), slice(12, -12)
    assert np.allclose(x[middle], doubled[0], atol=0.1)
    assert np.allclose(y[middle], doubled[1], atol=0.1)
    assert energy[middle].min() > 0


def test_flat_picture_has_no_direction():
    x, y, energy = strokes.doubled_tangent(np.full((20, 20, 3), 90, np.uint8), 3)
    assert not x.any()
    assert not y.any()
    assert not energy.any()


@pytest.mark.parametrize("degrees", [0, 30, 90, 179, -60])
def test_halving_undoes_doubling_up_to_sign(degrees):
    doubled, expected = strokes.unit_vector(2 * degrees), strokes.unit_vector(degrees)
    along, aside = strokes.halve_angle(*(np.full((1, 1), part, np.float32) for part in doubled))
    assert abs(along[0, 0] * expected[0] + aside[0, 0] * expected[1]) == pytest.approx(1, abs=1e-3)


def test_softening_keeps_a_flat_plane_and_the_mass_of_a_point():
    assert (strokes.softened(np.full((9, 14), 77), 2.3) == 77).all()
    point = np.zeros((41, 41), np.int64)
    point[20, 20] = 10_000_000
    soft = strokes.softened(point, 2.5)
    assert soft.sum() == pytest.approx(point.sum(), rel=1e-3)
    assert (soft == soft.T).all()
    assert (soft == soft[::-1]).all()


def test_wider_softening_spreads_a_point_further():
    point = np.zeros((41, 41), np.int64)
    point[20, 20] = 10_000_000
    peaks = [strokes.softened(point, radius)[20, 20] for radius in (0, 0.4, 0.8, 1.6, 3.2)]
    assert peaks[0] == 10_000_000
    assert (np.diff(peaks) < 0).all()


def test_noise_fills_its_interval_and_lanes_are_independent():
    index = np.arange(20_000)
    one, two = strokes.unit_noise(3, 1, index), strokes.unit_noise(3, 2, index)
    assert 0 <= one.min() < 0.01
    assert 0.99 < one.max() < 1
    assert abs(one.mean() - 0.5) < 0.01
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_recolouring_leaves_luma_alone(share):
    colour = np.random.default_rng(0).integers(0, 256, (50, 3)).astype(np.float32)
    painted = strokes.recolour(colour, 40, 200, share, 1.7)
    assert np.allclose(strokes.grey(painted), strokes.grey(colour), atol=0.5)


def test_recolouring_by_nothing_changes_nothing_and_wholly_leaves_no_hue_of_the_picture():
    colour = np.array([[200, 40, 30], [20, 120, 60]], np.float32)
    assert np.allclose(strokes.recolour(colour, 40, 200, 0.0, 1.0), colour, atol=1e-3)
    greys = np.repeat(strokes.grey(colour)[:, None], 3, axis=1)
    assert np.allclose(
        strokes.recolour(colour, 40, 200, 1.0, 1.0), strokes.recolour(greys, 40, 200, 1.0, 1.0), atol=0.5
    )


@pytest.mark.parametrize(("hue", "strongest"), [(0, 2), (90, 0), (180, None), (225, 1)])
def test_hues_are_where_the_docstring_puts_them(hue, strongest):
    painted = strokes.recolour(np.full((1, 3), 128, np.float32), hue, hue, 1.0, 1.0)[0]
    if strongest is None:
        assert painted.argmin() == 2, "yellow is what blue is not"
    else:
        assert painted.argmax() == strongest
