import pytest
import torch

from stylegauge.metrics.features import EMBEDDING, Extractor, Part
from stylegauge.metrics.known import KnownPictures
from stylegauge.metrics.lpips import lpips

UNIT, GRAM = Part("vgg", "unit", "relu2_1"), Part("vgg", "gram", "relu1_1")
EMBEDDED = Part("vgg", EMBEDDING)


@pytest.fixture
def network(make_backbone):
    return make_backbone("vgg")


@pytest.fixture
def extractor(network):
    return Extractor({"vgg": network})


def test_one_pass_serves_every_part_of_a_network(extractor, network, images):
    found = extractor.extract(images(2), {UNIT, GRAM, EMBEDDED, Part("", "pixels")})
    assert network.images_seen == 2
    assert found[GRAM].shape == (2, 4, 4)
    assert found[EMBEDDED].shape == (2, 18)
    assert torch.equal(found[Part("", "pixels")], images(2))


def test_a_network_is_asked_for_no_tap_that_nobody_needs(extractor, network, images):
    extractor.extract(images(1), {UNIT, GRAM})
    assert network.taps_asked == [("relu1_1", "relu2_1")]


def test_pixels_alone_need_no_network(images):
    found = Extractor({}).extract(images(1), {Part("", "colours")})
    assert found[Part("", "colours")].shape == (1, 16, 40 * 48)


def test_another_view_is_another_pass_on_other_pixels(extractor, network, images):
    gray = Part("vgg/gray", "unit", "relu2_1")
    found = extractor.extract(images(1), {UNIT, gray})
    assert network.images_seen == 2
    assert not torch.equal(found[UNIT], found[gray])


def test_a_network_that_is_not_there_is_named(extractor, images):
    with pytest.raises(ValueError, match="features of 'vgg19' are needed"):
        extractor.extract(images(1), {Part("vgg19", "map", "relu3_1")})


def test_a_picture_seen_again_is_not_computed_again(extractor, network, images):
    known = KnownPictures(extractor)
    first = known.of("content", "a", images(1)[0], {UNIT})
    assert known.of("content", "a", images(1)[0].clone(), {UNIT}) is first
    assert network.images_seen == 1


def test_an_id_that_comes_back_with_other_pixels_is_an_error(extractor, images):
    known = KnownPictures(extractor)
    known.of("content", "a", images(1, seed=1)[0], {UNIT})
    known.of("style", "a", images(1, seed=2)[0], {GRAM})
    for role in ("content", "style"):
        with pytest.raises(ValueError, match=f"{role} 'a' came back with other pixels"):
            known.of(role, "a", images(1, seed=3)[0], {UNIT})


def test_a_buffer_used_again_does_not_change_what_is_kept(extractor, images):
    known = KnownPictures(extractor)
    buffer = images(1, seed=1)[0]
    kept = known.of("content", "a", buffer, {Part("", "pixels")})
    buffer.zero_()
    with pytest.raises(ValueError, match="other pixels"):
        known.of("content", "a", buffer, {Part("", "pixels")})
    assert torch.equal(kept[Part("", "pixels")], images(1, seed=1))


def test_the_least_recently_used_picture_leaves_when_memory_is_full(extractor, network, images):
    picture = images(1)[0]
    part = extractor.extract(images(1), {UNIT})[UNIT]
    known = KnownPictures(extractor, memory_bytes=2 * (picture.nbytes + part.nbytes))
    for name, seed in (("a", 1), ("b", 2), ("a", 1), ("c", 3)):
        known.of("content", name, images(1, seed=seed)[0], {UNIT})
    seen = network.images_seen
    known.of("content", "a", images(1, seed=1)[0], {UNIT})
    known.of("content", "c", images(1, seed=3)[0], {UNIT})
    assert network.images_seen == seen
    known.of("content", "b", images(1, seed=2)[0], {UNIT})
    assert network.images_seen == seen + 1


def test_lpips_inside_the_pass_is_lpips_of_the_maps(extractor, network, images):
    output, content = images(1, seed=1), images(1, seed=2)
    units = extractor.extract(content, {Part("vgg", "unit", tap) for tap in network.lpips_heads})
    inside = extractor.extract(output, {Part("vgg", "lpips", tap) for tap in network.lpips_heads}, units)
    value = lpips(network(output), network(content), network.lpips_heads)
    assert torch.equal(torch.stack(list(inside.values())).sum(dim=0), value)
    assert value > 0
