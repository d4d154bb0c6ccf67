"""One resize and one crop: bicubic, antialiased, centred, the same wherever it runs."""

import numpy as np
import pytest
import torch
from PIL import Image

from stylegauge.datasets.resize import resize, square


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
