import itertools
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylegauge.metrics.fid import fid
from stylegauge.metrics.frechet import frechet, frechet_of_moments
from stylegauge.metrics.moments import Moments


def sample(n, width, seed=0):
    return torch.randn(n, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("n", "width"), [(50, 8), (8, 50), (2, 3)])
def test_fid_of_a_set_with_itself_is_zero(n, width):
    x = sample(n, width) * 10 + 3
    assert fid(x, x) == pytest.approx(0, abs=1e-9)
    assert fid(x, x.flip(0)) == pytest.approx(0, abs=1e-9)
    assert frechet_of_moments(Moments.of(x), Moments.of(x)) == pytest.approx(0, abs=1e-9)


def test_equal_covariances_leave_the_distance_of_the_means():
    x, shift = sample(30, 6), torch.arange(6, dtype=torch.float64)
    assert frechet(x, x + shift) == pytest.approx(shift.square().sum().item(), rel=1e-12)


def test_one_dimension_by_hand():
    # Deviations sqrt(2) and sqrt(8), means 1 and 2: (2 - 1)^2 + (sqrt 8 - sqrt 2)^2 = 1 + 2.
    assert frechet(np.array([[0.0], [2.0]]), np.array([[0.0], [4.0]])) == pytest.approx(3.0, rel=1e-12)


def test_distance_is_that_of_sixty_digits(golden, golden_inputs):
    for name, (a, b) in golden_inputs.gaussians().items():
        assert frechet(a, b) == pytest.approx(golden("frechet")["values"][name]["mpmath"], rel=1e-12)


def test_distance_is_that_of_pytorch_fid_where_that_one_is_regular(golden, golden_inputs):
    a, b = golden_inputs.gaussians()["N > D"]
    assert frechet(a, b) == pytest.approx(golden("frechet")["values"]["N > D"]["pytorch_fid"], rel=1e-6)


def test_pytorch_fid_of_today_still_says_what_the_golden_file_says(golden, golden_inputs):
    function = pytest.importorskip("pytorch_fid.fid_score").calculate_frechet_distance
    a, b = golden_inputs.gaussians()["N > D"]
    moments = [part for x in (a, b) for part in (x.mean(axis=0), np.cov(x, rowvar=False))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            value = function(*moments)
        except TypeError:
            pytest.skip("pytorch-fid passes disp= to scipy.linalg.sqrtm, which this scipy no longer takes")
    assert value == pytest.approx(golden("frechet")["values"]["N > D"]["pytorch_fid"], rel=1e-6)


@pytest.mark.parametrize(("n", "m", "width"), [(60, 40, 8), (10, 40, 20), (10, 12, 20)])
def test_distance_of_moments_is_that_of_features(n, m, width):
    a, b = sample(n, width, 1), sample(m, width, 2) * 1.5 + 0.2
    assert frechet_of_moments(Moments.of(a), Moments.of(b)) == pytest.approx(frechet(a, b), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, 29), min_size=1, max_size=4, unique=True), order=st.randoms())
def test_moments_merge_in_any_order(cuts, order):
    x = sample(30, 5) * 3 + 100
    edges = [0, *sorted(cuts), 30]
    parts = [Moments.of(x[a:b]) for a, b in itertools.pairwise(edges)]
    order.shuffle(parts)
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    mean, covariance = merged.mean_and_covariance()
    assert merged.n == 30
    assert torch.allclose(mean, x.mean(dim=0), rtol=1e-13)
    assert np.allclose(covariance.numpy(), np.cov(x.numpy(), rowvar=False), rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(n=st.integers(2, 12), m=st.integers(2, 12), width=st.integers(1, 8), seed=st.integers(0, 100))
def test_distance_is_symmetric_and_not_negative(n, m, width, seed):
    a, b = sample(n, width, seed), sample(m, width, seed + 1) * 2
    assert frechet(a, b) == pytest.approx(frechet(b, a), rel=1e-9, abs=1e-12)
    assert frechet(a, b) >= 0


def test_features_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="at least 2 pictures are needed, found 1"):
        frechet(sample(1, 4), sample(5, 4))
    with pytest.raises(ValueError, match="widths: 4 and 5"):
        frechet(sample(5, 4), sample(5, 5))
    with pytest.raises(ValueError, match="finite"):
        frechet(sample(5, 4) / 0, sample(5, 4))
    with pytest.raises(ValueError, match="at least 2 samples, found 1"):
        Moments.of(sample(1, 4)).mean_and_covariance()


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, 29), min_size=1, max_size=4, unique=True), part=st.integers(0, 4))
def test_a_part_taken_out_leaves_the_moments_of_the_rest(cuts, part):
    x = sample(30, 5) * 3 + 100
    edges = [0, *sorted(cuts), 30]
    a, b = edges[part % (len(edges) - 1)], edges[part % (len(edges) - 1) + 1]
    rest = Moments.of(x).without(Moments.of(x[a:b]))
    expected = Moments.of(torch.cat([x[:a], x[b:]]))
    assert rest.n == expected.n
    assert torch.allclose(rest.mean, expected.mean, rtol=1e-12)
    assert torch.allclose(rest.m2, expected.m2, rtol=0, atol=1e-12 * Moments.of(x).m2.abs().max().item())


@settings(max_examples=20, deadline=None)
@given(size=st.integers(1, 30))
def test_features_added_in_batches_are_the_whole(size):
    x = sample(30, 5) + 10
    streamed = Moments.of_blocks(x.split(size))
    assert torch.allclose(streamed.m2, Moments.of(x).m2, rtol=1e-11, atol=1e-11)
    added = Moments.of(x[:7]).add(x[7:])
    assert torch.allclose(added.m2, Moments.of(x).m2, rtol=1e-11, atol=1e-11)


def test_moments_are_read_as_they_were_written():
    moments = Moments.of(sample(30, 5))
    again = Moments.load(moments.save())
    assert (again.n, again.mean.tolist(), again.m2.tolist()) == (30, moments.mean.tolist(), moments.m2.tolist())


def test_nothing_cannot_be_summed_up_and_all_cannot_be_taken_out():
    with pytest.raises(ValueError, match="found 0"):
        Moments.of_blocks([])
    with pytest.raises(ValueError, match="cannot take 5 samples out of 5"):
        Moments.of(sample(5, 2)).without(Moments.of(sample(5, 2)))
