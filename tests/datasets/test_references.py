import dataclasses

import numpy as np
import pytest

from stylegauge.datasets import cache, painterly, references
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import pixels_sha256
from stylegauge.datasets.splits import load_split


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def split():
    return load_split("quick")


def few(split):
    """One reference a domain, all of photographs: those render fastest."""
    crops = [item for item in split.references if item.source.startswith("photograph")]
    return [next(item for item in crops if item.domain == domain) for domain in painterly.DOMAINS]


def test_references_of_every_domain_render_to_the_hash_they_are_listed_with(split):
    for item in few(split):
        assert pixels_sha256(references.rendering(item.source, item.recipe, 256)) == item.pixels_sha256, item.id


def test_a_reference_of_a_scene_renders_to_its_hash(split):
    item = next(item for item in split.references if item.source.startswith("scene"))
    assert pixels_sha256(references.rendering(item.source, item.recipe, 256)) == item.pixels_sha256


def test_references_are_rendered_when_first_needed_and_then_kept(split, monkeypatch):
    items = few(split)[:3]
    small = dataclasses.replace(split, references=tuple(items))
    first = small.image(items[0])
    assert first.shape == (256, 256, 3)
    monkeypatch.setattr(references, "_start", lambda: pytest.fail("rendered again"))
    assert np.array_equal(small.image(items[0]), first)
    assert pixels_sha256(small.image(items[2])) == items[2].pixels_sha256


def test_a_damaged_entry_is_rendered_again(split):
    (item,) = few(split)[:1]
    references.prepare([item], 256)
    path = cache.cache_folder() / references.KIND / item.pixels_sha256
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    assert pixels_sha256(references.load(item, [item], 256)) == item.pixels_sha256


def test_another_rendering_than_the_listed_one_names_the_reference(split):
    item = dataclasses.replace(few(split)[0], pixels_sha256="0" * 64)
    with pytest.raises(UsageError, match=rf"reference '{item.id}' .* came out as [0-9a-f]+, expected 000000"):
        references.prepare([item], 256)


def test_an_entry_is_computed_once():
    calls = []
    for _ in range(2):
        assert cache.cached("kind", "key", lambda: calls.append(1) or b"data") == b"data"
    assert calls == [1]


def test_a_truncated_entry_is_computed_again():
    cache.write("kind", "key", b"data")
    path = cache.cache_folder() / "kind" / "key"
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.read("kind", "key") is None
    assert cache.cached("kind", "key", lambda: b"new") == b"new"
    assert cache.read("kind", "key") == b"new"


def test_nothing_half_written_is_left(tmp_path):
    cache.write("kind", "key", b"data")
    assert [path.name for path in (cache.cache_folder() / "kind").iterdir()] == ["key"]


@pytest.mark.parametrize("key", ["../up", "", ".hidden", "a/b"])
def test_a_key_cannot_leave_its_folder(key):
    with pytest.raises(ValueError, match="cannot name a cache entry"):
        cache.read("kind", key)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "file"))
    with pytest.raises(UsageError, match=r"cannot write to the cache folder .*; STYLEGAUGE_CACHE can name another"):
        cache.write("kind", "key", b"data")
