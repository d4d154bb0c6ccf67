import numpy as np
import pytest

from stylegauge.datasets import sources
from stylegauge.datasets.errors import UsageError


def test_a_source_says_which_picture_it_is():
    plain = sources.picture("photograph coffee 300 140 258", 64)
    mirrored = sources.picture("photograph coffee 300 140 258 mirrored", 64)
    assert plain.shape == (64, 64, 3)
    assert np.array_equal(plain[:, ::-1], mirrored)
    assert np.array_equal(sources.picture("scene 2 mirrored", 32)[:, ::-1], sources.picture("scene 2", 32))


def test_mirroring_and_cropping_do_not_change_the_group():
    assert sources.group("photograph motorcycle_left 0 0 300") == sources.group(
        "photograph motorcycle_right 9 9 256 mirrored"
    )
    assert sources.group("scene 7") == sources.group("scene 7 mirrored") != sources.group("scene 8")


def test_kinds_are_told_apart():
    assert sources.kind("photograph coffee 0 0 400") == "photograph"
    assert sources.kind("scene 5") == "village"


@pytest.mark.parametrize("source", ["", "scene", "scene -1", "photograph coffee 0 0", "painting 3", "scene 1 2"])
def test_words_that_are_no_source_are_refused(source):
    with pytest.raises(UsageError, match=r"possible are: photograph NAME"):
        sources.picture(source, 64)
