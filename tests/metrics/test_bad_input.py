"""Input that no generator should give: a stated result or a clear error, never a wrong score."""

import math

import pytest
import torch

from stylegauge.metrics.adain import LAYERS, adain, channel_moments
from stylegauge.metrics.cfsd import cfsd
from stylegauge.metrics.content import content
from stylegauge.metrics.gram import gram, gram_matrix, gram_rel
from stylegauge.metrics.histogram import histogram
from stylegauge.metrics.lpips import lpips
from stylegauge.metrics.ms_ssim import MINIMUM_SIDE, ms_ssim
from stylegauge.metrics.pixel import l1, mse
from stylegauge.metrics.psnr import psnr
from stylegauge.metrics.sifid import positions_gaussian, sifid
from stylegauge.metrics.ssim import ssim
from stylegauge.metrics.views import view

HEADS = {"relu1_1": torch.ones(6)}


def of_layer(metric, kept):
    return lambda output, style: metric({"relu1_1": kept(output)}, {"relu1_1": kept(style)})


def of_moments(output, style):
    return adain(*({layer: channel_moments(feature) for layer in LAYERS} for feature in (output, style)))


PIXELS = {metric.__name__: metric for metric in (psnr, mse, l1, ssim, ms_ssim, histogram)}
IN_PLACE = {  # of [N, C, H, W] features; the sizes must agree
    "lpips": lambda output, reference: lpips({"relu1_1": output}, {"relu1_1": reference}, HEADS),
    "content": content,
    "cfsd": cfsd,
}
ANYWHERE = {  # of [N, C, H, W] features of any two sizes
    "gram": of_layer(gram, gram_matrix),
    "gram_rel": of_layer(gram_rel, gram_matrix),
    "adain": of_moments,
    "sifid": lambda output, style: sifid(positions_gaussian(output), positions_gaussian(style)),
}
METRICS = PIXELS | IN_PLACE | ANYWHERE


def pair(name, n=2):
    """Two batches that the metric takes: images, or features of six channels."""
    generator = torch.Generator().manual_seed(0)
    shape = (n, 3, MINIMUM_SIDE, MINIMUM_SIDE + 3) if name in PIXELS else (n, 6, 8, 9)
    return torch.rand(shape, generator=generator), torch.rand(shape, generator=generator)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_one_bad_value_makes_that_images_score_not_finite_and_no_others(name, side, value):
    clean, bad = pair(name), pair(name)
    bad[side][0, 1, 3, 4] = value
    score = METRICS[name](*bad)
    assert not math.isfinite(score[0])
    assert score[1].item() == pytest.approx(METRICS[name](*clean)[1].item(), rel=1e-6)
    if math.isnan(value):
        assert math.isnan(score[0])


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_the_same_bad_value_in_both_is_not_agreement(name, value):
    output, _ = pair(name)
    output[0, 1, 3, 4] = value
    assert math.isnan(METRICS[name](output, output.clone())[0])


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_constant_images_that_are_equal_are_equal(name, level):
    flat = torch.full_like(pair(name)[0], level)
    equal = {"psnr": math.inf, "ssim": 1, "ms_ssim": 1}.get(name, 0)
    assert METRICS[name](flat, flat.clone()).tolist() == pytest.approx([equal, equal], abs=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_a_constant_image_has_a_finite_score_against_any_other(name):
    output, reference = pair(name)
    for level in (0.0, 0.5, 1.0):
        flat = torch.full_like(output, level)
        for score in (METRICS[name](flat, reference), METRICS[name](output, flat), METRICS[name](flat, flat / 2)):
            assert torch.isfinite(score).all() or (name == "psnr" and level == 0)


@pytest.mark.parametrize("name", [*(name for name in PIXELS if name != "histogram"), *IN_PLACE])
def test_images_of_two_sizes_are_refused_where_places_are_compared(name):
    output, reference = pair(name)
    with pytest.raises(ValueError, match="alike, found"):
        METRICS[name](output, reference[..., :-1])


@pytest.mark.parametrize("name", ["histogram", *ANYWHERE])
def test_images_of_two_sizes_are_compared_where_places_do_not_count(name):
    output, reference = pair(name)
    assert torch.isfinite(METRICS[name](output, reference[..., :-2, :-1])).all()


@pytest.mark.parametrize("name", METRICS)
def test_batches_of_two_lengths_are_refused(name):
    output, reference = pair(name)
    with pytest.raises(ValueError, match=r"found|against|different"):
        METRICS[name](output, reference[:1])


def test_a_map_of_one_position_has_no_covariance():
    with pytest.raises(ValueError, match=r"at least 2 positions, found \(1, 6, 1, 1\)"):
        positions_gaussian(torch.rand(1, 6, 1, 1))


@pytest.mark.parametrize("name", ["gray", "512"])
def test_views_pass_on_what_is_not_finite(name):
    images = torch.rand(2, 3, 20, 24)
    images[0, 1, 3, 4] = math.nan
    seen = view(images, name)
    assert seen[0].isnan().any()
    assert torch.equal(seen[1:], view(images[1:], name))
