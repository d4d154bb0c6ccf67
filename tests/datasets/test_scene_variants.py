import numpy as np
import pytest

from stylegauge.datasets import scene_variants
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.scene_kinds import Stage
from stylegauge.datasets.scene_light import Light, Material, Thing
from stylegauge.datasets.scene_shapes import Ball, Wall
from stylegauge.datasets.scene_terrain import indoors
from stylegauge.datasets.scene_variants import CONTENT_FACTORS, first_movable, mask_of, movable, original, scene_variant
from stylegauge.datasets.scenes import look_at, stage_of

SIZE, SEED = 64, 300  # a still life


def psnr(one, other):
    return -10 * np.log10(np.square((one.astype(float) - other) / 255).mean())


def simple_stage(seed):
    """A red ball before a white wall."""
    light = Light(((0.0, 0.0, -1.0),), (1.0, 1.0, 1.0), (0.2,) * 3, (0.2,) * 3, indoors((0.2, 0.2, 0.2)))
    wall = Thing(Wall(2, -1.0, 8.0), Material((0.8, 0.8, 0.8)))
    ball = Thing(Ball((0.3, 0.0, 5.0), 0.5), Material((0.7, 0.1, 0.1)))
    return Stage(((wall,), (ball,)), light, 0.0, 0.4, 0.0)


@pytest.fixture
def simple(monkeypatch):
    monkeypatch.setattr(scene_variants, "stage_of", simple_stage)
    monkeypatch.setattr(scene_variants, "original", lambda seed, size: look_at(simple_stage(seed), size, "simple"))


@pytest.mark.parametrize("factor", CONTENT_FACTORS)
def test_no_change_gives_the_same_bytes_and_a_change_always_the_same(factor):
    assert np.array_equal(scene_variant(SEED, SIZE, factor, 0).image, original(SEED, SIZE).image)
    assert scene_variant(SEED, SIZE, factor, 0).measured == 0
    once, twice = (scene_variant(SEED, SIZE, factor, 0.5).image for _ in range(2))
    assert np.array_equal(once, twice)
    assert not np.array_equal(once, original(SEED, SIZE).image)


def test_psnr_falls_as_an_object_moves_further(simple):
    before = scene_variant(0, SIZE, "object moved", 0).image
    values = [psnr(before, scene_variant(0, SIZE, "object moved", amount).image) for amount in (1, 2, 4, 8)]
    assert (np.diff(values) < 0).all(), values


@pytest.mark.parametrize("amount", [1, 2, 4, 8])
def test_an_object_moves_by_as_many_pixels_as_asked_for(simple, amount):
    assert scene_variant(0, SIZE, "object moved", amount).measured == pytest.approx(amount, abs=0.3)


def test_only_the_object_and_its_shadow_change():
    number = movable(stage_of(SEED), original(SEED, SIZE))
    image = scene_variant(SEED, SIZE, "object moved", 2).image
    same = (image == original(SEED, SIZE).image).all(axis=2)
    mask = mask_of(stage_of(SEED), number, original(SEED, SIZE))
    assert same.mean() > 0.8
    assert same[mask].mean() < 0.5


def test_displaced_edges_lie_no_further_off_than_said_and_far_from_edges_nothing_changes():
    from scipy import ndimage

    scene = original(SEED, 128)
    far = ndimage.distance_transform_edt(~scene.edges)
    found = []
    for amount in (1, 2, 4):
        variant = scene_variant(SEED, 128, "edge displaced", amount)
        assert 0 < variant.measured <= amount + 0.5  # a pixel is where its middle is
        found.append(variant.measured)
        outside = far > max(scene_variants.LEAST_BAND, scene_variants.BAND * amount)
        assert np.array_equal(variant.image[outside], scene.image[outside])
    assert found == sorted(found)


def test_light_leaves_every_edge_where_it_is():
    variant = scene_variant(SEED, SIZE, "light changed", 0.4)
    assert variant.measured == 0
    assert np.abs(variant.image.astype(int) - original(SEED, SIZE).image).mean() > 1


def test_the_first_seed_with_an_object_to_move_is_of_the_same_kind():
    found = first_movable(329, SIZE)
    assert found % 4 == 329 % 4
    assert movable(stage_of(found), original(found, SIZE)) is not None


def test_unknown_factors_and_scenes_without_an_object_are_refused(monkeypatch):
    with pytest.raises(UsageError, match="no factor 'weather' of a scene; there are: edge displaced, object moved"):
        scene_variant(SEED, SIZE, "weather", 0.1)
    monkeypatch.setattr(scene_variants, "movable", lambda stage, scene: None)
    with pytest.raises(UsageError, match="scene 300 has no object that is seen whole"):
        scene_variant(SEED, SIZE, "object moved", 1)
