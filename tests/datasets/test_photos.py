import random

import numpy as np
import pytest

from stylegauge.datasets import photos
from stylegauge.datasets.errors import UsageError


def test_every_photograph_is_the_file_the_package_was_made_with():
    for photograph in photos.PHOTOGRAPHS:
        image = photos.load(photograph.name)
        left, top, width, height = photograph.area
        assert image.dtype == np.uint8
        assert image.shape[0] >= top + height
        assert image.shape[1] >= left + width


def test_test_and_train_part_share_no_photograph():
    test = {p.group for p in photos.part("test", grey=True)}
    train = {p.group for p in photos.part("train", grey=True)}
    assert not test & train
    assert len({p.sha256 for p in photos.PHOTOGRAPHS}) == len(photos.PHOTOGRAPHS)


def test_both_views_of_the_motorcycle_are_one_photograph():
    assert photos.find("motorcycle_left").group == photos.find("motorcycle_right").group


def test_what_ships_is_free_beyond_doubt():
    assert {p.licence for p in photos.part("test")} <= {"CC0", "public domain"}


def test_a_changed_photograph_is_named(tmp_path, monkeypatch):
    changed = tmp_path / "chelsea.png"
    data = bytearray(photos.locate(photos.find("chelsea")).read_bytes())
    data[-20] ^= 1
    changed.write_bytes(data)
    monkeypatch.setattr(photos, "locate", lambda photograph: changed)
    photos.load.cache_clear()
    with pytest.raises(UsageError, match=r"chelsea\.png has changed"):
        photos.load("chelsea")


def test_a_missing_photograph_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "locate", lambda photograph: tmp_path / "coffee.png")
    photos.load.cache_clear()
    with pytest.raises(UsageError, match=r"'coffee' is missing: .*coffee\.png"):
        photos.load("coffee")


def test_shrinking_averages_areas():
    image = np.array([[0, 10, 20, 30], [10, 20, 30, 40], [1, 2, 3, 4], [3, 4, 6, 9]], np.uint8)[..., None].repeat(3, 2)
    assert photos.shrink(image, 2)[..., 0].tolist() == [[10, 30], [3, 6]]  # 2.5 and 5.5 round up


def test_shrinking_by_a_fraction_weighs_the_rim():
    image = np.zeros((3, 3, 3), np.uint8)
    image[0, 0] = 90  # an output pixel covers 1.5 x 1.5 input pixels, this one wholly
    assert photos.shrink(image, 2)[..., 0].tolist() == [[40, 0], [0, 0]]


def test_a_flat_picture_stays_flat_at_any_size():
    assert set(photos.shrink(np.full((301, 301, 3), 173, np.uint8), 256).ravel().tolist()) == {173}


def test_a_crop_outside_the_photograph_is_refused():
    with pytest.raises(UsageError, match="no crop of 300 pixels"):
        photos.crop("astronaut", 300, 0, 300, 256)


def test_training_crops_depend_on_the_generator_alone():
    first = photos.training_crops(random.Random(5), 64, 6)
    second = photos.training_crops(random.Random(5), 64, 6)
    other = photos.training_crops(random.Random(6), 64, 6)
    assert all(image.shape == (64, 64, 3) and image.dtype == np.uint8 for image in first)
    assert all(np.array_equal(a, b) for a, b in zip(first, second))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other))


def test_random_crops_stay_in_the_train_part_and_inside_the_area():
    rng, train = random.Random(1), photos.part("train")
    for _ in range(200):
        where = photos.draw_crop(rng, 256, train)
        photograph = photos.find(where["name"])
        left, top, width, height = photograph.area
        assert photograph.part == "train"
        assert left <= where["left"] <= left + width - where["side"]
        assert top <= where["top"] <= top + height - where["side"]


def test_an_unknown_part_or_photograph_names_what_there_is():
    with pytest.raises(UsageError, match="test, train"):
        photos.part("validation")
    with pytest.raises(UsageError, match="no photograph 'lena'; there are: astronaut"):
        photos.find("lena")
