"""The page of a leak scan: what it says, that it escapes and copes with any number, and how it looks in a browser."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from stylegauge.benchmark.store import write_json
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.scenes import render_scene
from stylegauge.reports.leaks import MOST, MOST_UNREADABLE, write_leaks_page

HOSTILE = "<script>alert(1)</script>.png"


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    path = tmp_path_factory.mktemp("scene") / "scene.png"
    Image.fromarray(render_scene(1, 48).image).resize((96, 72)).save(path)
    return str(path)


def leak(path, kind="near", first="suite", second="training", number=0, **more):
    found = {"kind": kind, "how": "perceptual hash of the whole pictures, mirrored", "distance": 4}
    found |= {"similarity": 0.9314, "more": 0}
    if kind == "exact":
        found |= {"how": "the same pixels", "distance": 0, "similarity": None}
    sides = {
        "first": {"set": first, "id": f"{number}.png", "path": path},
        "second": {"set": second, "id": HOSTILE, "path": path},
    }
    return found | sides | more


def written(folder, leaks, unreadable=()):
    names = {"suite": False, "training": True}
    rule = {"radius": 12, "similarity": 0.88, "sure_distance": 2, "sure_similarity": 0.6}
    document = {
        "schema": 1,
        "sets": [
            {"name": name, "training": training, "pictures": 10, "flat": 0, "unreadable": list(unreadable) * training}
            for name, training in names.items()
        ],
        "compared": [["suite", "suite"], ["suite", "training"]],
        "rule": rule,
        "counts": {kind: sum(each["kind"] == kind for each in leaks) for kind in ("exact", "near")},
        "leaks": leaks,
    }
    write_json(folder / "leaks.json", document)
    return write_leaks_page(folder)


def words(page):
    text = re.sub(r"<style>.*?</style>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_it_shows_both_pictures_and_says_how_they_were_found(tmp_path, scene):
    page = written(tmp_path, [leak(scene, "exact", more=2), leak(scene)])
    text = page.read_text(encoding="utf-8")
    assert text.count('<img src="data:image/webp;base64,') == 4
    assert "The same pixels." in text
    assert "training, and 2 more copies" in words(page)
    assert "Perceptual hash of the whole pictures, mirrored; 4 of 64 bits apart, features 0.931." in text
    assert "With training pictures 2 pairs." in words(page)


def test_names_are_escaped_and_nothing_is_loaded_or_run(tmp_path, scene):
    text = written(tmp_path, [leak(scene)], [["/x/<b>.png", "no <picture>"]]).read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;.png" in text
    assert "/x/&lt;b&gt;.png" in text
    policy = text.replace("&#39;", "'")
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy


def test_without_leaks_it_says_so_and_what_was_compared(tmp_path):
    text = words(written(tmp_path, []))
    assert "No leaks found" in text
    assert "20 pictures in 2 sets were compared: suite, training." in text
    assert "finding nothing is no proof" in text
    assert "duplicates" not in text.split("How it was found")[0]


def test_what_sets_share_comes_before_what_one_holds_twice(tmp_path, scene):
    text = words(written(tmp_path, [leak(scene, first="a", second="a"), leak(scene, first="suite", second="zoo")]))
    assert text.index("suite and zoo: 1") < text.index("Inside a: 1")


def test_of_very_many_leaks_it_shows_the_first_and_states_how_many_there_are(tmp_path, scene):
    leaks = [leak(scene, kind, number=number) for kind in ("exact", "near") for number in range(2500)]
    page = written(tmp_path, leaks, [["/x", "why"]] * (MOST_UNREADABLE + 3))
    text = page.read_text(encoding="utf-8")
    assert text.count("<article") == 2 * MOST
    assert text.count(f"The first {MOST} of 2,500 pairs stand here") == 2
    assert "and 3 more, all in leaks.json" in text
    assert len(text) < 10_000_000


def test_a_picture_that_is_gone_leaves_its_place_empty(tmp_path):
    text = written(tmp_path, [leak(str(tmp_path / "gone.png"))]).read_text(encoding="utf-8")
    assert text.count("no picture</div>") == 2


def test_the_same_scan_gives_the_same_page_and_no_scan_is_an_error(tmp_path, scene):
    page = written(tmp_path, [leak(scene)])
    first = page.read_bytes()
    assert write_leaks_page(tmp_path).read_bytes() == first
    assert json.loads((tmp_path / "leaks.json").read_text())["schema"] == 1
    with pytest.raises(UsageError, match=r"leaks\.json is missing"):
        write_leaks_page(tmp_path / "nowhere")


@pytest.fixture(scope="module")
def page(tmp_path_factory, scene):
    leaks = [leak(scene, "exact"), *(leak(scene, number="a-very-long-name-" * 8 + str(n)) for n in range(4))]
    return written(tmp_path_factory.mktemp("page"), leaks)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_pictures_stand_side_by_side_and_nothing_scrolls_sideways(browser, page: Path, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(page.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    sizes = tab.evaluate(
        """Promise.all([...document.images].map(i => {
        i.loading = 'eager'; return i.decode().then(() => i.naturalWidth); }))"""
    )
    assert sizes == [96] * 10
    first, second = (tab.locator(".leak img").nth(n).bounding_box() for n in (0, 1))
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] < second["x"]
    paper = [int(n) for n in re.findall(r"\d+", tab.evaluate("getComputedStyle(document.body).backgroundColor"))]
    assert (sum(paper) < 150) == (scheme == "dark")
    assert complaints == []
    context.close()
