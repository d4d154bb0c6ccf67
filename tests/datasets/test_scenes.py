import hashlib
import os
import random
import subprocess
import sys

import numpy as np
import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__

from stylegauge.datasets.scene_blocks import box, roof
from stylegauge.datasets.scene_kinds import KINDS
from stylegauge.datasets.scene_light import Material, Thing, trace
from stylegauge.datasets.scene_shapes import Ball, Frustum, Rays, Wall
from stylegauge.datasets.scenes import FIRST_TRAIN_SEED, kind_of, render_scene, train_seed

SIZE = 48
HASHES = """
import hashlib
from stylegauge.datasets.scenes import render_scene
for seed in range(4):
    scene = render_scene(seed, 48)
    print(hashlib.sha256(scene.image.tobytes() + scene.depth.tobytes() + scene.edges.tobytes()).hexdigest())
"""


def ray(direction, origin=(0.0, 0.0, 0.0)):
    x, y, z = (np.array([float(v)]) for v in direction)
    return Rays(origin, (x, y, z))


def test_a_scene_has_an_image_its_depth_and_its_edges():
    scene = render_scene(4, SIZE)
    assert scene.image.shape == (SIZE, SIZE, 3)
    assert scene.image.dtype == np.uint8
    assert scene.depth.shape == scene.edges.shape == (SIZE, SIZE)
    assert scene.depth.dtype == np.float32
    assert scene.edges.dtype == np.bool_
    assert scene.depth.min() > 0
    assert 0.01 < scene.edges.mean() < 0.6


def test_four_seeds_in_a_row_show_four_kinds():
    assert {kind_of(seed) for seed in range(8, 12)} == set(KINDS)
    assert render_scene(9, SIZE).kind == "village"


def test_only_open_air_has_sky_behind_it():
    depth = {kind_of(seed): render_scene(seed, SIZE).depth for seed in range(4)}
    assert np.isfinite(depth["still-life"]).all()
    assert all(np.isinf(depth[kind]).mean() > 0.05 for kind in ("village", "mountains", "hall"))


def test_sky_begins_at_an_edge():
    scene = render_scene(1, SIZE)
    sky = np.isinf(scene.depth)
    assert scene.edges[:, :-1][sky[:, :-1] != sky[:, 1:]].all()


def test_scenes_of_different_seeds_differ_and_of_one_seed_do_not():
    first, again, other = render_scene(3, SIZE), render_scene(3, SIZE), render_scene(7, SIZE)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.depth, again.depth)
    assert not np.array_equal(first.image, other.image)


def test_scenes_fill_the_range_of_tones():
    for seed in range(4):
        image = render_scene(seed, SIZE).image
        assert image.max() > 180
        assert image.min() < 70
        assert image.std() > 20


def test_scenes_are_the_same_without_vector_instructions():
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(__cpu_dispatch__)}
    command = [sys.executable, "-P", "-c", HASHES]
    plain = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    here = []
    for seed in range(4):
        scene = render_scene(seed, SIZE)
        here.append(hashlib.sha256(scene.image.tobytes() + scene.depth.tobytes() + scene.edges.tobytes()).hexdigest())
    assert plain == here


def test_train_scenes_are_no_test_scenes():
    rng = random.Random(0)
    assert min(train_seed(rng) for _ in range(1000)) >= FIRST_TRAIN_SEED


@pytest.mark.parametrize(("seed", "size", "needed"), [(-1, 64, "seed >= 0"), (0, 8, "size >= 16")])
def test_a_scene_that_cannot_be_is_refused(seed, size, needed):
    with pytest.raises(ValueError, match=needed):
        render_scene(seed, size)


@pytest.mark.parametrize(
    ("shape", "t", "normal"),
    [
        (Ball((0.0, 0.0, 5.0), 1.0), 4.0, (0, 0, -1)),
        (Frustum((0.0, -1.0, 5.0), 1.0, 1.0, 2.0), 4.0, (0, 0, -1)),
        (Frustum((0.0, -1.0, 5.0), 2.0, 0.0, 2.0), 4.0, (0, 0.5**0.5, -(0.5**0.5))),
        (box((0.0, 0.0, 5.0), (1.0, 1.0, 2.0)), 3.0, (0, 0, -1)),
        (roof((0.0, -0.5, 5.0), (1.0, 1.0, 1.0)), 4.5, (0, 0.5**0.5, -(0.5**0.5))),
        (Wall(2, -1.0, 7.0), 7.0, (0, 0, -1)),
    ],
)
def test_a_ray_meets_each_solid_where_geometry_says(shape, t, normal):
    rays = ray((0, 0, 1))
    hit = shape.hit(rays)
    assert hit[0] == pytest.approx(t)
    assert [float(v[0]) for v in shape.normal(rays.at(hit))] == pytest.approx(normal)
    assert shape.hit(ray((0, 0, -1)))[0] == np.inf


def test_the_nearest_thing_is_seen():
    things = tuple(Thing(Ball((0.0, 0.0, z), 1.0), Material((1.0, 1.0, 1.0))) for z in (9.0, 5.0, 20.0))
    t, index = trace(things, ray((0, 0, 1)))
    assert (t[0], index[0]) == (4.0, 1)
    assert trace(things, ray((0, 1, 0)))[1][0] == -1
