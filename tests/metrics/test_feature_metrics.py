import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegauge.metrics.adain import LAYERS, adain, channel_moments
from stylegauge.metrics.content import content
from stylegauge.metrics.gram import gram, gram_matrix, gram_per_layer, gram_rel
from stylegauge.metrics.lpips import lpips


def grams(backbone, images):
    return {tap: gram_matrix(feature) for tap, feature in backbone(images).items()}


def moments(backbone, images):
    return {tap: channel_moments(feature) for tap, feature in backbone(images).items()}


SCORES = {
    "lpips": lambda b, o, r: lpips(b(o), b(r), b.lpips_heads),
    "content": lambda b, o, r: content(b(o)["relu3_1"], b(r)["relu3_1"]),
    "gram": lambda b, o, r: gram(grams(b, o), grams(b, r)),
    "gram_rel": lambda b, o, r: gram_rel(grams(b, o), grams(b, r)),
    "adain": lambda b, o, r: adain(moments(b, o), moments(b, r)),
}


@pytest.fixture(params=list(SCORES))
def score(request, tiny_backbone):
    return lambda output, reference: SCORES[request.param](tiny_backbone, output, reference)


def test_equal_images_have_no_distance(score, images):
    assert score(images(2), images(2)).tolist() == [0, 0]


def test_distances_are_symmetric_positive_and_float64(score, images):
    forth, back = score(images(3, seed=1), images(3, seed=2)), score(images(3, seed=2), images(3, seed=1))
    assert torch.allclose(forth, back, rtol=1e-12, atol=0)
    assert forth.dtype == torch.float64
    assert forth.min() > 0


def test_score_does_not_depend_on_batch_size(score, images):
    # A convolution may take another path for another number of images: 1e-5 relative is what is allowed for it.
    output, reference = images(5, seed=1), images(5, seed=2)
    alone = torch.cat([score(a[None], b[None]) for a, b in zip(output, reference)])
    assert torch.allclose(score(output, reference), alone, rtol=1e-5, atol=0)


def test_gram_matrix_of_two_channels_by_hand():
    feature = torch.tensor([[[[1.0, 2.0]], [[3.0, -1.0]]]])  # [1, 2, 1, 2]
    assert gram_matrix(feature)[0].tolist() == [[2.5, 0.5], [0.5, 5.0]]


def test_gram_and_its_relative_form_by_hand():
    output = {"a": torch.tensor([[[3.0, 0.0], [0.0, 0.0]]]), "b": torch.eye(2)[None]}
    style = {"a": torch.tensor([[[1.0, 0.0], [0.0, 0.0]]]), "b": torch.zeros(1, 2, 2)}
    assert {layer: value.item() for layer, value in gram_per_layer(output, style).items()} == {"a": 1.0, "b": 0.5}
    assert gram(output, style).item() == 0.75
    assert gram_rel(output, style).item() == (4 / 10 + 1) / 2


def test_gram_rel_of_two_empty_layers_is_zero():
    zeros = {"a": torch.zeros(1, 2, 2)}
    assert gram_rel(zeros, zeros).item() == 0


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(1e-3, 1e3))
def test_gram_rel_stays_within_zero_and_one_for_signed_features(seed, scale):
    generator = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(1, 4, 3, 3, generator=generator) for _ in range(2))
    value = gram_rel({"x": gram_matrix(a)}, {"x": gram_matrix(b * scale)}).item()
    assert 0 <= value <= 1 + 1e-12


def test_style_distances_take_styles_of_another_size(tiny_backbone, images):
    output, style = images(1, seed=1), images(1, seed=2, size=(64, 36))
    assert gram_rel(grams(tiny_backbone, output), grams(tiny_backbone, style)).item() > 0
    assert adain(moments(tiny_backbone, output), moments(tiny_backbone, style)).item() > 0


def test_gram_hardly_depends_on_resolution():
    feature = torch.rand(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    larger = feature.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.allclose(gram_matrix(larger), gram_matrix(feature), rtol=1e-5)


def test_adain_by_hand():
    output = {layer: torch.tensor([[[1.0, 2.0], [1.0, 1.0]]]) for layer in LAYERS}
    style = {layer: torch.tensor([[[0.0, 2.0], [1.0, 4.0]]]) for layer in LAYERS}
    assert adain(output, style).item() == 0.5 + 4.5


def test_adain_looks_at_the_first_four_layers_alone(tiny_backbone, images):
    output, style = moments(tiny_backbone, images(1, 1)), moments(tiny_backbone, images(1, 2))
    moved = output | {"relu5_1": output["relu5_1"] + 1}
    assert adain(moved, style).item() == adain(output, style).item()


def test_channel_moments_are_population_moments():
    feature = torch.tensor([[[[1.0, 3.0]], [[2.0, 2.0]]]])
    mean, deviation = channel_moments(feature).unbind(1)
    assert mean[0].tolist() == [2.0, 2.0]
    assert deviation[0].tolist() == pytest.approx([(1 + 1e-5) ** 0.5, 1e-5**0.5], rel=1e-6)


def test_content_by_hand():
    assert content(torch.full((1, 2, 2, 2), 3.0), torch.ones(1, 2, 2, 2)).item() == 4.0


def test_gradients_flow_so_that_a_method_can_descend_on_a_metric(tiny_backbone, images):
    output = images(1, 1).requires_grad_()
    (
        gram(grams(tiny_backbone, output), grams(tiny_backbone, images(1, 2))).sum()
        + content(tiny_backbone(output)["relu3_1"], tiny_backbone(images(1, 3))["relu3_1"]).sum()
    ).backward()
    assert output.grad is not None
    assert output.grad.abs().sum() > 0


def test_different_layers_and_shapes_are_refused(tiny_backbone, images):
    whole = grams(tiny_backbone, images(1))
    with pytest.raises(ValueError, match="different layers"):
        gram(whole, {"relu1_1": whole["relu1_1"]})
    with pytest.raises(ValueError, match=r"relu1_1: \(1, 4, 4\) against \(2, 4, 4\)"):
        gram_rel(whole, grams(tiny_backbone, images(2)))
    with pytest.raises(ValueError, match="alike"):
        content(torch.zeros(1, 2, 4, 4), torch.zeros(1, 2, 4, 5))
    with pytest.raises(ValueError, match="alike"):
        lpips({"x": torch.zeros(1, 2, 4, 4)}, {"x": torch.zeros(2, 2, 4, 4)}, {"x": torch.ones(2)})
    with pytest.raises(KeyError, match="relu5_1"):
        lpips({}, {}, {"relu5_1": torch.ones(2)})


@pytest.mark.parametrize("shape", [(64, 40, 56), (130, 7, 9), (3, 1, 1)])
def test_a_gram_matrix_is_the_product_in_float64_whatever_its_batch_layout_and_gradient(shape):
    feature = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))
    rows = feature.double().flatten(2)
    exact = rows @ rows.transpose(1, 2) / rows.shape[2]
    laid_out = feature.contiguous(memory_format=torch.channels_last)
    ways = [feature, laid_out, laid_out.clone().requires_grad_()]
    for found in map(gram_matrix, ways):
        assert (found.double() - exact).abs().max() <= 1e-6 * exact.abs().max()
    assert torch.equal(gram_matrix(laid_out)[1:], gram_matrix(laid_out[1:]))
