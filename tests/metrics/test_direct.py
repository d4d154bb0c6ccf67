"""Metrics of a batch: the same scores as one by one, and gradients that finite differences confirm."""

import pytest
import torch

from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.direct import Direct
from stylegauge.metrics.info import OF_A_PAIR
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer

INFOS = {info.id: info for info in resolve(["all"]) if info.compares in OF_A_PAIR}
FLAT = ("lpips_gray@embedded",)  # it rounds luminance to 8 bits, as Pillow does: no slope anywhere
NETWORKS = {"embedded": load_backbone("embedded")}


@pytest.fixture(scope="module")
def pictures():
    generator = torch.Generator().manual_seed(0)
    rough = torch.rand(6, 3, 24, 24, generator=generator)
    smooth = torch.nn.functional.interpolate(rough, (192, 192), mode="bilinear").clamp(0, 1)
    return (smooth * 255).round() / 255


def one(metric, contents, styles):
    direct = Direct([INFOS[metric]], NETWORKS, contents, styles)
    return lambda outputs: direct(outputs)[metric]


@pytest.mark.parametrize("metric", INFOS)
def test_a_batch_scores_as_its_pictures_one_by_one(metric, pictures):
    outputs, contents, styles = pictures.split(2)
    together = Direct([INFOS[metric]], NETWORKS, contents, styles)(outputs)[metric]
    alone = Scorer([INFOS[metric]], NETWORKS).score(outputs, "ab", contents, "cd", styles).values[metric]
    assert torch.allclose(together, alone, rtol=1e-5, atol=0)


@pytest.mark.parametrize("metric", [metric for metric in INFOS if metric not in FLAT])
def test_gradients_are_those_of_finite_differences(metric, pictures):
    outputs, contents, styles = pictures.split(2)
    direct = one(metric, contents, styles)
    asking = outputs.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(direct(asking).sum(), asking)
    # Along the gradient itself, where the change is large against float32's digits.
    step = gradient * (2e-3 / gradient.abs().max())
    with torch.no_grad():
        ahead, behind = direct(outputs + step).sum(), direct(outputs - step).sum()
    # A judge is bent within such a step: it takes logarithms and the nearest windows.
    within = 0.25 if metric.startswith("quality") else 0.05
    assert ((ahead - behind) / 2).item() == pytest.approx((gradient * step).sum().item(), rel=within)


@pytest.mark.parametrize("metric", ["ssim", "ms_ssim", "histogram", "cfsd@embedded", "lpips@embedded"])
def test_asking_for_a_gradient_does_not_change_a_score(metric, pictures):
    outputs, contents, styles = pictures.split(2)
    direct = one(metric, contents, styles)
    with torch.no_grad():
        plain = direct(outputs)
    assert torch.allclose(direct(outputs.clone().requires_grad_()).detach(), plain, rtol=1e-9, atol=0)


def test_what_compares_no_output_with_a_picture_is_refused(pictures):
    (fid,) = resolve(["fid"])
    with pytest.raises(ValueError, match="fid@embedded compares set"):
        Direct([fid], NETWORKS, pictures[:1], pictures[:1])
