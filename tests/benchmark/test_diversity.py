"""Which outputs are compared with each other, and what is left of it once a content is left out."""

import numpy as np
import pytest

from stylegauge.benchmark.batches import Pair
from stylegauge.benchmark.diversity import make_rings, mean_among
from stylegauge.benchmark.statistics import jackknife

PAIRS = [Pair(c, s, r) for r in (0, 1) for c, s in (("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"))]


def test_outputs_of_one_style_make_a_ring_in_the_run_s_order():
    assert make_rings(PAIRS[:4], repeated=False) == [(0, 2, 3)]  # y has one output, and is in none


def test_where_pairs_are_repeated_a_ring_holds_one_content_and_style():
    assert make_rings(PAIRS, repeated=True) == [(0, 4), (1, 5), (2, 6), (3, 7)]
    assert make_rings(PAIRS[:6], repeated=True) == [(0, 4), (1, 5)]  # the other repeats failed


def test_leaving_a_content_out_takes_both_of_its_distances_away():
    rings = [(0, 1, 2, 3), (4, 5)]
    distances = np.array([1.0, 2.0, 3.0, 4.0, 10.0, 10.0])  # 0-1, 1-2, 2-3, 3-0, 4-5, 5-4
    mean = mean_among(distances, rings, 6)
    assert mean(np.arange(6)) == 5
    assert mean(np.array([0, 1, 3])) == 2.5  # 0-1 and 3-0
    assert np.isnan(mean(np.array([0, 2, 4])))


@pytest.mark.parametrize("n_content", [12, 40])
def test_the_interval_covers_the_mean_and_errs_on_the_wide_side(n_content):
    # Each output is a point on a line and distances are linear in it: d = effect(a) + effect(b) + noise.
    rng = np.random.default_rng(n_content)
    styles = 12
    pairs = [Pair(f"{c:02}", f"{s:02}", 0) for c in range(n_content) for s in range(styles)]
    rings = make_rings(pairs, repeated=False)
    ends = np.array([end for ring in rings for end in zip(ring, (*ring[1:], ring[0]))])
    groups = [pair.content for pair in pairs], [pair.style for pair in pairs]
    content, style = (np.array([int(name) for name in names]) for names in groups)

    def covered():
        of_content, of_style = rng.normal(0, 0.3, n_content)[content], rng.normal(0, 0.5, styles)[style]
        noise = rng.normal(0, 1, len(ends))
        distances = of_content[ends].sum(axis=1) + of_style[ends[:, 0]] + noise
        interval = jackknife(mean_among(distances, rings, len(pairs)), *groups)
        return interval.low <= 0 <= interval.high

    assert np.mean([covered() for _ in range(200)]) >= 0.93
