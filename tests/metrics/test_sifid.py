import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegauge.metrics.frechet import frechet
from stylegauge.metrics.sifid import positions_gaussian, sifid


def features(n=2, channels=5, size=(6, 7), seed=0):
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(channels, channels, generator=generator)
    return torch.einsum("dc,nchw->ndhw", mixing, torch.randn(n, channels, *size, generator=generator)).relu()


def rows(feature):
    return feature.flatten(1).T  # [P, C]


def test_distance_is_that_of_the_function_in_singans_program(golden, golden_inputs):
    output, style = (positions_gaussian(torch.tensor(x)[None]) for x in golden_inputs.feature_maps())
    assert sifid(output, style).item() == pytest.approx(golden("sifid")["values"]["pytorch_fid"], rel=1e-9)


def test_distance_is_that_of_sixty_digits(golden, golden_inputs):
    for name, pair in golden_inputs.gaussians().items():
        output, style = (positions_gaussian(torch.tensor(x).T[None, :, :, None]) for x in pair)
        assert sifid(output, style).item() == pytest.approx(golden("frechet")["values"][name]["mpmath"], rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.tuples(st.integers(1, 5), st.integers(2, 6)),
    other=st.tuples(st.integers(1, 5), st.integers(2, 6)),
)
def test_distance_is_the_set_metrics_own_over_positions(seed, size, other):
    # Fewer positions than channels as well as more, and two images of different sizes.
    output, style = features(size=size, seed=seed), features(size=other, seed=seed + 1)
    score = sifid(positions_gaussian(output), positions_gaussian(style))
    expected = [frechet(rows(a), rows(b)) for a, b in zip(output, style)]
    assert score.dtype == torch.float64
    assert score.tolist() == pytest.approx(expected, rel=1e-6, abs=1e-6)  # that one may take roots of eigenvalues
    back = sifid(positions_gaussian(style), positions_gaussian(output))
    assert score.tolist() == pytest.approx(back.tolist(), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 30.0])
def test_equal_images_have_no_distance_wherever_their_positions_are(scale):
    feature = features(3, channels=64, size=(20, 24)) * scale
    gaussian = positions_gaussian(feature)
    assert sifid(gaussian, gaussian).tolist() == pytest.approx([0, 0, 0], abs=1e-9 * max(1, scale**2))
    moved = positions_gaussian(feature.flatten(2).flip(2).view_as(feature))
    assert sifid(gaussian, moved).tolist() == pytest.approx([0, 0, 0], abs=1e-9 * max(1, scale**2))


def test_a_shift_of_every_position_costs_its_square():
    feature, shift = features(1), torch.arange(5.0)
    moved = feature + shift.view(1, 5, 1, 1)
    score = sifid(positions_gaussian(moved.double()), positions_gaussian(feature.double()))
    assert score.item() == pytest.approx(shift.square().sum().item(), rel=1e-6)  # the sum is rounded to float32


def test_mean_and_covariance_are_kept_with_ddof_1():
    feature = features(2, size=(8, 9))
    gaussian = positions_gaussian(feature)
    for kept, each in zip(gaussian, feature):
        assert torch.allclose(kept[0], rows(each).double().mean(dim=0))
        assert torch.allclose(kept[1:].T @ kept[1:], torch.cov(rows(each).double().T, correction=1))


def test_order_and_batch_change_nothing():
    output, style = (positions_gaussian(features(4, seed=seed)) for seed in (1, 2))
    alone = torch.cat([sifid(a[None], b[None]) for a, b in zip(output.flip(0), style.flip(0))])
    assert torch.allclose(sifid(output, style).flip(0), alone, rtol=1e-9, atol=0)
    single = torch.cat([positions_gaussian(each[None]) for each in features(4, seed=1)])
    assert torch.allclose(sifid(single, style), sifid(output, style), rtol=1e-9, atol=0)
