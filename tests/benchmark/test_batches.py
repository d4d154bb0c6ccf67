"""What the controls are shown of a split, and how its pairs are cut."""

import numpy as np
import pytest
import torch

from stylegauge.benchmark.adapters.protocol import NotApplicableError
from stylegauge.benchmark.batches import SHARD, Batch, Pair, Pictures, shards
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
        return Item(name, role, place, place, path, pixels_sha256(pixels), recipe, "drawn")

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
