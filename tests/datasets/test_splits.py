import json
import shutil

import numpy as np
import pytest

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import load_image, pixels_sha256, write_png
from stylegauge.datasets.splits import load_split, lock_split
from stylegauge.datasets.splits.named import FOLDER


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def copy(tmp_path):
    """A copy of the quick split that a test may damage."""
    shutil.copy(FOLDER / "quick.json", tmp_path)
    shutil.copytree(FOLDER / "quick", tmp_path / "quick")
    return tmp_path


def picture(path, level, height=40, width=60):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.arange(height)[:, None, None] + np.arange(width)[None, :, None] * 2 + np.arange(3)
    write_png(path, ((rows + level) % 256).astype(np.uint8))


@pytest.fixture
def folders(tmp_path):
    for i in range(3):
        picture(tmp_path / "contents" / f"c{i}.png", 10 * i)
        picture(tmp_path / "styles" / ("ink" if i else "oil") / f"s{i}.png", 99 * i)
    return tmp_path / "contents", tmp_path / "styles"


def test_a_copy_of_the_split_verifies(copy):
    assert load_split("quick", copy).sha256 == load_split("quick").sha256


@pytest.mark.parametrize("name", ["content-hall.png", "style-oil-2.png"])
def test_one_changed_pixel_names_the_file(copy, name):
    image = load_image(copy / "quick" / name)
    image[100, 200, 1] ^= 1
    write_png(copy / "quick" / name, image)
    with pytest.raises(UsageError, match=rf"{name} has changed"):
        load_split("quick", copy)


def test_a_missing_file_is_named(copy):
    (copy / "quick" / "content-village.png").unlink()
    with pytest.raises(UsageError, match=r"content-village\.png is missing"):
        load_split("quick", copy)


def test_an_extra_file_is_named(copy):
    (copy / "quick" / "holiday.png").write_bytes(b"x")
    with pytest.raises(UsageError, match=r"holiday\.png is no part of the split"):
        load_split("quick", copy)


def test_a_truncated_picture_is_named(copy):
    path = copy / "quick" / "content-hall.png"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UsageError, match=r"content-hall\.png"):
        load_split("quick", copy)


def test_an_edited_list_is_noticed(copy):
    document = json.loads((copy / "quick.json").read_text())
    document["pairs"][0][1], document["pairs"][1][1] = document["pairs"][1][1], document["pairs"][0][1]
    (copy / "quick.json").write_text(json.dumps(document))
    with pytest.raises(UsageError, match=r"quick\.json has changed"):
        load_split("quick", copy)


def test_a_list_that_is_no_list_is_one_line(copy):
    (copy / "quick.json").write_text('{"schema": 2}')
    with pytest.raises(UsageError, match=r"quick\.json cannot be read as a split: KeyError"):
        load_split("quick", copy)


def test_an_unknown_split_names_what_there_is():
    with pytest.raises(UsageError, match="no split 'quikc'; there are: quick"):
        load_split("quikc")


def test_two_folders_are_a_split(folders):
    split = lock_split(folders, "folders", size=32, pairs_rule="full")
    assert [item.id for item in split.contents] == ["c0", "c1", "c2"]
    assert len(split.pairs) == 9
    image = split.image(split.content("c1"))
    assert image.shape == (32, 32, 3)
    assert pixels_sha256(image) == split.content("c1").pixels_sha256
    assert split.style("s2").recipe is None
    assert split.references == ()


def test_subfolders_are_domains_and_groups(folders):
    split = lock_split(folders, "folders", size=32)
    assert [(s.domain, s.group) for s in split.styles] == [("oil", "oil"), ("ink", "ink"), ("ink", "ink")]
    assert [(c.domain, c.group) for c in split.contents] == [("", "c0"), ("", "c1"), ("", "c2")]


def test_pictures_that_no_pair_uses_take_no_part(folders, tmp_path):
    (tmp_path / "pairs.csv").write_text("content,style,method\nc2,s1,x\nc2,s1,y\nc0,s1,x\n")
    split = lock_split(folders, "folders", size=32, pairs_rule=str(tmp_path / "pairs.csv"))
    assert split.pairs == (("c2", "s1"), ("c0", "s1"))
    assert [item.id for item in split.contents + split.styles] == ["c0", "c2", "s1"]


def test_the_hash_depends_on_pictures_and_pairs_not_on_places(folders, tmp_path):
    first = lock_split(folders, "folders", size=32)
    shutil.copytree(tmp_path / "contents", tmp_path / "moved")
    assert lock_split([tmp_path / "moved", folders[1]], "folders", size=32).sha256 == first.sha256
    assert lock_split(folders, "folders", size=32, pairs_rule="zip").sha256 != first.sha256
    assert lock_split(folders, "folders", size=24).sha256 != first.sha256
    picture(folders[0] / "c0.png", 5)
    assert lock_split(folders, "folders", size=32).sha256 != first.sha256


def test_a_picture_that_changes_during_a_run_is_named(folders):
    split = lock_split(folders, "folders", size=32)
    picture(folders[0] / "c0.png", 5)
    with pytest.raises(UsageError, match=r"c0\.png has changed"):
        split.image(split.content("c0"))


def test_a_cached_square_is_the_one_that_was_made(folders):
    first = lock_split(folders, "folders", size=32)
    again = lock_split(folders, "folders", size=32)
    assert first.sha256 == again.sha256
    assert np.array_equal(first.image(first.content("c0")), again.image(again.content("c0")))


def test_references_come_from_a_folder_of_their_own(folders, tmp_path):
    for domain in ("ink", "oil"):
        picture(tmp_path / "references" / domain / f"r-{domain}.png", 33)
    split = lock_split(folders, "folders", size=32, references=tmp_path / "references")
    assert [(item.role, item.domain) for item in split.references] == [("reference", "ink"), ("reference", "oil")]
    assert split.image(split.references[0]).shape == (32, 32, 3)
    shutil.rmtree(tmp_path / "references" / "oil")
    with pytest.raises(UsageError, match="no references for the domain 'oil'"):
        lock_split(folders, "folders", size=32, references=tmp_path / "references")


def test_an_impossible_size_is_refused(folders):
    with pytest.raises(UsageError, match="size 8 is too small"):
        lock_split(folders, "folders", size=8)


def test_a_description_is_plain_json(folders):
    words = lock_split(folders, "folders", size=32).description()
    assert json.loads(json.dumps(words)) == words
    assert words["contents"][0]["file"] == "c0.png"
