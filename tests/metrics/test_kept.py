import os

import pytest
import torch

from stylegauge.datasets import cache
from stylegauge.metrics.features import Extractor, Part
from stylegauge.metrics.kept import KIND, FeatureStore
from stylegauge.metrics.known import KnownPictures

PARTS = frozenset({Part("vgg", "unit", "relu2_1"), Part("vgg", "unit", "relu3_1"), Part("vgg", "gram", "relu1_1")})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    return tmp_path / KIND


def parts_of(image, network, environment="here", parts=PARTS):
    """The parts of one picture as a new run finds them."""
    return KnownPictures(Extractor({"vgg": network}), FeatureStore(environment)).of("content", "a", image, parts)


def test_a_second_run_reads_what_the_first_computed(make_backbone, images):
    first, second = make_backbone("vgg"), make_backbone("vgg")
    made, read = parts_of(images(1)[0], first), parts_of(images(1)[0], second)
    assert (first.images_seen, second.images_seen) == (1, 0)
    assert made.keys() == read.keys() == PARTS
    for part in PARTS:
        assert torch.equal(made[part], read[part])


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"image_seed": 7},
        lambda: {"weights_seed": 1},
        lambda: {"environment": "elsewhere"},
        lambda: {"numerics": "fast"},
        lambda: {"preprocessing": "tiny-2"},
    ],
    ids=["pixels", "weights", "environment", "numerics", "preprocessing"],
)
def test_other_pixels_weights_numerics_or_machines_are_other_entries(make_backbone, images, change):
    parts_of(images(1)[0], make_backbone("vgg"))
    other = {"image_seed": 0, "weights_seed": 0, "environment": "here", "numerics": "exact", "preprocessing": "tiny"}
    other |= change()
    network = make_backbone("vgg", seed=other["weights_seed"])
    network.numerics, network.preprocessing = other["numerics"], other["preprocessing"]
    network.walk = _in_float32(network)
    parts_of(images(1, seed=other["image_seed"])[0], network, other["environment"])
    assert network.images_seen == 1


def _in_float32(network):
    walk = network.walk
    return lambda prepared, taps: walk(prepared.float(), taps)


def test_the_same_picture_under_another_name_is_the_same_entry(make_backbone, images):
    parts_of(images(1)[0], make_backbone("vgg"))
    network = make_backbone("vgg")
    KnownPictures(Extractor({"vgg": network}), FeatureStore("here")).of("style", "b", images(1)[0], PARTS)
    assert network.images_seen == 0


@pytest.mark.parametrize("damage", [lambda data: data[:100], lambda data: data[:-1] + b"x", lambda data: b""])
def test_a_damaged_entry_is_computed_again_and_mended(make_backbone, images, folder, damage):
    made = parts_of(images(1)[0], make_backbone("vgg"))
    for entry in folder.iterdir():
        entry.write_bytes(damage(entry.read_bytes()))
    network = make_backbone("vgg")
    again = parts_of(images(1)[0], network)
    assert network.images_seen == 1
    assert all(torch.equal(made[part], again[part]) for part in PARTS)
    healed = make_backbone("vgg")
    parts_of(images(1)[0], healed)
    assert healed.images_seen == 0


def test_only_what_is_missing_is_computed(make_backbone, images):
    parts_of(images(1)[0], make_backbone("vgg"))
    network = make_backbone("vgg")
    more = Part("vgg", "moments", "relu4_1")
    assert parts_of(images(1)[0], network, parts=PARTS | {more}).keys() == PARTS | {more}
    assert network.taps_asked == [("relu4_1",)]


def test_what_is_faster_computed_than_read_is_not_kept(make_backbone, images, folder):
    network = make_backbone("vgg")
    network.costly = False
    parts_of(images(1)[0], network)
    assert not folder.exists()


def test_the_entries_longest_not_read_leave_when_the_disk_is_full(folder):
    for age, name in ((30, "old"), (20, "older-but-read"), (10, "new")):
        cache.write(KIND, name, bytes(100))
        os.utime(folder / name, (1e9 - age, 1e9 - age))
    cache.read(KIND, "older-but-read")
    cache.trim(KIND, 2 * (100 + 64))
    assert {path.name for path in folder.iterdir()} == {"older-but-read", "new"}
