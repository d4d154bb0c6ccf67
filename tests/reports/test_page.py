"""The page in a real browser: Chromium, without a window and without a network."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from stylegauge.benchmark.store import write_json
from stylegauge.metrics.registry import METRICS
from stylegauge.reports.html import write_report


@pytest.fixture
def opened(browser: Browser, page: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page in a fresh context; `indirect` parameters are the context's options."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **getattr(request, "param", {})})
    tab = context.new_page()
    tab.set_default_timeout(10_000)
    tab.complaints = []  # type: ignore[attr-defined]
    tab.on("console", lambda message: tab.complaints.append(message.text))  # type: ignore[attr-defined]
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))  # type: ignore[attr-defined]
    tab.on("dialog", lambda dialog: (tab.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))  # type: ignore[attr-defined]
    tab.requests = []  # type: ignore[attr-defined]
    tab.on("request", lambda request: tab.requests.append(request.url))  # type: ignore[attr-defined]
    tab.goto(page.as_uri())
    yield tab
    context.close()


NARROW = {"viewport": {"width": 390, "height": 800}}


def until(opened: Page, expression: str) -> None:
    """Wait until the expression is true; the page's policy forbids playwright's own way of waiting."""
    for _ in range(400):
        if opened.evaluate(expression):
            return
        opened.wait_for_timeout(50)
    pytest.fail(f"never true: {expression}")


def rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", colour)[:3])
    return red, green, blue


def luminance(colour: str) -> float:
    parts = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_nothing_is_complained_about_and_nothing_but_the_file_is_asked_for(opened: Page, page: Path) -> None:
    opened.locator("#browse-all summary").click()
    opened.locator("#pairs img").first.wait_for()
    assert opened.complaints == []  # type: ignore[attr-defined]
    outside = [url for url in opened.requests if not url.startswith("data:")]  # type: ignore[attr-defined]
    assert outside == [page.as_uri()]


@pytest.mark.parametrize("opened", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_the_tables_plots_and_leading_pictures_are_there(opened: Page, board: dict) -> None:
    text = opened.locator("#leaderboard table").first.inner_text()
    assert all(model["name"] in text for model in board["models"])
    assert opened.locator("#plane .broad svg").is_visible()
    assert opened.locator("#gallery .pair img").first.is_visible()
    assert "needs JavaScript" in opened.locator("#gallery").inner_text()
    assert not opened.locator("#browse").is_visible()


@pytest.mark.parametrize("opened", [NARROW, {"viewport": {"width": 1280, "height": 800}}], indirect=True)
def test_the_page_never_scrolls_sideways_and_tables_scroll_in_their_box(opened: Page) -> None:
    opened.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    opened.locator("#pairs article").first.wait_for()
    width = opened.viewport_size["width"]  # type: ignore[index]
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.evaluate("scrollTo(500, 0)")
    assert opened.evaluate("scrollX") == 0
    box = opened.locator("#leaderboard .scroll").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    box.evaluate("box => { box.scrollLeft = 200; }")
    assert box.evaluate(
        "box => box.querySelector('tr.entry th').getBoundingClientRect().left >= box.getBoundingClientRect().left"
    )


def test_both_axes_of_the_plane_are_in_sight_of_a_common_window_without_scrolling(opened: Page) -> None:
    right = opened.locator("#leaderboard .scroll").first.evaluate("box => box.getBoundingClientRect().right")
    for name in ("gain", "content", "gram_rel"):
        heading = opened.locator("#leaderboard thead th", has_text=re.compile(f"^{name}\\b")).first
        assert heading.evaluate("cell => cell.getBoundingClientRect().right") <= right, name


@pytest.mark.parametrize("opened", [NARROW], indirect=True)
def test_a_narrow_window_gets_the_plane_that_was_drawn_for_it(opened: Page) -> None:
    assert opened.locator("#plane .narrow svg").is_visible()
    assert not opened.locator("#plane .broad svg").is_visible()


@pytest.mark.parametrize("opened", [{}, NARROW], indirect=True)
def test_names_in_the_plane_do_not_lie_on_each_other(opened: Page) -> None:
    boxes = opened.evaluate("""() => [...document.querySelectorAll('#plane svg.plot')].filter(s => s.checkVisibility())
        .flatMap(s => [...s.querySelectorAll('text')]).map(t => t.getBoundingClientRect())
        .map(b => [b.left + 1, b.top + 2, b.right - 1, b.bottom - 2])""")
    assert len(boxes) > 12
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert not (left < other[2] and other[0] < right and top < other[3] and other[1] < bottom)


@pytest.mark.parametrize(
    ("opened", "dark"), [({"color_scheme": "dark"}, True), ({"color_scheme": "light"}, False)], indirect=["opened"]
)
def test_the_page_and_its_plots_follow_the_colour_scheme_with_readable_contrast(opened: Page, dark: bool) -> None:
    paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (luminance(paper) < 0.05) == dark
    for name in ("ink", "muted", "accent", "good", "warn", "bad"):
        colour = opened.evaluate(
            "name => { document.body.style.color = `var(--${name})`; return getComputedStyle(document.body).color; }",
            name,
        )
        assert contrast(colour, paper) >= 4.5, name
    drawn = opened.locator("#plane svg text").first.evaluate("text => getComputedStyle(text).fill")
    assert contrast(drawn, paper) >= 4.5


def test_all_pairs_can_be_browsed_and_filtered_and_pictures_appear(opened: Page, board: dict) -> None:
    opened.locator("#browse-all summary").click()
    assert opened.locator("#pairs article").count() == 20
    until(opened, "document.querySelector('#pairs img').naturalWidth > 0")
    opened.locator("#by-style").select_option("oil-0")
    assert opened.locator("#pairs article").count() == 5
    assert opened.locator("#shown").inner_text() == "5 of 20 pairs"
    opened.locator("#by-model").select_option("entries")
    entries = [model for model in board["models"] if model["role"] == "entry"]
    assert opened.locator("#pairs article").first.locator("figure").count() == 2 + len(entries)
    assert "<script>alert(1)</script>" in opened.locator("#pairs").inner_text()


def test_pictures_of_all_pairs_are_painted_only_as_they_come_near(opened: Page) -> None:
    opened.locator("#browse-all summary").click()
    until(opened, "document.querySelector('#pairs img').naturalWidth > 0")
    assert not opened.locator("#pairs img").last.get_attribute("src")
    opened.locator("#pairs img").last.scroll_into_view_if_needed()
    until(opened, "[...document.querySelectorAll('#pairs img')].at(-1).naturalWidth > 0")


def test_every_leading_picture_is_decoded(opened: Page) -> None:
    opened.wait_for_load_state("load")
    sizes = opened.evaluate(
        "Promise.all([...document.querySelectorAll('.pair img')].map(i => i.decode().then(() => i.naturalWidth)))"
    )
    assert len(sizes) > 10
    assert all(sizes)


def test_headings_follow_each_other_without_a_step_left_out(opened: Page) -> None:
    levels = opened.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_keyboard_reaches_the_sections_and_scrolls_the_table(opened: Page) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.locator("#leaderboard .scroll").first.focus()
    opened.keyboard.press("ArrowRight")
    until(opened, "document.querySelector('#leaderboard .scroll').scrollLeft > 0")


def test_on_paper_the_page_is_light_and_the_tables_are_whole(opened: Page) -> None:
    opened.emulate_media(media="print", color_scheme="dark")
    assert luminance(opened.evaluate("getComputedStyle(document.body).backgroundColor")) > 0.9
    assert not opened.locator("nav").is_visible()
    assert opened.locator("#leaderboard .scroll").first.evaluate("e => getComputedStyle(e).overflowX") == "visible"


@pytest.mark.parametrize("width", [390, 1280])
def test_a_table_of_many_columns_has_links_that_bring_each_family_into_sight(
    browser: Browser, writer: Any, width: int
) -> None:
    writer.pictures = False
    folder = writer.write()
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    write_json(folder / "plan.json", {**plan, "metrics": list(METRICS)})
    tab = browser.new_page(viewport={"width": width, "height": 800})
    tab.goto(write_report(folder).as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for link in tab.locator("#leaderboard p a[href^='#family-']").all():
        link.click()
        heading = tab.locator(f"#leaderboard {link.get_attribute('href')}")
        kept = tab.locator("#leaderboard thead tr").nth(1).locator("th").first
        left, right = heading.evaluate("cell => cell.getBoundingClientRect().left"), kept.bounding_box()
        assert right is not None
        assert right["x"] + right["width"] - 1 <= left < width, heading.inner_text()
    tab.close()
