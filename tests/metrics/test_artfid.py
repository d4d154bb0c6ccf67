import numpy as np
import pytest

from stylegauge.metrics.artfid import artfid
from stylegauge.metrics.vectors import NotFiniteError

# Published rows of StyleID's table (arXiv:2312.09008): ArtFID, FID, LPIPS.
PUBLISHED = {
    "StyleID": (28.801, 18.131, 0.5055),
    "AdaIN": (30.933, 18.242, 0.6076),
    "StyTR2": (30.720, 18.890, 0.5445),
    "AesPA-Net": (31.420, 19.760, 0.5135),
}


@pytest.mark.parametrize("method", PUBLISHED)
def test_published_rows_are_the_product_of_their_parts(method):
    value, fid, lpips = PUBLISHED[method]
    # Rounded parts put the product within (1 + FID) * 5e-5 + (1 + LPIPS) * 5e-4, and the row is rounded to 5e-4 itself.
    assert artfid(np.full(800, lpips), fid) == pytest.approx(value, abs=2.5e-3)


def test_lpips_is_the_mean_over_pairs():
    assert artfid(np.array([0.0, 1.0]), 3.0) == 6.0


def test_a_style_copy_scores_below_two_whatever_it_does_to_the_content():
    assert artfid(np.array([0.99, 0.9]), 0.0) < 2


def test_an_lpips_that_is_not_finite_is_refused():
    with pytest.raises(NotFiniteError, match="LPIPS of 1 of 3 outputs is nan or inf"):
        artfid(np.array([0.1, np.nan, 0.2]), 3.0)
