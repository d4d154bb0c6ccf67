"""What the controls are shown of a split, and how its pairs are cut."""

import numpy as np
import pytest
import torch

from stylegauge.benchmark.adapters.protocol import NotApplicableError
from stylegauge.benchmark.batches import SHARD, Batch, Pair, Pictures, shards
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import pixels_sha256, write_png
from stylegauge.datasets.splits import Item, Split

RECIPE = {"domain": "mosaic"}


@pytest.fixture
def pictures(tmp_path):
    """Make the pictures of a split: (id, group) of each content, (id, domain) of each style, all pairs."""

    def item(role, name, place):
        path = tmp_path / f"{role}-{name}.png"
        pixels = np.full((16, 16, 3), sum(map(ord, role + name)) % 256, np.uint8)
        write_png(path, pixels)
        recipe = RECIPE if role == "style" else None
        return Item(name, role, place, place, pixels_sha256(pixels), recipe, "drawn", path.name, data=tmp_path)

    def make(contents, styles):
        ours = [tuple(item(role, *one) for one in items) for role, items in (("content", contents), ("style", styles))]
        pairs = tuple((c, s) for c, _ in contents for s, _ in styles)
        return Pictures(Split("drawn", 16, *ours, (), pairs), "cpu", seed=0)

    return make


def test_the_other_content_and_style_are_of_another_group(pictures):
    some = pictures([("a", "g"), ("b", "g"), ("c", "h")], [("x", "d"), ("y", "d"), ("z", "e")])
    assert [some.other_content(c) for c in "abc"] == ["c", "c", "a"]
    assert [some.other_style(s) for s in "xyz"] == ["z", "z", "x"]


def test_within_one_group_another_item_will_do(pictures):
    some = pictures([("a", "g"), ("b", "g")], [("x", "d"), ("y", "d")])
    assert [some.other_content(c) for c in "ab"] == ["b", "a"]
    assert [some.other_style(s) for s in "xy"] == ["y", "x"]


def test_where_there_is_no_other_item_nothing_stands_in_for_it(pictures):
    alone = pictures([("a", "g")], [("x", "d")])
    with pytest.raises(NotApplicableError, match=r"^the split has no other content$"):
        alone.other_content("a")
    with pytest.raises(NotApplicableError, match=r"^the split has no other style$"):
        alone.other_style("x")


def test_a_split_of_one_content_keeps_what_needs_no_other(pictures):
    some = pictures([("a", "g")], [("x", "d"), ("y", "e")])
    shown = Batch(some, (Pair("a", "x", 0),)).request(privileged=True).privilege
    assert shown.recipes == shown.other_recipes == (RECIPE,)
    assert torch.equal(shown.other_style, some.styles(["y"]))
    with pytest.raises(NotApplicableError, match="no other content"):
        _ = shown.other_content


def test_a_model_that_is_not_privileged_is_shown_nothing(pictures):
    some = pictures([("a", "g")], [("x", "d")])
    assert Batch(some, (Pair("a", "x", 0),)).request(privileged=False).privilege is None


def test_every_pair_of_every_repeat_is_in_one_shard(pictures):
    some = pictures([(f"c{i}", "g") for i in range(3)], [(f"s{i}", "d") for i in range(5)])
    cut = shards(some.split, repeats=2)
    assert {len(shard) for shard in cut[:-1]} == {SHARD}
    assert [pair for shard in cut for pair in shard] == [Pair(*p, r) for r in range(2) for p in some.split.pairs]


def test_pictures_read_ahead_are_there_before_the_code_beside_has_ended(pictures, monkeypatch):
    some = pictures([("a", "g"), ("b", "g")], [("x", "d"), ("y", "d")])
    asked = []
    image = some.split.image
    monkeypatch.setattr(Split, "image", lambda split, item: asked.append(item.id) or image(item))
    with some.reading_ahead([Pair("a", "x", 0), Pair("a", "y", 0)]):
        pass
    assert sorted(asked) == ["a", "x", "y"]
    some.contents(["a"])
    some.styles(["x", "y"])
    assert len(asked) == 3
    assert torch.equal(some.contents(["b"]), pictures([("b", "g")], [("x", "d")]).contents(["b"]))


def test_a_picture_that_cannot_be_read_ahead_is_raised_where_it_is_used(pictures):
    some = pictures([("a", "g")], [("x", "d")])
    some.split.content("a").path.write_bytes(b"not an image")
    with some.reading_ahead([Pair("a", "x", 0)]):
        pass
    with pytest.raises(UsageError, match=r"cannot read image .*content-a\.png"):
        some.contents(["a"])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_pictures_on_a_gpu_have_the_same_bits(pictures):
    some = pictures([("a", "g"), ("b", "g")], [("x", "d"), ("y", "d")])
    there = Pictures(some.split, "cuda", seed=0)
    with there.reading_ahead([Pair("b", "y", 0)]):
        found = there.contents(["a", "b"])
    assert found.is_cuda
    assert torch.equal(found.cpu(), some.contents(["a", "b"]))
    assert torch.equal(there.styles(["y"]).cpu(), some.styles(["y"]))
