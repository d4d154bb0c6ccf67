import mpmath
import numpy as np
import pytest
import torch

from stylegauge.metrics.frechet import FrechetRefits, frechet, frechet_of_moments
from stylegauge.metrics.moments import Moments
from stylegauge.metrics.vectors import NotFiniteError, Repeated, TooFewError

CASES = {
    "both below D": (20, 15, 24),
    "outputs above D": (60, 15, 24),
    "references above D": (20, 60, 24),
    "both above D": (60, 50, 24),
}


def sample(n, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(width, width, generator=generator, dtype=torch.float64)
    return torch.randn(n, width, generator=generator, dtype=torch.float64) @ mix + seed


@pytest.fixture(params=CASES)
def sets(request):
    n, m, width = CASES[request.param]
    return sample(n, width, 1).numpy(), sample(m, width, 2).numpy()


def test_every_route_gives_the_value_of_sixty_digits(sets, golden_inputs):
    expected = float(golden_inputs._frechet_in_60_digits(mpmath, *sets))
    assert frechet(*sets) == pytest.approx(expected, rel=1e-10)


def test_a_set_without_some_rows_is_that_set_computed_from_scratch(sets):
    a, b = sets
    refits = FrechetRefits(a, b)
    for seed in range(4):
        random = np.random.default_rng(seed)
        kept, reference_kept = random.random(len(a)) < 0.3 + 0.2 * seed, random.random(len(b)) < 0.6
        assert refits.distance(kept) == pytest.approx(frechet(a[kept], b), rel=1e-9)
        assert refits.distance(kept, reference_kept) == pytest.approx(frechet(a[kept], b[reference_kept]), rel=1e-9)


def test_rows_that_are_there_more_than_once_count_as_often():
    a, styles = sample(40, 30, 1).numpy(), sample(8, 30, 2).numpy()
    of_pair = np.arange(40) % 8
    refits = FrechetRefits(a, Repeated(styles, of_pair))
    assert refits.distinct == 8
    assert refits.distance() == pytest.approx(frechet_by_definition(a, styles[of_pair]), rel=1e-9)
    kept = of_pair != 3
    assert refits.distance(kept, kept) == pytest.approx(frechet_by_definition(a[kept], styles[of_pair][kept]), rel=1e-9)


def frechet_by_definition(a, b):
    factors = [(x - x.mean(axis=0)) / (len(x) - 1) ** 0.5 for x in (a, b)]
    overlap = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()
    return np.square(a.mean(axis=0) - b.mean(axis=0)).sum() + sum(np.square(f).sum() for f in factors) - 2 * overlap


def test_a_set_with_itself_is_zero_on_every_route(sets):
    a, b = sets
    for x in (a, b):
        assert frechet(x, x[::-1].copy()) == pytest.approx(0, abs=1e-9)
        assert frechet_of_moments(Moments.of(x), Moments.of(x)) == pytest.approx(0, abs=1e-6)


def test_channels_that_are_never_active_change_nothing(sets):
    a, b = sets
    dead = [np.insert(x, [0, 5, 5], 0.0, axis=1) for x in (a, b)]
    assert frechet(*dead) == pytest.approx(frechet(a, b), rel=1e-9)


def test_channels_that_repeat_each_other_are_no_trouble_above_the_width():
    a, b = sample(60, 6, 1), sample(50, 6, 2)
    doubled = [torch.cat([x, x], dim=1) for x in (a, b)]  # a singular covariance: tr sqrt(S_1 S_2) doubles
    assert frechet(*doubled) == pytest.approx(2 * frechet(a, b), rel=1e-7)


def test_one_picture_many_times_has_a_mean_and_no_spread():
    one, b = np.tile(sample(1, 6).numpy(), (9, 1)), sample(40, 6, 2).numpy()
    expected = np.square(one[0] - b.mean(axis=0)).sum() + b.var(axis=0, ddof=1).sum()
    assert frechet(one, b) == pytest.approx(expected, rel=1e-12)
    assert frechet(one, one) == 0


def test_too_few_rows_left_are_refused(sets):
    a, b = sets
    with pytest.raises(TooFewError, match="at least 2 pictures are needed, found 1"):
        FrechetRefits(a, b).distance(np.arange(len(a)) == 0)
    with pytest.raises(TooFewError, match="found 0"):
        FrechetRefits(a, b).distance(None, np.zeros(len(b), dtype=bool))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused_on_every_route(sets, bad):
    a, b = sets
    a[3, 2] = bad
    for pair in ((a, b), (b, a)):
        with pytest.raises(NotFiniteError, match="finite, found nan or inf"):
            frechet(*pair)


def test_blocks_make_no_difference(sets, monkeypatch):
    whole = frechet(*sets)
    monkeypatch.setattr("stylegauge.metrics.vectors.BLOCK", 7)
    assert frechet(*sets) == pytest.approx(whole, rel=1e-12)
