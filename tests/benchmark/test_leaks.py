"""The leak scan: what it finds, what it leaves alone, and what a person types."""

import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageDraw

from stylegauge.benchmark.cli import Group
from stylegauge.benchmark.leak_check import Checked
from stylegauge.benchmark.leak_groups import surest
from stylegauge.benchmark.leak_search import Candidate, candidates, near_hashes, same_pixels
from stylegauge.benchmark.leaks import SAME_MEAN, SIMILARITY, SURE_DISTANCE, SURE_SIMILARITY, kind_of, scan
from stylegauge.benchmark.leaks_command import leaks
from stylegauge.benchmark.picture_sets import sets_of
from stylegauge.datasets import cache, fingerprints, painterly
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fingerprints import measure
from stylegauge.datasets.photos import load, part
from stylegauge.datasets.splits import lock_split, write_split

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def photographs():
    """Photographs that come with our dependencies, 240 pixels wide, less high: name -> uint8 [H, W, 3]."""
    found = {}
    for each in {one.group: one for one in (*part("test"), *part("train"))}.values():
        picture = Image.fromarray(np.ascontiguousarray(load(each.name)))
        picture.thumbnail((240, 240))
        if picture.height < picture.width:
            found[each.name] = np.asarray(picture)
    return dict(list(found.items())[:6])


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, pixels, **how):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, **how)
    return path


def found_in(*places, training=(), **how):
    return scan(sets_of([Path(each) for each in places], [Path(each) for each in training]), workers=1, **how).leaks


def typed(*words):
    return CliRunner().invoke(Group("main", commands={"leaks": leaks}), ["leaks", *words, "--workers", "1"])


def cut(pixels, left, top, right, bottom):
    height, width = pixels.shape[:2]
    return pixels[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]


def written_on(pixels):
    picture = Image.fromarray(pixels)
    ImageDraw.Draw(picture).text((8, pixels.shape[0] - 20), "(c) somebody", fill=(255, 255, 255))
    return np.asarray(picture)


CHANGES = {
    "cropped by 5 %": lambda pixels: cut(pixels, 0, 0, 0.95, 0.95),
    "its centre": lambda pixels: cut(pixels, 0.05, 0.05, 0.95, 0.95),
    "mirrored": lambda pixels: pixels[:, ::-1],
    "in grey": lambda pixels: np.asarray(Image.fromarray(pixels).convert("L").convert("RGB")),
    "mirrored and cropped": lambda pixels: cut(pixels[:, ::-1], 0.05, 0.05, 1, 1),
    "brighter": lambda pixels: np.clip(pixels.astype(int) + 30, 0, 255).astype(np.uint8),
    "written on": written_on,
    "centre square": lambda pixels: pixels[:, (pixels.shape[1] - pixels.shape[0]) // 2 :][:, : pixels.shape[0]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_picture_is_found_and_no_other(photographs, change):
    for name, pixels in photographs.items():
        write(Path("ours", f"{name}.png"), pixels)
        write(Path("theirs", f"{name}.jpg"), CHANGES[change](pixels), quality=85)
    found = found_in("ours", training=["theirs"])
    assert {(leak.first_id, leak.second_id) for leak in found} == {(f"{n}.png", f"{n}.jpg") for n in photographs}
    # A text of a few pixels may pass for compression; the rest may not.
    assert {leak.kind for leak in found} == {"near"} or change == "written on"
    if "mirrored" in change:
        assert all("mirrored" in leak.how for leak in found)


@pytest.mark.parametrize("ending", [".bmp", ".tif"])
def test_the_same_pixels_in_another_format_are_exact(photographs, ending):
    pixels = photographs["chelsea"]
    write(Path("a", "one.png"), pixels)
    write(Path("b", f"two{ending}"), pixels)
    (found,) = found_in("a", "b")
    assert (found.kind, found.how, found.distance, found.similarity) == ("exact", "the same pixels", 0, None)


def test_the_same_picture_compressed_or_at_another_size_is_exact(photographs):
    pixels = photographs["chelsea"]
    height, width = pixels.shape[:2]
    write(Path("a", "one.png"), pixels)
    write(Path("b", "jpeg.jpg"), pixels, quality=75)
    write(Path("c", "half.png"), np.asarray(Image.fromarray(pixels).resize((width // 2, height // 2))))
    found = found_in("a", training=["b", "c"])
    assert [leak.kind for leak in found] == ["exact", "exact"]
    assert {leak.how for leak in found} == {"the same picture at another size or compression"}
    assert {leak.second_id for leak in found} == {"jpeg.jpg", "half.png"}


def test_a_stylised_picture_is_no_duplicate_of_its_content(photographs):
    generator = random.Random(5)
    for name, domain in zip(photographs, itertools.cycle(painterly.DOMAINS)):
        write(Path("contents", f"{name}.png"), photographs[name])
        write(Path("outputs", f"{name}.png"), painterly.render(painterly.draw(domain, generator), photographs[name]))
    assert found_in("contents", "outputs") == ()


def test_inside_a_set_every_copy_is_listed_once_with_the_first(photographs):
    for name in ("c", "a", "b"):
        write(Path("set", f"{name}.png"), photographs["chelsea"])
    write(Path("set", "other.png"), photographs["coffee"])
    assert [(leak.first_id, leak.second_id) for leak in found_in("set")] == [("a.png", "b.png"), ("a.png", "c.png")]


def test_copies_in_a_training_folder_are_counted(photographs):
    write(Path("set", "one.png"), photographs["chelsea"])
    for name in "xyz":
        write(Path("training", f"{name}.png"), photographs["chelsea"])
    (found,) = found_in("set", training=["training"])
    assert (found.second_id, found.more) == ("x.png", 2)


def test_the_layout_of_cyclegan_is_four_sets_and_train_is_compared_with_test(photographs):
    chelsea, coffee, *others = photographs.values()
    for name, pixels in zip(("trainA", "trainB", "testA", "testB"), (chelsea, coffee, chelsea, others[0])):
        write(Path("suite", name, "0.png"), pixels)
    sets = sets_of([Path("suite")])
    assert [each.name for each in sets] == ["suite/trainA", "suite/trainB", "suite/testA", "suite/testB"]
    (found,) = scan(sets, workers=1).leaks
    assert (found.first_set, found.second_set) == ("suite/trainA", "suite/testA")


def test_training_folders_are_compared_with_the_sets_alone(photographs):
    write(Path("set", "0.png"), photographs["chelsea"])
    for folder, name in itertools.product("xy", "12"):
        write(Path(folder, f"{name}.png"), photographs["coffee"])
    result = scan(sets_of([Path("set")], [Path("x"), Path("y")]), workers=1)
    assert result.compared == (("set", "set"), ("set", "x"), ("set", "y"))
    assert result.leaks == ()


def test_a_file_that_two_sets_name_is_said_to_be_the_same_file(photographs):
    write(Path("all", "part", "0.png"), photographs["chelsea"])
    write(Path("all", "1.png"), photographs["coffee"])
    (found,) = found_in("all/part", training=["all"])
    assert (found.how, found.first_id, found.second_id) == ("the same file", "0.png", "part/0.png")


def test_flat_pictures_are_compared_by_their_pixels_alone():
    for name, level in (("a", 200), ("b", 200), ("c", 90)):
        write(Path("set", f"{name}.png"), np.full((32, 32, 3), level, np.uint8))
    result = scan(sets_of([Path("set")]), workers=1)
    assert [(leak.first_id, leak.second_id) for leak in result.leaks] == [("a.png", "b.png")]
    assert result.flat == {"set": 3}


def test_the_result_depends_neither_on_workers_nor_on_what_is_known_already(photographs):
    for number in range(3):
        for name, pixels in photographs.items():
            write(Path("set", f"{name}-{number}.jpg"), pixels, quality=50 + 20 * number)
    sets = sets_of([Path("set")])
    alone, known = scan(sets, workers=1), scan(sets, workers=1)
    shutil.rmtree("cache")
    assert scan(sets, workers=2).leaks == known.leaks == alone.leaks
    assert len(alone.leaks) == 2 * len(photographs)


def test_near_copies_are_a_chain_and_not_every_pair(photographs):
    """Compared in blocks as at once; every copy is in some line, and exact links are preferred."""
    count = 0
    for name, pixels in list(photographs.items())[:2]:
        for number, cut_off in itertools.product(range(3), (0, 0.02, 0.04)):
            picture = cut(pixels, 0, cut_off, 1 - cut_off, 1)
            write(Path("set", f"{name}-{number}-{cut_off}.jpg"), picture, quality=50 + 20 * number)
            count += 1
    found = found_in("set")
    assert len(found) == count - 2
    assert len({name for leak in found for name in (leak.first_id, leak.second_id)}) == count
    # The three qualities of each of the six cuts: two links that are exact.
    assert sum(leak.kind == "exact" for leak in found) >= 12


def test_a_chain_does_not_depend_on_how_many_are_checked_at_once(photographs, monkeypatch):
    for number in range(8):
        write(Path("set", f"{number}.jpg"), cut(photographs["chelsea"], 0, 0, 1 - number / 200, 1), quality=80)
        write(Path("training", f"{number}.jpg"), photographs["chelsea"], quality=20 + 9 * number)
    inside, between = found_in("set"), found_in("set", training=["training"])
    assert (len(inside), len(between)) == (7, 7 + 15)
    monkeypatch.setattr("stylegauge.benchmark.leak_check._AT_ONCE", 3)
    assert found_in("set") == inside
    assert found_in("set", training=["training"]) == between


def test_what_is_known_is_not_decoded_again_and_what_changed_is(photographs, monkeypatch):
    paths = [write(Path("set", f"{n}.png").absolute(), pixels) for n, pixels in photographs.items()]
    first = measure(paths, workers=1)
    decoded = []
    monkeypatch.setattr(fingerprints, "load_image", lambda path: decoded.append(path.name) or photographs["coffee"])
    assert (measure(paths, workers=1).rows == first.rows).all()
    write(paths[2], photographs["coffee"])
    measure(paths, workers=1)
    assert decoded == [paths[2].name]


def test_a_stopped_measurement_goes_on_where_it_stopped(photographs, monkeypatch):
    paths = [write(Path("set", f"{n}.png").absolute(), pixels) for n, pixels in photographs.items()]
    monkeypatch.setattr(fingerprints, "WRITE_EVERY", 2)

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(paths, workers=1, say=stop)
    told = []
    measure(paths, workers=1, say=lambda done, total: told.append(total))
    assert set(told) == {len(paths) - 2}


def test_a_damaged_table_is_made_again(photographs):
    path = write(Path("set", "0.png").absolute(), photographs["chelsea"])
    first = measure([path], workers=1)
    (table,) = (cache.cache_folder() / fingerprints.KIND).iterdir()
    table.write_bytes(table.read_bytes()[:-5])
    assert (measure([path], workers=1).rows == first.rows).all()


def test_unreadable_training_pictures_are_skipped_and_named_and_others_are_fatal(photographs):
    write(Path("set", "0.png"), photographs["chelsea"])
    write(Path("training", "0.png"), photographs["chelsea"])
    Path("training", "broken.jpg").write_bytes(b"no picture")
    result = scan(sets_of([Path("set")], [Path("training")]), workers=1)
    assert len(result.leaks) == 1
    ((path, why),) = result.unreadable["training"]
    assert path == Path("training/broken.jpg")
    assert "not an image" in why
    with pytest.raises(UsageError, match=r"broken\.jpg"):
        scan(sets_of([Path("training")]), workers=1)


def checked(distance=8, similarity=0.0, mean=np.inf, largest=np.inf):
    return Checked(Candidate(0, 1, distance, "whole", "whole", False), similarity, mean, largest)


def test_the_rule():
    assert kind_of(checked(similarity=SIMILARITY)) == "near"
    assert kind_of(checked(similarity=SIMILARITY - 1e-3)) == ""
    assert kind_of(checked(distance=SURE_DISTANCE, similarity=SURE_SIMILARITY)) == "near"
    assert kind_of(checked(distance=SURE_DISTANCE, similarity=SURE_SIMILARITY - 1e-3)) == ""
    assert kind_of(checked(mean=SAME_MEAN, largest=5, similarity=0.99)) == "exact"
    assert kind_of(checked(mean=SAME_MEAN, largest=80, similarity=0.99)) == "near"


def rows(pixels, hashes, contrast=50.0):
    table = np.zeros(len(pixels), fingerprints.ROW)
    table["pixels"], table["contrast"] = pixels, contrast
    table["hashes"] = np.array(hashes, np.uint64)[:, None, None]
    return table


def near(ours, theirs, **how):
    return [each for block in near_hashes(ours, theirs, **how) for each in candidates(block)]


def test_near_hashes_are_those_within_the_radius_but_not_the_same_pixels():
    far = 2**64 - 1
    table = rows([b"a", b"b", b"c", b"a", b"d"], [0, 0b11, far, 0, 2**40 - 1])
    assert [(each.first, each.second, each.distance) for each in near(table, None)] == [(0, 1, 2)]
    assert same_pixels(table, None) == [(0, 3, 0)]
    other = rows([b"x", b"b"], [far ^ 1, 0])
    assert [(each.first, each.second, each.distance) for each in near(table, other)] == [
        (0, 1, 0), (2, 0, 1),
    ]  # fmt: skip
    assert near(rows([b"a", b"b"], [0, 0], contrast=0.5), None) == []


def test_blocks_change_nothing(monkeypatch):
    generator = np.random.default_rng(0)
    hashes = generator.integers(0, 2**16, 60, dtype=np.uint64)
    table = rows([str(n).encode() for n in range(60)], hashes)
    whole = near(table, None, radius=4)
    monkeypatch.setattr("stylegauge.benchmark.leak_search._BLOCK", 100)
    assert near(table, None, radius=4) == whole
    both_ways = near(table, table, radius=4)
    assert len(both_ways) == 2 * len(whole)
    expected = {(a, b) for a, b in itertools.combinations(range(60), 2) if int(hashes[a] ^ hashes[b]).bit_count() <= 4}
    assert {(each.first, each.second) for each in whole} == expected
    assert expected


def test_the_command_says_what_it_found_and_ends_with_1(photographs):
    write(Path("set", "0.png"), photographs["chelsea"])
    write(Path("training", "deep", "1.png"), photographs["chelsea"])
    Path("training", "broken.png").write_bytes(b"")
    result = typed("set", "--training", "training", "--out", "scan")
    assert result.exit_code == 1
    assert re.search(r"exact +set: 0\.png += +training: deep/1\.png +\(the same pixels\)", result.stdout)
    assert result.stdout.endswith("scan/leaks.html\n")
    assert "1 exact and 0 near duplicates among 3 pictures" in result.stderr
    assert "skipped: training/broken.png" in result.stderr
    document = json.loads(Path("scan", "leaks.json").read_text())
    assert document["schema"] == 1
    assert document["counts"] == {"exact": 1, "near": 0}
    (leak,) = document["leaks"]
    assert leak["second"] == {
        "set": "training",
        "id": "deep/1.png",
        "path": str(Path("training/deep/1.png").absolute()),
    }
    first = {name: Path("scan", name).read_bytes() for name in ("leaks.json", "leaks.html")}
    typed("set", "--training", "training", "--out", "scan")
    assert {name: Path("scan", name).read_bytes() for name in first} == first


def test_the_command_ends_with_0_where_nothing_leaks(photographs):
    write(Path("set", "0.png"), photographs["chelsea"])
    write(Path("set", "1.png"), photographs["coffee"])
    result = typed("set", "--out", "scan")
    assert (result.exit_code, result.stdout) == (0, "scan/leaks.html\n")
    assert json.loads(Path("scan", "leaks.json").read_text())["leaks"] == []


def test_names_that_are_no_text_and_links_that_lead_nowhere_are_no_obstacle(photographs):
    write(Path("set", "0.png"), photographs["chelsea"])
    Path("training").mkdir()
    shutil.copy("set/0.png", os.fsdecode(b"training/caf\xe9.png"))
    Path("training/gone.png").symlink_to("nowhere.png")
    Path(os.fsdecode(b"training/\xff.jpg")).write_bytes(b"no picture")
    result = typed("set", "--training", "training", "--out", "scan")
    assert result.exit_code == 1, result.output
    document = json.loads(Path("scan", "leaks.json").read_text(encoding="utf-8"))
    assert [each["second"]["id"] for each in document["leaks"]] == ["caf?.png"]
    assert len(document["sets"][1]["unreadable"]) == 2
    assert "caf?.png" in Path("scan", "leaks.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere",), "no pictures at 'nowhere'; expected a folder"),
        (("set", "./set"), "'set' is given twice"),
        (("set", "--training", "set"), "'set' is given twice"),
        (("set", "--training", "empty"), "no images in 'empty'"),
        (("set", "--workers", "0"), "0 is not in the range"),
        (("broken.json",), "cannot be read as a split"),
        (
            ("set", "--out", "broken.json"),
            "--out broken.json: 'broken.json' is a file; expected a folder, for leaks.json",
        ),
        (("set", "--out", "broken.json/scan"), "broken.json' is a file; expected a folder"),
        (("broken.json=nowhere",), "no folder 'nowhere' for the pictures of 'broken.json'; expected broken.json=DIR"),
        ((), "Missing argument 'SET...'"),
    ],
)
def test_a_mistake_is_one_line_with_exit_code_2(photographs, words, says):
    write(Path("set", "0.png"), photographs["chelsea"])
    Path("empty").mkdir()
    Path("broken.json").write_text("{}")
    result = CliRunner().invoke(Group("main", commands={"leaks": leaks}), ["leaks", *words])
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_sets_of_one_name_are_told_apart():
    for folder in ("x/val", "y/val"):
        write(Path(folder, "0.png"), np.zeros((16, 16, 3), np.uint8))
    assert [each.name for each in sets_of([Path("x/val"), Path("y/val")])] == ["val (x/val)", "val (y/val)"]


def test_the_command_imports_neither_torch_nor_numpy():
    code = "import sys, stylegauge.benchmark.leaks_command; assert not {'torch', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent)


def test_the_roles_of_a_split_file_are_sets_and_its_training_pictures_are_training(photographs):
    names = list(photographs)
    for role, name in zip(("content", "style", "train"), (names[0], names[1], names[0])):
        write(Path("suite", role, f"{name}-{role}.png"), photographs[name])
    write_split(lock_split([Path("suite")], "small", size=64), Path("small.json"))
    sets = sets_of([Path("small.json")])
    assert [(each.name, each.training) for each in sets] == [
        ("small/content", False), ("small/style", False), ("small/train", True),
    ]  # fmt: skip
    (found,) = scan(sets, workers=1).leaks
    assert (found.first_id, found.second_id) == (f"{names[0]}-content", f"{names[0]}-train")


@pytest.mark.parametrize("hidden", [False, True])
def test_the_pictures_of_a_split_file_may_lie_elsewhere(photographs, hidden):
    (name, pixels), (style, other) = list(photographs.items())[:2]
    write(Path("far/suite/content", f"{name}.png"), pixels)
    write(Path("far/suite/style", f"{style}.png"), other)
    write(Path("training/seen.png"), pixels)
    write_split(lock_split([Path("far/suite")], "small", size=64, hidden=hidden), Path("here/small.json"))
    refused = typed("here/small.json", "--training", "training")
    assert refused.exit_code == 2
    assert "2 of the 2 pictures of 'here/small.json' are not in 'here'" in refused.stderr
    assert "say where they lie: here/small.json=DIR" in refused.stderr
    result = typed("here/small.json=far/suite", "--training", "training")
    assert result.exit_code == 1, result.output
    assert re.search(r"exact +small/content: \S+ += +training: seen\.png", result.stdout)


def test_training_pictures_that_a_split_lists_may_be_missing(photographs):
    for role, name in zip(("content", "style", "train"), photographs):
        write(Path("suite", role, f"{name}.png"), photographs[name])
    write_split(lock_split([Path("suite")], "small", size=64), Path("small.json"))
    shutil.rmtree("suite/train")
    result = typed("small.json")
    assert result.exit_code == 0, result.output
    assert "skipped: suite/train/" in result.stderr


def test_the_surest_links_hold_a_group_together():
    links = [("a", "b", 3), ("b", "c", 1), ("a", "c", 2), ("d", "e", 9)]

    def kept(some, joined=()):
        return surest(some, lambda link: link[:2], lambda link: link[2], joined)

    assert kept(links) == [("b", "c", 1), ("a", "c", 2), ("d", "e", 9)]
    assert kept([*kept(links[:2]), *links[2:]]) == kept(links)
    assert kept(links, [("a", "c")]) == [("b", "c", 1), ("d", "e", 9)]


def test_what_is_held_of_candidates_does_not_grow_with_the_square_of_copies(monkeypatch):
    monkeypatch.setattr("stylegauge.benchmark.leak_search._BLOCK", 4000)
    alike = rows([str(n).encode() for n in range(400)], [7] * 400)
    blocks = [len(block) for block in near_hashes(alike, None)]
    assert sum(blocks) == 400 * 399 // 2
    assert max(blocks) <= 4000
