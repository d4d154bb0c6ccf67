"""The perceptual hash: what leaves it as it is, what moves it a little, and what does not look like it at all."""

import itertools

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn

from stylegauge.datasets.perceptual import BITS, VIEWS, distances, fingerprint, view_box
from stylegauge.datasets.photos import load
from stylegauge.datasets.scenes import render_scene
from stylegauge.datasets.sources import picture

NAMES = ("chelsea", "coffee", "astronaut")


@pytest.fixture(scope="module")
def photographs():
    return {name: np.ascontiguousarray(load(name)) for name in NAMES}


def bits(ours, theirs, view="whole", other="whole", mirrored=False):
    first = fingerprint(ours).hashes[VIEWS.index(view), 0]
    second = fingerprint(theirs).hashes[VIEWS.index(other), int(mirrored)]
    return int(first ^ second).bit_count()


def resized(pixels, width, height):
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


def test_it_follows_the_definition(photographs):
    grey = Image.fromarray(photographs["chelsea"]).convert("L").resize((128, 128), Image.Resampling.BOX)
    values = np.asarray(grey.resize((32, 32), Image.Resampling.BOX), dtype=float)
    coefficients = dctn(values)[1:9, 1:9].ravel()  # another's transform
    above = "".join("1" if c > np.median(coefficients) else "0" for c in coefficients)
    assert int(fingerprint(photographs["chelsea"]).hashes[0, 0]) == int(above, 2)


def test_half_of_the_bits_are_set(photographs):
    for pixels in photographs.values():
        assert all(int(each).bit_count() == BITS // 2 for each in fingerprint(pixels).hashes.ravel())


@pytest.mark.parametrize("name", NAMES)
def test_size_proportions_and_brightness_hardly_move_it(photographs, name):
    pixels = photographs[name]
    height, width = pixels.shape[:2]
    assert bits(pixels, resized(pixels, width // 2, height // 2)) <= 2
    assert bits(pixels, resized(pixels, 256, 200)) <= 4
    assert bits(pixels, (pixels * 0.8 + 20).astype(np.uint8)) <= 4


@pytest.mark.parametrize("name", NAMES[:2])
def test_the_second_hash_is_that_of_the_mirror_image(photographs, name):
    pixels = photographs[name]
    ours, theirs = fingerprint(np.ascontiguousarray(pixels[:, ::-1])).hashes, fingerprint(pixels).hashes
    swapped = {"left": "right", "right": "left"}
    for place, view in enumerate(VIEWS):
        twin = VIEWS.index(" ".join(swapped.get(word, word) for word in view.split()))
        assert int(ours[twin, 0] ^ theirs[place, 1]).bit_count() <= 2
        assert int(ours[twin, 0] ^ theirs[place, 0]).bit_count() > 12


def test_a_square_cut_from_a_photograph_is_its_centre(photographs):
    pixels = photographs["coffee"]
    height, width = pixels.shape[:2]
    assert height < width
    left = (width - height) // 2
    square = resized(np.ascontiguousarray(pixels[:, left : left + height]), 256, 256)
    assert bits(square, pixels, "whole", "centre") <= 2
    assert bits(square, pixels) > 12


def test_the_views_of_crops_meet_them(photographs):
    pixels = photographs["chelsea"]
    height, width = pixels.shape[:2]
    cut = {
        "inner": pixels[round(0.05 * height) : round(0.95 * height), round(0.05 * width) : round(0.95 * width)],
        "top left": pixels[: round(0.93 * height), : round(0.93 * width)],
        "bottom right": pixels[round(0.07 * height) :, round(0.07 * width) :],
    }
    for name, part in cut.items():
        assert bits(np.ascontiguousarray(part), pixels, "whole", name) <= 4


def test_different_pictures_are_far_apart():
    scenes = [render_scene(seed, 32).image for seed in range(10)]
    found = [bits(one, other) for one, other in itertools.combinations(scenes, 2)]
    assert min(found) > 12
    assert abs(np.mean(found) - BITS / 2) < 4


def test_contrast_tells_flat_pictures():
    flat = np.full((64, 64, 3), 200, np.uint8)
    assert fingerprint(flat).contrast == 0
    assert fingerprint(picture("scene 1", 32)).contrast > 10


def test_distances_are_counted_bit_by_bit():
    ours, theirs = np.array([0, 0b111], np.uint64), np.array([0b100, 2**64 - 1], np.uint64)
    assert distances(ours, theirs).tolist() == [[1, 64], [2, 61]]


def test_boxes_are_parts_of_the_sides():
    assert view_box("centre", 200, 100) == (0.25, 0.0, 0.75, 1.0)
    assert view_box("centre", 100, 200) == (0.0, 0.25, 1.0, 0.75)
    assert view_box("top right", 10, 10) == pytest.approx((0.07, 0, 1, 0.93))
    assert view_box("bottom left", 10, 10) == pytest.approx((0, 0.07, 0.93, 1))
