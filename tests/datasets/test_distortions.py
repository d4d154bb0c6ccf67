"""Distortions are exact at their ends, grow along their ladders, and are seeded by item."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegauge.datasets.colour import to_lab
from stylegauge.datasets.distortions import (
    LADDERS,
    blend,
    blur,
    checkerboard,
    colour_shift,
    distort,
    hue,
    jpeg,
    noise,
    patch_shuffle,
    tiling,
)


@pytest.fixture
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    rough = torch.rand(3, 3, 8, 8, generator=generator)
    return torch.nn.functional.interpolate(rough, (64, 64), mode="bilinear").clamp(0, 1)


def apply(name: str, images: torch.Tensor, strength: float, seeds=(0, 1, 2), towards=None) -> torch.Tensor:
    return distort(name, images, strength, seeds, images.flip(3) if towards is None else towards)


@pytest.mark.parametrize("name", [name for name in LADDERS if name != "patch_shuffle"])
def test_each_step_of_a_ladder_is_further_from_the_image(name, images):
    distances = [(apply(name, images, strength) - images).square().mean().item() for strength in LADDERS[name]]
    assert distances == sorted(distances)
    assert distances[0] > 0
    assert len(set(distances)) == len(distances)


@pytest.mark.parametrize("name", LADDERS)
def test_an_image_is_distorted_alike_alone_and_in_a_batch(name, images):
    strength = LADDERS[name][1]
    together = apply(name, images, strength)
    alone = apply(name, images[2:], strength, seeds=[2])
    assert torch.allclose(alone[0], together[2], atol=1e-6, rtol=0)
    if name != "blur":  # a convolution may sum in another order
        assert torch.equal(alone[0], together[2])


@pytest.mark.parametrize("name", LADDERS)
def test_results_stay_in_range_and_shape(name, images):
    for strength in LADDERS[name]:
        result = apply(name, images, strength)
        assert result.shape == images.shape
        assert result.dtype == torch.float32
        assert 0 <= result.min() <= result.max() <= 1


def test_strength_zero_changes_nothing(images):
    assert torch.equal(blur(images, 0), images)
    assert torch.equal(noise(images, 0, [1, 2, 3]), images)
    assert torch.equal(patch_shuffle(images, 1, [1, 2, 3]), images)
    for unchanged in (hue(images, 0), checkerboard(images, 0), colour_shift(images, 0, [1, 2, 3])):
        assert torch.equal(unchanged, images)
    assert torch.equal(tiling(images, 0, [1, 2, 3]), images)


def test_blend_is_exact_at_both_ends(images):
    other = images.flip(2)
    assert torch.equal(blend(images, other, 0), images)
    assert torch.equal(blend(images, other, 1), other)
    assert torch.allclose(blend(images, other, 0.25), 0.75 * images + 0.25 * other)


def test_blur_of_a_point_has_the_variance_asked_for():
    point = torch.zeros(1, 3, 65, 65)
    point[..., 32, 32] = 1
    spread = blur(point, 3.0)[0, 0]
    offsets = torch.arange(65.0) - 32
    assert spread.sum().item() == pytest.approx(1, abs=1e-5)
    assert (spread.sum(1) * offsets**2).sum().item() == pytest.approx(9, rel=5e-3)
    assert (spread.sum(0) * offsets**2).sum().item() == pytest.approx(9, rel=5e-3)


def test_blur_leaves_a_flat_image_flat_to_its_border():
    flat = torch.full((1, 3, 20, 20), 0.3)
    assert torch.allclose(blur(flat, 8.0), flat, atol=1e-6)


def test_noise_has_the_deviation_asked_for_and_one_pattern_a_seed():
    grey = torch.full((2, 3, 128, 128), 0.5)
    weak, strong = noise(grey, 0.02, [7, 8]) - grey, noise(grey, 0.1, [7, 8]) - grey
    assert weak.std().item() == pytest.approx(0.02, rel=0.02)
    assert torch.allclose(weak * 5, strong, atol=1e-5)
    assert not torch.equal(weak[0], weak[1])


def test_noise_does_not_touch_the_global_generator(images):
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    noise(images, 0.1, [1, 2, 3])
    patch_shuffle(images, 4, [1, 2, 3])
    assert torch.equal(torch.rand(1), expected)


@settings(deadline=None, max_examples=30)
@given(grid=st.integers(2, 16), seed=st.integers(0, 2**63 - 1))
def test_shuffled_patches_keep_every_pixel_and_none_stays(grid, seed):
    side = 4 * grid
    image = torch.arange(3.0 * side * side).reshape(1, 3, side, side) / (3 * side * side)
    shuffled = patch_shuffle(image, grid, [seed])
    assert torch.equal(shuffled.flatten().sort().values, image.flatten())
    corners = (..., slice(None, None, 4), slice(None, None, 4))
    assert not (shuffled[corners] == image[corners]).any()


def test_shuffling_leaves_the_remainder_in_place(images):
    shuffled = patch_shuffle(images, 10, [1, 2, 3])
    assert torch.equal(shuffled[..., 60:, :], images[..., 60:, :])
    assert torch.equal(shuffled[..., 60:], images[..., 60:])


def test_a_turn_of_hue_keeps_lightness_and_greys():
    muted = 0.45 + 0.1 * torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    before, after = to_lab(muted), to_lab(hue(muted, 90))
    assert torch.allclose(before[:, 0], after[:, 0], atol=1e-3)
    assert torch.allclose(-before[:, 2], after[:, 1], atol=1e-3)
    grey = torch.full((1, 3, 4, 4), 0.3)
    assert torch.allclose(hue(grey, 120), grey, atol=1e-6)
    assert torch.allclose(hue(muted, 360), muted, atol=1e-6)


def test_a_checkerboard_differs_by_its_strength_from_pixel_to_pixel():
    board = checkerboard(torch.full((1, 3, 4, 6), 0.5), 0.2)
    assert torch.allclose(board[0, 0, :2, :2], torch.tensor([[0.6, 0.4], [0.4, 0.6]]))
    assert board.mean().item() == pytest.approx(0.5)


def test_a_colour_shift_moves_every_colour_by_its_strength_and_no_lightness():
    muted = 0.45 + 0.1 * torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    moved = to_lab(colour_shift(muted, 8, [3, 4])) - to_lab(muted)
    assert torch.allclose(moved[:, 0], torch.zeros(()).double(), atol=1e-3)
    assert torch.allclose(moved[:, 1:].norm(dim=1), torch.tensor(8.0).double(), atol=1e-2)
    assert not torch.allclose(moved[0], moved[1], atol=1)


def test_tiling_ends_in_one_patch_of_the_picture_all_over(images):
    wall = tiling(images, 1.0, [5, 6, 7])
    patch = wall[0, :, :8, :8]
    assert torch.equal(wall[0], patch.repeat(1, 8, 8))
    places = images[0].unfold(1, 8, 1).unfold(2, 8, 1).permute(1, 2, 0, 3, 4)
    assert (places == patch).all(dim=4).all(dim=3).all(dim=2).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: blur(x, -1), "sigma must be 0 or more pixels, found -1"),
        (lambda x: noise(x, 0.1, [1]), "found 1 seeds for 3 images"),
        (lambda x: jpeg(x, 0), "1 to 95, found 0"),
        (lambda x: blend(x, x, 1.5), "alpha goes from 0 to 1, found 1.5"),
        (lambda x: patch_shuffle(x, 0, [1, 2, 3]), "grid goes from 1 to the shorter side 64, found 0"),
        (lambda x: checkerboard(x, 2), "strength goes from 0 to 1, found 2"),
        (lambda x: tiling(x, 0.5, [1]), "found 1 seeds for 3 images"),
        (lambda x: colour_shift(x, -1, [1, 2, 3]), "0 or more units of CIELAB, found -1"),
        (lambda x: distort("blend", x, 0.5), "a blend needs a picture"),
    ],
)
def test_a_strength_that_means_nothing_is_refused(call, message, images):
    with pytest.raises(ValueError, match=message):
        call(images)
