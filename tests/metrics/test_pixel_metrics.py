import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegauge.metrics.pixel import l1, mse
from stylegauge.metrics.psnr import psnr
from stylegauge.metrics.ssim import ssim

DIFFERENCES = [mse, l1]
ALL = [mse, l1, psnr, ssim]


def test_hand_computed_values_of_a_constant_shift():
    reference = torch.full((2, 3, 16, 16), 0.5)
    output = reference + torch.tensor([0.1, 0.25]).view(2, 1, 1, 1)
    assert mse(output, reference).tolist() == pytest.approx([0.01, 0.0625], rel=1e-6)
    assert l1(output, reference).tolist() == pytest.approx([0.1, 0.25], rel=1e-6)
    assert psnr(output, reference).tolist() == pytest.approx([20, 10 * math.log10(16)], rel=1e-6)
    # Flat images have no structure to lose; luminance alone remains: (2ab + C1) / (a^2 + b^2 + C1).
    assert ssim(output, reference)[0] == pytest.approx((0.6 + 1e-4) / (0.61 + 1e-4), rel=1e-6)


def test_equal_images_have_no_distance(images):
    x = images(3)
    assert mse(x, x).tolist() == [0, 0, 0]
    assert l1(x, x).tolist() == [0, 0, 0]
    assert psnr(x, x).tolist() == [math.inf] * 3
    assert ssim(x, x).tolist() == [1, 1, 1]


def test_scores_of_the_camera_man_are_those_published_by_ipol(golden, golden_inputs, as_tensor):
    clean, noisy = (as_tensor(image) for image in golden_inputs.camera_pair())
    published = golden("ipol")
    for metric in (psnr, ssim):
        error = abs(metric(noisy, clean).item() - published["values"][metric.__name__])
        assert error < 10.0 ** -published["decimals"][metric.__name__]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-9)])
def test_scores_of_photographs_are_those_of_scikit_image(golden, golden_inputs, as_tensor, dtype, tolerance):
    values = golden("scikit_image")["values"]
    clean, noisy = (as_tensor(image, dtype) for image in golden_inputs.camera_pair())
    for metric in (psnr, ssim):
        assert metric(noisy, clean).item() == pytest.approx(values["camera"][metric.__name__], rel=tolerance)
    for name, image in golden_inputs.photographs().items():
        for kind, copy in golden_inputs.distorted(image).items():
            for metric in (mse, psnr, ssim):
                score = metric(as_tensor(copy, dtype), as_tensor(image, dtype)).item()
                assert score == pytest.approx(values["paired"][f"{name}, {kind}"][metric.__name__], rel=tolerance)


@pytest.mark.parametrize("metric", ALL)
def test_score_does_not_depend_on_batch_size(metric, images):
    output, reference = images(5, seed=1), images(5, seed=2)
    alone = torch.cat([metric(a[None], b[None]) for a, b in zip(output, reference)])
    assert torch.allclose(metric(output, reference), alone, rtol=1e-12, atol=0)


@pytest.mark.parametrize("metric", ALL)
def test_score_is_symmetric_and_in_float64(metric, images):
    output, reference = images(2, seed=1), images(2, seed=2)
    assert metric(output, reference).dtype == torch.float64
    assert torch.allclose(metric(output, reference), metric(reference, output), rtol=1e-12, atol=0)


@settings(max_examples=60, deadline=None)
@given(
    base=st.floats(0, 1, width=32),
    steps=st.lists(st.integers(-2, 2), min_size=3, max_size=3),
    seed=st.integers(0, 1000),
)
def test_ssim_of_nearly_flat_images_never_exceeds_one(base, steps, seed):
    generator = torch.Generator().manual_seed(seed)
    flat = torch.full((1, 3, 16, 16), base)
    ripple = torch.randint(-1, 2, flat.shape, generator=generator) / 255
    output = (flat + torch.tensor(steps).view(1, 3, 1, 1) / 255 + ripple * 1e-3).clamp(0, 1)
    score = ssim(output, flat).item()
    assert score <= 1
    assert score > 0.5 or base < 0.05


def test_ssim_tells_structure_from_its_negative(as_tensor, golden_inputs):
    image = as_tensor(golden_inputs.photographs()["coffee"])
    assert ssim(1 - image, image).item() < 0


@pytest.mark.parametrize("metric", ALL)
def test_images_of_different_shapes_are_refused(metric, images):
    with pytest.raises(ValueError, match=r"alike, found \(2, 3, 40, 48\) and \(1, 3, 40, 48\)"):
        metric(images(2), images(1))  # would broadcast
    with pytest.raises(ValueError, match=r"\[N, 3, H, W\]"):
        metric(images(1)[:, :1], images(1)[:, :1])


def test_ssim_refuses_images_smaller_than_its_window(images):
    with pytest.raises(ValueError, match=r"at least 11x11, found \(10, 48\)"):
        ssim(images(1, size=(10, 48)), images(1, size=(10, 48)))
