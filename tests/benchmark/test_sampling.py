"""The sample of pairs is spread, the same each time, and grows without forgetting."""

from pathlib import Path

import pytest

from stylegauge.benchmark.sampling import balanced
from stylegauge.datasets.splits import Item, Split, load_split


def split_of(contents, styles):
    """(id, group) of each; all pairs."""
    made = [
        tuple(Item(name, role, group, "", "0" * 64, data=Path()) for name, group in items)
        for role, items in (("content", contents), ("style", styles))
    ]
    return Split("drawn", 16, *made, (), tuple((c, s) for c, _ in contents for s, _ in styles))


@pytest.fixture
def split():
    return split_of([(f"c{i}", f"g{i // 2}") for i in range(6)], [(f"s{i}", f"d{i // 3}") for i in range(6)])


def test_every_group_is_met_before_any_is_met_again(split):
    pairs = balanced(split, 6, seed=0)
    assert sorted(content for content, _ in pairs) == [f"c{i}" for i in range(6)]
    assert sorted(style for _, style in pairs) == [f"s{i}" for i in range(6)]
    three = balanced(split, 3, seed=0)
    assert {split.content(content).group for content, _ in three} == {"g0", "g1", "g2"}


@pytest.mark.parametrize("seed", range(3))
def test_a_smaller_sample_is_a_part_of_a_larger_one(split, seed):
    assert set(balanced(split, 4, seed)) < set(balanced(split, 9, seed))


def test_it_is_the_same_each_time_in_the_splits_order_and_follows_the_seed(split):
    assert balanced(split, 5, 1) == balanced(split, 5, 1)
    assert [pair for pair in split.pairs if pair in balanced(split, 5, 1)] == list(balanced(split, 5, 1))
    assert len({balanced(split, 5, seed) for seed in range(5)}) > 1


def test_a_split_with_fewer_pairs_gives_all_of_them(split):
    assert balanced(split, 1000, 0) == split.pairs


def test_twelve_pairs_of_quick_show_every_content_and_style_once():
    pairs = balanced(load_split("quick"), 12, 0)
    assert len({content for content, _ in pairs}) == len({style for _, style in pairs}) == 12
