"""Split files: what is written is read back, always the same bytes, and nothing odd in one is believed."""

import dataclasses
import hashlib
import json
import os
import stat

import numpy as np
import pytest
from PIL import Image

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits import Item, Split, load_split, lock_split, read_split, write_split
from stylegauge.datasets.splits.columns import COLUMNS
from stylegauge.datasets.splits.files import document
from stylegauge.datasets.splits.verify import faults


def picture(path, seed, side=24):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)).save(path)


@pytest.fixture
def suite(tmp_path):
    for i in range(4):
        picture(tmp_path / "suite" / "content" / f"c{i}.png", i)
        picture(tmp_path / "suite" / "style" / ("ink" if i % 2 else "oil") / f"s{i}.png", 10 + i)
        picture(tmp_path / "suite" / "reference" / ("ink" if i % 2 else "oil") / f"r{i}.png", 20 + i)
        picture(tmp_path / "suite" / "train" / f"t{i}.png", 30 + i)
    return tmp_path / "suite"


@pytest.fixture
def split(suite):
    return lock_split([suite], "small", size=16, pairs_rule="k=2", seed=3)


@pytest.fixture
def file(split, tmp_path):
    write_split(split, tmp_path / "small.json")
    return tmp_path / "small.json"


def edited(file, **changes):
    """The file with some fields replaced, by value or by what a function makes of the old one."""
    found = json.loads(file.read_text())
    found |= {key: change(found[key]) if callable(change) else change for key, change in changes.items()}
    file.write_text(json.dumps(found))
    return file


def with_value(column, value, row=0):
    """A change of the items: one value of one row."""

    def change(items):
        items[row][COLUMNS.index(column)] = value
        return items

    return change


def test_what_is_written_is_read_back(split, file):
    again = read_split(file)
    assert again == split
    assert again.sha256 == split.sha256
    assert again.style("s1").path == split.style("s1").path
    assert (again.content("c2").width, again.content("c2").bytes) == (24, split.content("c2").path.stat().st_size)
    assert [item.id for item in again.train] == ["t0", "t1", "t2", "t3"]
    assert np.array_equal(again.image(again.content("c0")), split.image(split.content("c0")))


def test_the_same_pictures_are_the_same_bytes_wherever_they_lie(suite, split, file, tmp_path):
    suite.rename(tmp_path / "moved")
    again = lock_split([tmp_path / "moved"], "small", size=16, pairs_rule="k=2", seed=3)
    assert document(again, "suite") == file.read_text()
    assert read_split(file, tmp_path / "moved", verify=True) == split


def test_the_hash_is_of_sorted_compact_json():
    """Worked out by hand, so that no other version of the program gives the same split another hash."""
    item = Item("é", "content", "g", "", "ab" * 32)
    style = Item("s", "style", "d", "d", "cd" * 32, {"domain": "d", "angle": 0.5})
    by_hand = (
        '[32,[["\\u00e9","g","",null,"' + "ab" * 32 + '"]],'
        '[["s","d","d",{"angle":0.5,"domain":"d"},"' + "cd" * 32 + '"]],[],[["\\u00e9","s"]]]'
    )
    split = Split("any", 32, (item,), (style,), (), (("é", "s"),))
    assert split.sha256 == hashlib.sha256(by_hand.encode()).hexdigest()


def test_training_pictures_and_licences_decide_no_number(split):
    other = dataclasses.replace(split, name="other", train=(), complete=(), rule="listed")
    assert other.sha256 == split.sha256
    assert dataclasses.replace(split, pairs=split.pairs[1:]).sha256 != split.sha256


def test_pairs_that_follow_from_the_rule_are_not_listed_and_others_are(split, file, tmp_path):
    assert json.loads(file.read_text())["pairs"] is None
    odd = dataclasses.replace(split, pairs=split.pairs[::-1], rule="listed")
    write_split(odd, tmp_path / "odd.json")
    assert json.loads((tmp_path / "odd.json").read_text())["pairs"] == [list(pair) for pair in odd.pairs]
    assert read_split(tmp_path / "odd.json") == odd


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seed": 4}, "has changed: it hashes to"),
        ({"rule": "full"}, "has changed: it hashes to"),
        ({"size": 32}, "has changed: it hashes to"),
        ({"items": with_value("pixels_sha256", "0" * 64)}, "has changed: it hashes to"),
        ({"schema": 1}, "schema 1, this version reads 2"),
        ({"columns": ["id"]}, "columns"),
        ({"columns": "\x1b[2J\n\ud800"}, "columns"),
        ({"size": "big"}, "'big' where int is expected"),
        ({"size": 4}, "size 4, possible are 16"),
        ({"rule": "half"}, "no pairing rule 'half'"),
        ({"pairs": [["c0", "nobody"]]}, "the pair 'c0', 'nobody' is of pictures that it does not list"),
        ({"pairs": [["c0", "s1"], ["c0", "s1"]]}, "a pair is listed twice"),
        ({"complete": ["../.."]}, "leads out of the data"),
        ({"data": "/etc"}, "leads out of the data"),
        ({"items": []}, "items have"),
        ({"items": lambda items: [items[0][:-1], *items[1:]]}, "items have"),
        ({"items": lambda items: [items[0], items[0], *items[1:]]}, "two items of the role 'content' have one id"),
        ({"items": with_value("file", "../secret.png")}, "no item can have the file '../secret.png'"),
        ({"items": with_value("file", "content/../../secret.png")}, "no item can have the file"),
        ({"items": with_value("file", "/etc/passwd")}, "no item can have the file '/etc/passwd'"),
        ({"items": with_value("file", None)}, "a content has no file"),
        ({"items": with_value("id", "../../c0")}, "no item can have the id"),
        ({"items": with_value("role", "judge")}, "no item can have the role 'judge'"),
        ({"items": with_value("pixels_sha256", "../" * 20)}, "no item can have the pixels_sha256"),
        ({"items": with_value("bytes", "many")}, "no item can have a bytes of the kind str"),
        ({"items": with_value("group", None)}, "no item can have a group of the kind NoneType"),
        ({"rule": "/etc/passwd"}, "no pairing rule '/etc/passwd'; there are: full, zip, k=N"),
        ({"rule": "across /etc/passwd"}, "no pairing rule"),
        ({"rule": "listed"}, "no pairing rule 'listed'"),
        ({"rule": ["full"]}, "where str is expected"),
        ({"seed": -1}, "seed -1, possible are 0"),
        ({"seed": "3"}, "'3' where int is expected"),
        ({"seed": True}, "True where int is expected"),
        ({"schema": 2.0}, "2.0 where int is expected"),
        ({"size": 4097}, "size 4097, possible are 16 to 4096"),
        ({"size": 10**30}, "possible are 16 to 4096"),
        ({"complete": "content"}, "'content' where list is expected"),
        ({"complete": [None]}, "None where a folder is expected"),
        ({"data": 3}, "3 where a folder is expected"),
        ({"hidden": True}, "'salt'"),
        ({"hidden": True, "salt": "5a"}, "64 hexadecimal digits"),
        ({"hidden": True, "salt": 5}, "5 where str is expected"),
        ({"hidden": 1}, "1 where bool is expected"),
        ({"name": "a\nb"}, r"no name can be 'a\\nb'"),
        ({"name": "n" * 256}, "possible are 255 bytes"),
        ({"pairs": [], "rule": "listed"}, "it lists no pairs"),
        ({"pairs": [["c0", "s1"]]}, "its 1 pairs are not those of its rule 'k=2'"),
        ({"pairs": [["c0", "s1"]], "rule": "full"}, "its 1 pairs are not those of its rule 'full'"),
        ({"pairs": [["c0", ["s1"]]]}, "where str is expected"),
        ({"pairs": 7}, "7 where list is expected"),
        ({"items": {}}, "where list is expected"),
        ({"items": with_value("id", ".hidden")}, "no item can have the id '.hidden'"),
        ({"items": with_value("id", "..")}, "no item can have the id"),
        ({"items": with_value("id", "a\\b")}, "no item can have the id"),
        ({"items": with_value("id", "\ud800")}, r"no id can be '\\ud800'"),
        ({"items": with_value("id", "a\x1b[2J")}, "no id can be"),
        ({"items": with_value("id", "é" * 61)}, "possible are 120 bytes"),
        ({"items": with_value("domain", "ink\u2028")}, "no domain can be"),
        ({"items": with_value("group", "g" * 256)}, "possible are 255 bytes"),
        ({"items": with_value("file", "content/\ud800.png")}, "no file can be"),
        ({"items": with_value("file_sha256", "0")}, "no item can have the file_sha256 '0'"),
        ({"items": with_value("width", -1)}, "no item can have the width -1"),
        ({"sha256": None}, "None where str is expected"),
    ],
)
def test_an_odd_file_is_refused_in_one_line(file, changes, says):
    with pytest.raises(UsageError, match=says) as caught:
        read_split(edited(file, **changes))
    text = str(caught.value)
    assert text.isprintable()
    assert "small.json has changed" in text or "small.json cannot be read as a split: " in text


def test_no_file_of_the_reader_s_is_opened_as_the_rule_of_a_stranger_s_split(file, tmp_path):
    for name in ("secret", "secret.csv"):
        (tmp_path / name).write_text("password,hunter2\n")
        with pytest.raises(UsageError, match="no pairing rule") as caught:
            read_split(edited(file, rule=str(tmp_path / name)))
        assert "hunter2" not in str(caught.value)


def test_what_could_not_be_read_again_is_not_written(split, tmp_path):
    odd = dataclasses.replace(split.contents[0], id="x" * 121)
    for other in (
        dataclasses.replace(split, contents=(odd, *split.contents[1:])),
        dataclasses.replace(split, rule="full"),
        dataclasses.replace(split, name="\ud800"),
    ):
        with pytest.raises(UsageError, match="cannot write the split"):
            write_split(other, tmp_path / "odd.json")
    assert not (tmp_path / "odd.json").exists()


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"schema": 2}', "\ufffd", "[" * 200_000, '{"a":' * 200_000])
def test_no_split_file_at_all_is_one_line(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UsageError, match=r"x\.json cannot be read as a split"):
        read_split(tmp_path / "x.json")
    with pytest.raises(UsageError, match=r"cannot read the split .*none\.json'"):
        read_split(tmp_path / "none.json")


def test_a_file_that_cannot_be_written_leaves_the_old_one(split, file, monkeypatch):
    before = file.read_bytes()
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_split(dataclasses.replace(split, name="new"), file)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir() if path.suffix == ".part"] == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def kinds(split):
    return {fault.path.name: fault.kind for fault in faults(split)}


def test_sound_files_have_no_fault(split):
    assert kinds(split) == {}


def test_each_fault_is_named_and_none_hides_another(suite, split):
    picture(suite / "content" / "c0.png", 99)
    (suite / "style" / "oil" / "s0.png").unlink()
    picture(suite / "train" / "late.png", 5)
    (suite / "reference" / "ink" / "r1.png").write_bytes(b"no picture")
    Image.open(suite / "content" / "c1.png").save(suite / "content" / "c1.png", compress_level=1)
    assert kinds(split) == {
        "c0.png": "changed",
        "s0.png": "missing",
        "late.png": "extra",
        "r1.png": "changed",
        "c1.png": "rewritten",
    }


def test_the_same_bytes_decoded_to_other_pixels_are_told_from_a_changed_file(split):
    items = (dataclasses.replace(split.contents[0], pixels_sha256="0" * 64), *split.contents[1:])
    assert kinds(dataclasses.replace(split, contents=items)) == {"c0.png": "decoded otherwise"}


def test_reading_with_verify_stops_at_a_fault_but_not_at_one_that_changes_nothing(suite, file):
    Image.open(suite / "content" / "c1.png").save(suite / "content" / "c1.png", compress_level=1)
    assert read_split(file, verify=True).name == "small"
    picture(suite / "content" / "c1.png", 98)
    with pytest.raises(UsageError, match=r"c1\.png has changed: its pixels"):
        read_split(file, verify=True)


def test_a_wrong_folder_is_said_once(file, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"none of the 16 files of 'small' is in '.*empty'; --data DIR"):
        read_split(file, tmp_path / "empty", verify=True)


def test_quick_lists_what_its_files_are():
    split = load_split("quick")
    item = split.content("hall")
    assert item.bytes == item.path.stat().st_size
    assert item.file_sha256 == hashlib.sha256(item.path.read_bytes()).hexdigest()
    assert split.content("cat-face").licence == "CC0"
    assert split.references[0].path is None
