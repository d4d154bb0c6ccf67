"""Locking folders: which picture gets which role, name, group and partner."""

import shutil
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits import lock_split, read_split, write_split
from stylegauge.datasets.splits.files import document
from stylegauge.datasets.splits.layouts import SUITE
from stylegauge.datasets.splits.pairing import follow_from_the_rule
from stylegauge.datasets.splits.verify import faults


def pictures(folder, names, seed=0):
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        path = folder / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        shade = np.random.default_rng([seed, number]).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(shade).save(path)


@pytest.fixture
def cyclegan(tmp_path):
    for number, (name, count) in enumerate((("trainA", 3), ("trainB", 2), ("testA", 5), ("testB", 3))):
        pictures(tmp_path / "h2z" / name, [f"{i:03}" for i in range(count)], number)
    return tmp_path / "h2z"


@pytest.fixture
def two(tmp_path):
    pictures(tmp_path / "photos", ["sea/a", "sea/b", "sea/c", "wood/d", "e", "f"])
    pictures(
        tmp_path / "paintings", [f"{artist}/{artist}{i}" for artist in ("monet", "munch", "marc") for i in range(4)]
    )
    return tmp_path / "photos", tmp_path / "paintings"


def test_two_folders_locked_or_given_are_the_same_split(two, tmp_path):
    locked = lock_split(two, "any", size=16, pairs_rule="k=2", seed=5)
    assert locked.sha256 == lock_split(two, "folders", size=16, pairs_rule="k=2", seed=5).sha256
    assert [(item.group, item.domain) for item in locked.contents[:1] + locked.styles[:1]] == [
        ("sea", ""),
        ("marc", "marc"),
    ]
    assert locked.data == tmp_path
    assert (locked.contents[0].file, locked.contents[0].source) == ("photos/sea/a.png", "sea/a.png")
    assert locked.complete == ("photos", "paintings")


@pytest.fixture
def apart(two, tmp_path):
    """Contents, styles and references of which no two lie in one folder."""
    places = [tmp_path / "disk" / "photos", tmp_path / "home" / "art" / "paintings", tmp_path / "museum"]
    for old, new in zip((*two, two[1]), places):
        shutil.copytree(old, new)
    return places


def locked(folders, **options):
    return lock_split(folders[:2], "apart", size=16, pairs_rule="k=2", references=folders[2], **options)


def test_folders_that_lie_apart_are_called_by_their_roles_wherever_they_lie(apart, tmp_path):
    split = locked(apart)
    assert split.complete == ("content", "style", "reference")
    assert (split.contents[0].file, split.references[0].file) == ("content/sea/a.png", "reference/marc/marc0.png")
    moved = [tmp_path / name for name in ("x/y/z/photos", "one", "elsewhere/two")]
    for old, new in zip(apart, moved):
        new.parent.mkdir(parents=True, exist_ok=True)
        old.rename(new)
    assert document(locked(moved)) == document(split)
    together = [shutil.copytree(old, tmp_path / "suite" / role) for old, role in zip(moved, SUITE)]
    assert document(locked(together)) == document(split)
    assert document(lock_split([tmp_path / "suite"], "apart", size=16, pairs_rule="k=2")) == document(split)


def test_a_split_of_folders_apart_is_read_from_where_they_lie_and_from_links_to_them(apart, tmp_path):
    split = locked(apart)
    assert split.style("marc1").path == apart[1] / "marc" / "marc1.png"
    assert split.image(split.content("a")).shape == (16, 16, 3)
    write_split(split, tmp_path / "x.json")
    (tmp_path / "data").mkdir()
    for role, folder in zip(SUITE, apart):
        (tmp_path / "data" / role).symlink_to(folder)
    assert read_split(tmp_path / "x.json", tmp_path / "data", verify=True) == split
    pictures(apart[1], ["late"])
    with pytest.raises(UsageError, match=r"data/style/late\.png is no part of the split"):
        read_split(tmp_path / "x.json", tmp_path / "data", verify=True)
    assert [fault.path for fault in faults(split)] == [apart[1] / "late.png"]


def test_a_suite_s_folder_names_the_roles(tmp_path):
    for role in ("content", "style", "reference", "train"):
        pictures(tmp_path / role, [f"{role}-{i}" for i in range(2)], len(role))
    split = lock_split([tmp_path], "suite", size=16, licences={"style": "CC0"}, sources={"content": "COCO"})
    assert [len(items) for items in (split.contents, split.styles, split.references, split.train)] == [2, 2, 2, 2]
    assert (split.style("style-0").licence, split.content("content-1").licence) == ("CC0", "")
    assert (split.content("content-1").source, split.style("style-0").source) == ("COCO", "style-0.png")
    assert len(split.pairs) == 4


def test_cyclegan_s_folders_are_a_to_b_with_the_target_s_test_set_as_references(cyclegan):
    split = lock_split([cyclegan], "h2z", size=16)
    assert (split.rule, len(split.pairs), len(split.contents)) == ("k=1", 5, 5)
    assert {item.domain for item in split.contents} == {"A"}
    assert {item.domain for item in split.styles + split.references} == {"B"}
    assert [item.file for item in split.references] == ["testB/000.png", "testB/001.png", "testB/002.png"]
    assert Counter(item.domain for item in split.train) == {"A": 3, "B": 2}
    uses = Counter(style for _, style in split.pairs).values()
    assert max(uses) - min(uses) <= 1
    assert all(item.group == item.id for item in split.styles)


def test_one_direction_back_swaps_the_roles(cyclegan):
    split = lock_split([cyclegan], "z2h", size=16, directions=("BtoA",), pairs_rule="k=2")
    assert [item.file for item in split.contents] == ["testB/000.png", "testB/001.png", "testB/002.png"]
    assert {item.domain for item in split.references} == {"A"}
    assert len(split.pairs) == 6


@pytest.mark.parametrize("rule", [None, "full"])
def test_both_directions_in_one_split_never_pair_a_domain_with_itself(cyclegan, tmp_path, rule):
    split = lock_split(
        [cyclegan], "both", size=16, directions=("AtoB", "BtoA"), domains=("horse", "zebra"), pairs_rule=rule
    )
    assert len(split.contents) == len(split.references) == 8
    assert len(split.pairs) == (30 if rule else 8)
    for content, style in split.pairs:
        assert {split.content(content).domain, split.style(style).domain} == {"horse", "zebra"}
    assert split.content("horse-001").file == "testA/001.png"
    assert split.content("zebra-001").file == "testB/001.png"
    assert split.references[0].domain == "zebra"
    write_split(split, tmp_path / "both.json")
    assert read_split(tmp_path / "both.json") == split


def test_a_draw_depends_on_the_seed_and_spreads_over_groups(two):
    drawn = {
        seed: lock_split(two, "few", size=16, seed=seed, counts={"content": 4, "style": 6}) for seed in (0, 0, 1, 2)
    }
    for split in drawn.values():
        assert len(split.contents) == 4
        assert Counter(item.domain for item in split.styles) == {"monet": 2, "munch": 2, "marc": 2}
        assert {item.group for item in split.contents} == {"sea", "wood", "e", "f"}
        assert split.complete == ()
    again = lock_split(two, "few", size=16, seed=1, counts={"content": 4, "style": 6})
    assert again.sha256 == drawn[1].sha256
    assert len({split.sha256 for split in drawn.values()}) == 3


def test_pairs_follow_from_the_pictures_that_are_listed_where_few_contents_need_few_styles(two, tmp_path):
    """A reader has no others to work them out from."""
    for seed in range(5):
        split = lock_split(two, "few", size=16, pairs_rule="k=2", seed=seed, counts={"content": 3})
        assert len(split.styles) == 6
        assert follow_from_the_rule(split)
        write_split(split, tmp_path / "few.json")
        assert read_split(tmp_path / "few.json") == split


def test_listed_pairs_are_kept_and_pictures_without_a_pair_are_not(two, tmp_path):
    (tmp_path / "pairs.csv").write_text("content,style\nd,monet1\na,monet1\n")
    split = lock_split(two, "listed", size=16, pairs_rule=str(tmp_path / "pairs.csv"))
    assert split.pairs == (("d", "monet1"), ("a", "monet1"))
    assert [item.id for item in split.contents + split.styles] == ["a", "d", "monet1"]
    assert (split.rule, split.complete) == ("listed", ())


def test_what_cannot_be_locked_names_what_can(cyclegan, two, tmp_path):
    for folders, options, says in (
        ([tmp_path], {}, r"is no suite: its folders are: h2z, paintings, photos; expected content and style, or testA"),
        ([tmp_path / "none"], {}, "no suite: there is no such folder"),
        ([*two, two[0]], {}, "found 3 folders"),
        (two, {"counts": {"content": 7}}, r"cannot draw 7 contents from '.*photos'; possible are 1 to 6"),
        (two, {"directions": ("BtoA",)}, "go with the folders trainA, trainB, testA and testB alone"),
        (two, {"size": 8}, "size 8 is too small"),
        (two, {"size": 4097}, "size 4097 is too large; possible are 16 to 4096"),
        (two, {"seed": -1}, "seed -1, possible are 0 and more"),
        ([cyclegan], {"references": two[1]}, "brings its references"),
        ([cyclegan], {"domains": ("horse", "horse")}, "two different names"),
    ):
        with pytest.raises(UsageError, match=says):
            lock_split(folders, "x", **options)


def test_a_picture_that_cannot_be_read_stops_the_lock_and_is_named(two):
    (two[0] / "sea" / "a.png").write_bytes(b"no picture")
    with pytest.raises(UsageError, match=r"sea/a\.png"):
        lock_split(two, "x", size=16)


def test_too_few_that_can_be_read_for_a_draw_says_how_many_cannot_and_why(two):
    for name in ("a", "c"):
        (two[0] / "sea" / f"{name}.png").write_bytes(b"no picture")
    options = {"size": 16, "on_error": "skip"}
    with pytest.raises(
        UsageError, match=r"cannot draw 6 contents from '.*photos': 2 of its 6 cannot be read, which"
    ) as e:
        lock_split(two, "x", counts={"content": 6}, **options)
    assert str(e.value).count("sea/a.png") == 1
    assert "leaves 4; the first that cannot: " in str(e.value)
    split = lock_split(two, "x", counts={"content": 4}, **options)
    assert [item.id for item in split.contents] == ["b", "d", "e", "f"]
    assert len(split.skipped) <= 2
    with pytest.raises(UsageError, match=r"cannot draw 9 contents .* possible are 1 to 6"):
        lock_split(two, "x", counts={"content": 9}, **options)
