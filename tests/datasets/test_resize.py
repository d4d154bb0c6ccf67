"""One resize and one crop: bicubic, antialiased, centred, the same wherever it runs."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from stylegauge.datasets.resize import _taps, resize, square


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_an_image_of_the_right_size_is_unchanged():
    images = torch.rand(2, 3, 24, 24)
    assert torch.equal(resize(images, (24, 24)), images)
    array = picture(24, 24)
    assert np.array_equal(square(array, 24), array)


@pytest.mark.parametrize("size", [40, 200])
def test_square_is_pillows_bicubic_in_floats(size):
    array = picture(96, 96)
    green = Image.fromarray(array[:, :, 1].astype(np.float32))  # Pillow rounds 8-bit pictures between its two passes
    pillow = np.asarray(green.resize((size, size), Image.Resampling.BICUBIC)).clip(0, 255)
    assert np.abs(square(array, size)[:, :, 1] - pillow).max() <= 0.5 + 0.002


@pytest.mark.parametrize(("height", "width"), [(50, 80), (80, 50), (51, 80), (33, 32)])
def test_square_keeps_the_centre(height, width):
    array = picture(height, width)
    side = min(height, width)
    expected = array[(height - side) // 2 :][:side, (width - side) // 2 :][:, :side]
    assert np.array_equal(square(array, side), expected)
    assert square(array, 20).shape == (20, 20, 3)


def test_square_enlarges_a_small_picture():
    assert square(picture(16, 20), 64).shape == (64, 64, 3)


def test_overshoot_of_the_kernel_is_clamped():
    array = np.zeros((40, 40, 3), np.uint8)
    array[:, 20:] = 255
    enlarged = square(array, 100)
    assert enlarged.min() == 0
    assert enlarged.max() == 255
    edge = torch.from_numpy(array).permute(2, 0, 1)[None] / 255
    assert 0 <= resize(edge, (100, 100)).min() <= resize(edge, (100, 100)).max() <= 1


def test_shrinking_averages_instead_of_picking_pixels():
    stripes = torch.zeros(1, 3, 64, 64)
    stripes[..., ::2] = 1
    assert (resize(stripes, (8, 8)) - 0.5).abs().max() < 0.1


def all_weights(side: int, size: int) -> np.ndarray:
    """[size, side]: what each line that is made takes of each that is there."""
    first, taps = _taps(side, size)
    weights = np.zeros((size, side))
    np.put_along_axis(weights, first[:, None] + np.arange(taps.shape[1]), taps, axis=1)
    return weights


SIZES = [(96, 40), (96, 200), (17, 64), (480, 256), (480, 512), (512, 256), (700, 224), (640, 16)]


@pytest.mark.parametrize(("side", "size"), SIZES)
def test_square_is_torchs_bicubic_in_float64_but_for_roundings_of_halves(side, size):
    array = picture(side, side)
    planes = torch.from_numpy(array).double().permute(2, 0, 1)[None]
    exact = torch.nn.functional.interpolate(planes, size=(size, size), mode="bicubic", antialias=True)
    exact = exact[0].permute(1, 2, 0).clamp(0, 255).numpy()
    made = square(array, size).astype(int)
    assert np.abs(made - exact).max() <= 0.5 + 0.0005
    assert (made != exact.round()).mean() <= 1e-4


@pytest.mark.parametrize(("side", "size"), [*SIZES, (33, 90), (512, 384), (900, 64)])
def test_square_rounds_the_exact_sums(side, size):
    array = np.kron(picture(side // 8 + 1, side // 8 + 1) // 128 * 255, np.ones((8, 8, 1), np.uint8))[:side, :side]
    weights = all_weights(side, size)
    for each in (array, picture(side, side)):
        exact = np.einsum("ir,rcs,jc->ijs", weights, each.astype(np.float64), weights, optimize=True)
        assert np.array_equal(square(each, size), np.rint(exact).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize(("side", "size"), [*SIZES, (3000, 300), (16, 2000)])
def test_weights_keep_every_sum_exact(side, size):
    """Multiples of 2**-22 whose products with 8 bits fit the 53 of a float64, so that no order of adding matters."""
    weights = all_weights(side, size)
    assert np.array_equal(weights * 2**22, np.rint(weights * 2**22))
    assert 255 * np.abs(weights).sum(axis=1).max() ** 2 < 2**9
    assert (weights.sum(axis=1) == 1).all()


@pytest.mark.parametrize("size", [40, 90, 200])
def test_an_even_picture_stays_even(size):
    assert (square(np.full((80, 100, 3), (7, 128, 255), np.uint8), size) == (7, 128, 255)).all()


def test_squaring_does_not_depend_on_how_the_picture_lies_in_memory():
    array = picture(70, 90)
    turned = np.asfortranarray(array)
    assert np.array_equal(square(turned, 33), square(array, 33))
    assert np.array_equal(square(array[:, ::-1], 35), square(array, 35)[:, ::-1])


def test_squaring_never_loads_torch():
    code = """
import sys, numpy
from stylegauge.datasets.resize import square
square(numpy.zeros((20, 30, 3), numpy.uint8), 16)
assert 'torch' not in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
