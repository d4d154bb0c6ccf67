"""Where a score was lost, beside the pictures: in the page for judged outputs, absent for others, told in words."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from stylegauge.benchmark.loss_maps import LossMap
from stylegauge.benchmark.store import read_json, write_json
from stylegauge.reports.html import write_report
from stylegauge.reports.loss_grids import make_grid

JUDGE = "quality@embedded"
JUDGED = ("sharp", "lazy")


def lost_in(*windows: int, head: int = 1, side: int = 4, score: float = 40.0) -> LossMap:
    loss = np.zeros((side * side, 3))
    loss[list(windows), head] = 2.0
    return LossMap(loss.reshape(side, side, 3), score)


def test_a_grid_names_the_head_and_the_quarter_that_lost_most() -> None:
    grid = make_grid(JUDGE, lost_in(0, 1, 4), top=2.0)
    assert grid.levels == "9900900000000000"
    assert (grid.score, grid.said) == ("quality 40.0", "lost by style, top left")
    assert "0.38 (content 0.00, style 0.38, artefact 0.00); 100% of it top left" in grid.title
    assert make_grid(JUDGE, lost_in(15, head=2), top=2.0).said == "lost by artefact, bottom right"


def test_a_loss_that_no_quarter_holds_is_all_over_and_none_is_none() -> None:
    assert make_grid(JUDGE, lost_in(*range(16)), top=2.0).said == "lost by style, all over"
    assert make_grid(JUDGE, lost_in(), top=2.0).said == "next to nothing lost"
    assert make_grid(JUDGE, lost_in(0, side=1), top=2.0).said == "lost by style, all over"


def test_a_judge_that_abstains_says_so_beside_its_map() -> None:
    grid = make_grid(JUDGE, lost_in(0, score=float("nan")), top=2.0)
    assert grid.score == "quality abstains"
    assert grid.title.startswith(f"{JUDGE} abstains")
    assert grid.levels[0] == "9"


def test_more_lost_is_a_larger_square_and_what_is_beyond_the_scale_is_the_largest() -> None:
    loss = np.zeros((2, 2, 3))
    loss[..., 0] = [[-5, 1], [2, 50]]
    grid = make_grid(JUDGE, LossMap(loss, 1.0), top=4.0)
    assert grid.levels == "0249"
    assert grid.strokes == [(2, "M1 0h0"), (4, "M0 1h0"), (9, "M1 1h0")]


def grids_of(text: str) -> dict[str, list[str]]:
    """Alternative text of each picture in the leading rows -> the titles of the grids beside it."""
    gallery = re.findall(r'<section id="gallery".*?</section>', text, re.DOTALL)[0]
    figures = re.findall(r'<figure class="picture.*?</figure>', gallery, re.DOTALL)
    alts = [re.findall(r'alt="([^"]*)"', figure) for figure in figures]
    return {alt[0]: re.findall(r"<title>([^<]*)</title>", figure) for alt, figure in zip(alts, figures) if alt}


def index_of(text: str) -> dict[str, Any]:
    found = re.search(r'id="browse-index">(.*?)</script>', text, re.DOTALL)
    assert found
    index: dict[str, Any] = json.loads(found[1])
    return index


def test_judged_outputs_have_their_map_and_no_other_picture_has_one(judged: Path) -> None:
    text = judged.read_text(encoding="utf-8")
    grids = grids_of(text)
    with_grid = {alt.partition(":")[0] for alt, titles in grids.items() if titles}
    assert with_grid == set(JUDGED)
    assert all(titles for alt, titles in grids.items() if alt.startswith(("sharp:", "lazy:")))
    odd = [title for titles in grids.values() for title in titles if not re.search(r"style \S+, .*top left", title)]
    assert odd == []
    index = index_of(text)
    for pair in index["pairs"]:
        for model, output in zip(index["models"], pair["outputs"]):
            assert ("lost" in output) == (model["name"] in JUDGED)


def test_where_the_judge_abstained_the_page_says_so(judged: Path) -> None:
    index = index_of(judged.read_text(encoding="utf-8"))
    lazy = [model["name"] for model in index["models"]].index("lazy")
    said = [pair["outputs"][lazy]["lost"][0]["score"] for pair in index["pairs"]]
    assert said[0] == "quality abstains"
    assert all(re.fullmatch(r"quality [\d.]+", each) for each in said[1:])


def test_a_page_with_maps_tells_how_to_read_them_and_one_without_does_not(judged: Path, page: Path) -> None:
    with_maps, without = (path.read_text(encoding="utf-8") for path in (judged, page))
    assert "shows where it lost its quality score" in with_maps
    assert 'class="lost' not in without
    assert "lost its quality score" not in without


def test_the_same_folder_gives_the_same_maps_to_the_byte(judged: Path) -> None:
    before = judged.read_bytes()
    write_report(judged.parent)
    assert judged.read_bytes() == before


def test_a_hidden_split_shows_no_maps(writer: Any) -> None:
    writer.judged = JUDGED
    folder = writer.write()
    write_json(folder / "split.json", read_json(folder / "split.json") | {"hidden": True})
    assert 'class="lost' not in write_report(folder).read_text(encoding="utf-8")


@pytest.fixture(params=[1280, 390])
def opened(browser: Browser, judged: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    tab = browser.new_page(viewport={"width": request.param, "height": 900})
    tab.goto(judged.as_uri())
    yield tab
    tab.close()


def test_browsed_pairs_have_the_grids_of_the_leading_ones(opened: Page) -> None:
    opened.locator("#browse-all summary").click()
    opened.locator("#pairs article").first.wait_for()
    shape = "svg => [svg.getAttribute('aria-label'), svg.getAttribute('viewBox'), svg.innerHTML]"
    leading = opened.evaluate(f"[...document.querySelectorAll('#gallery .pair .lost svg')].map({shape})")
    browsed = opened.evaluate(f"[...document.querySelectorAll('#pairs .lost svg')].map({shape})")
    assert len(browsed) == 2 * 20
    assert {tuple(one) for one in leading} <= {tuple(one) for one in browsed}


def test_grids_stay_in_their_figure_and_can_be_laid_over_the_pictures(opened: Page) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth") <= opened.viewport_size["width"]  # type: ignore[index]
    boxes = """() => [...document.querySelectorAll('#gallery .lost svg')].filter(e => e.checkVisibility()).map(e => {
        const [mine, its] = [e, e.closest('figure').querySelector('img')].map(one => one.getBoundingClientRect());
        return [mine.left - its.left, mine.right - its.right, mine.top - its.top, mine.width / its.width];
    })"""
    beside = opened.evaluate(boxes)
    assert beside
    assert all(left >= -1 and right <= 1 and top > 0 and width < 0.6 for left, right, top, width in beside)
    opened.locator("#over").check()
    assert all(max(map(abs, (left, right, top))) <= 1 for left, right, top, _ in opened.evaluate(boxes))
