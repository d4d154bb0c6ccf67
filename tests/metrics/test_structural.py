import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegauge.metrics.ms_ssim import MINIMUM_SIDE, WEIGHTS, ms_ssim
from stylegauge.metrics.ssim import similarity, ssim

SIDE = MINIMUM_SIDE


def noisy(images, strength, seed=0):
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(seed))
    return ((images + strength * noise).clamp(0, 1) * 255).round() / 255


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_of_photographs_are_those_of_piq_and_pytorch_msssim(golden, golden_inputs, as_tensor, dtype):
    values = golden("structural")["values"]
    for name, image in golden_inputs.photographs().items():
        for kind, copy in golden_inputs.distorted(image).items():
            outside = values[f"{name}, {kind}"]
            even = [as_tensor(x[:192], dtype) for x in (copy, image)]
            odd = [as_tensor(x[:177, :177], dtype) for x in (copy, image)]
            # Both hold their windows and weights in float32: it is they who stop at 1e-5.
            assert ssim(*even).item() == pytest.approx(outside["piq ssim"], rel=1e-5)
            assert ms_ssim(*even).item() == pytest.approx(outside["pytorch_msssim"], rel=1e-5)
            assert ms_ssim(*even).item() == pytest.approx(outside["piq"], rel=1e-5)
            assert ms_ssim(*odd).item() == pytest.approx(outside["piq, 177 px"], rel=1e-5)


def test_pytorch_msssim_of_today_still_says_what_the_golden_file_says(golden, golden_inputs, as_tensor):
    module = pytest.importorskip("pytorch_msssim")
    image = golden_inputs.photographs()["coffee"]
    pair = [as_tensor(x[:192], torch.float64) for x in (golden_inputs.distorted(image)["noise"], image)]
    score = module.ms_ssim(*pair, data_range=1.0).item()
    assert score == pytest.approx(golden("structural")["values"]["coffee, noise"]["pytorch_msssim"], rel=1e-9)


def test_a_constant_shift_leaves_only_the_luminance_of_the_coarsest_scale():
    reference = torch.full((1, 3, SIDE, SIDE), 0.5, dtype=torch.float64)
    luminance = (2 * 0.5 * 0.6 + 1e-4) / (0.25 + 0.36 + 1e-4)
    assert ms_ssim(reference + 0.1, reference).item() == pytest.approx(luminance ** WEIGHTS[-1], rel=1e-9)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000), strength=st.floats(0.01, 0.2), odd=st.integers(0, 1))
def test_score_is_symmetric_bounded_and_independent_of_the_batch(seed, strength, odd):
    generator = torch.Generator().manual_seed(seed)
    reference = torch.rand(2, 3, SIDE + odd, SIDE, generator=generator)
    output = noisy(reference, strength, seed)
    score = ms_ssim(output, reference)
    assert score.dtype == torch.float64
    assert ((score > 0) & (score < 1)).all()
    assert torch.equal(score, ms_ssim(reference, output))
    alone = torch.cat([ms_ssim(a[None], b[None]) for a, b in zip(output.flip(0), reference.flip(0))])
    assert torch.allclose(score.flip(0), alone, rtol=1e-12, atol=0)
    assert ms_ssim(reference, reference).tolist() == [1, 1]


def test_planes_taken_together_or_one_by_one_score_the_same(images, monkeypatch):
    x, y = images(2, seed=1), images(2, seed=2)
    together = similarity(x, y)
    monkeypatch.setattr("stylegauge.metrics.ssim._CACHED_PIXELS", 1)
    for a, b in zip(together, similarity(x, y)):
        assert torch.allclose(a, b, rtol=1e-12, atol=0)


def test_a_negative_counts_as_nothing_in_common(as_tensor, golden_inputs):
    image = as_tensor(golden_inputs.photographs()["coffee"])
    assert ssim(1 - image, image).item() < 0
    assert ms_ssim(1 - image, image).item() == 0


def test_images_too_small_for_five_scales_are_refused(images):
    with pytest.raises(ValueError, match=r"at least 176x176, found \(175, 200\)"):
        ms_ssim(images(1, size=(175, 200)), images(1, size=(175, 200)))
