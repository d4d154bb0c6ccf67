import pytest
import torch

from stylegauge.metrics.features import FeatureCache, Features


def test_images_pass_the_backbone_once_whatever_is_asked(tiny_backbone, images):
    features = Features(tiny_backbone, images(2))
    assert tiny_backbone.images_seen == 0
    assert set(features.grams) == set(features.moments) == set(features.maps) == set(tiny_backbone.channels)
    assert features.embedding.shape == (2, 18)
    assert tiny_backbone.images_seen == 2


def test_a_content_seen_again_is_not_computed_again(tiny_backbone, images):
    cache = FeatureCache(tiny_backbone)
    first = cache.content("a", images(1))
    assert cache.content("a", images(1).clone()) is first
    assert tiny_backbone.images_seen == 1


def test_a_style_keeps_its_statistics_and_lets_its_maps_go(tiny_backbone, images):
    cache = FeatureCache(tiny_backbone)
    style = cache.style("s", images(1))
    assert "maps" not in vars(style)
    assert set(style.grams) == set(tiny_backbone.channels)
    assert cache.style("s", images(1)) is style
    assert tiny_backbone.images_seen == 1


def test_an_id_that_comes_back_with_other_pixels_is_an_error(tiny_backbone, images):
    cache = FeatureCache(tiny_backbone)
    cache.content("a", images(1, seed=1))
    cache.style("a", images(1, seed=1))
    with pytest.raises(ValueError, match="content 'a' came back with other pixels"):
        cache.content("a", images(1, seed=2))
    with pytest.raises(ValueError, match="style 'a' came back with other pixels"):
        cache.style("a", images(1, seed=2))


def test_a_buffer_used_again_does_not_change_what_is_kept(tiny_backbone, images):
    cache = FeatureCache(tiny_backbone)
    buffer = images(1, seed=1)
    kept = cache.content("a", buffer)
    buffer.zero_()
    assert torch.equal(kept.images, images(1, seed=1))
    with pytest.raises(ValueError, match="other pixels"):
        cache.content("a", buffer)


def test_the_least_recently_used_content_leaves_when_memory_is_full(tiny_backbone, images):
    one = FeatureCache(tiny_backbone).content("a", images(1)).nbytes()
    cache = FeatureCache(tiny_backbone, limit_bytes=2 * one)
    for content_id, seed in (("a", 1), ("b", 2), ("a", 1), ("c", 3)):
        cache.content(content_id, images(1, seed=seed))
    seen = tiny_backbone.images_seen
    cache.content("a", images(1, seed=1))
    cache.content("c", images(1, seed=3))
    assert tiny_backbone.images_seen == seen
    cache.content("b", images(1, seed=2))
    assert tiny_backbone.images_seen == seen + 1


def test_without_a_backbone_colours_are_known_and_features_are_an_error(images):
    features = FeatureCache(None).style("s", images(1))
    assert features.colours.shape == (1, 16, 40 * 48)
    assert features.embedding.shape == (1, 0)
    with pytest.raises(ValueError, match="no backbone was given"):
        _ = features.maps
