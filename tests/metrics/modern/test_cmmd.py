import numpy as np
import pytest
import torch

from stylegauge.metrics.modern.cmmd import cmmd


def unit_vectors(n, seed, width=6, towards=0.0):
    vectors = np.random.RandomState(seed).randn(n, width) + towards
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def kernels(x, y):
    """Mean of the kernel over all pairs, pair by pair."""
    return np.mean([[np.exp(-((a - b) ** 2).sum() / 200) for b in y] for a in x])


def test_value_is_that_of_the_definition_pair_by_pair():
    x, y = unit_vectors(5, 0), unit_vectors(7, 1, towards=0.5)
    expected = 1000 * (kernels(x, x) + kernels(y, y) - 2 * kernels(x, y))
    assert cmmd(x, y) == pytest.approx(expected, rel=1e-9)


def test_opposite_pictures_by_hand():
    # Each set is one picture: 1000 * (1 + 1 - 2 exp(-4 / 200)).
    value = cmmd(torch.tensor([[1.0, 0.0]]), torch.tensor([[-1.0, 0.0]]))
    assert value == pytest.approx(2000 * (1 - np.exp(-0.02)), rel=1e-12)


def test_a_set_with_itself_is_zero_and_order_does_not_matter():
    x, y = unit_vectors(6, 2), unit_vectors(4, 3)
    assert cmmd(x, x) == 0
    assert cmmd(x, x[::-1].copy()) == pytest.approx(0, abs=1e-9)
    assert cmmd(x, y) == pytest.approx(cmmd(y, x))


def test_the_estimator_is_the_biased_one_of_the_authors():
    few = np.mean([cmmd(unit_vectors(5, 2 * s), unit_vectors(5, 2 * s + 1)) for s in range(100)])
    gap = 1000 * (1 - kernels(unit_vectors(200, 998), unit_vectors(200, 999)))
    assert few == pytest.approx(gap * (1 / 5 + 1 / 5), rel=0.1)


@pytest.mark.parametrize(
    ("x", "fault"), [(2 * unit_vectors(3, 0), "unit length"), (unit_vectors(3, 0, width=5), "widths: 5 and 6")]
)
def test_other_features_are_refused(x, fault):
    with pytest.raises(ValueError, match=fault):
        cmmd(x, unit_vectors(3, 1))
