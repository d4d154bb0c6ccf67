"""The page of a validation: complete, deaf to hostile names, without anything from outside, and readable anywhere."""

import math
import re
from pathlib import Path

import pytest

from stylegauge.benchmark.store import write_json
from stylegauge.benchmark.validation_words import LIMITS, TITLES, properties
from stylegauge.datasets.distortions import LADDERS
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.registry import resolve
from stylegauge.reports.validation import write_validation_page

HOSTILE = "<script>alert(1)</script>"
METRICS = ["psnr", "ssim", "gram_rel"]
CLIMBED = ("blur", "noise", "jpeg", "patch_shuffle", "hue", "rounds")  # drawing takes long
VIEWS = ("side 3/4", "side 1/2", "centre 7/8")
WAYS = {"again, other seed": "exact", "PNG round trip": "exact", "JPEG 95": "small", "batch of 4": "numeric",
        "crop 8 px on": "small"}  # fmt: skip


def estimate(mean, spread=0.02, n=12):
    return {"mean": mean, "low": mean - spread, "high": mean + spread, "n": n}


def ladder(info, name, strengths, number):
    falling = [math.exp(-0.3 * step) for step in range(len(strengths) + 1)]
    steps = falling if info["higher_is_better"] else [1 - value for value in falling]
    steps[2] = steps[1] - 0.05 * (1 if not info["higher_is_better"] else -1) if number % 4 == 3 else steps[2]
    return {
        "metric": info["id"], "ladder": name, "start": "the content", "strengths": list(strengths),
        "unasked": "it sees luminance alone" if number == 4 else "",
        "tau": estimate(1 - 0.2 * (number % 4 == 3)), "violations": estimate(0.2 * (number % 4 == 3)),
        "steps": [estimate(step) for step in steps],
    }  # fmt: skip


def checked(metric, family, holds=True):
    claim = {"claim": "the content itself is best", "holds": holds, "observed": "3 of 12 pairs", "decided": True}
    verdict = "behaves" if holds else "fails: the content itself is best"
    return {"metric": metric, "family": family, "verdict": verdict, "checks": [claim], "undecided": [],
            "unchecked": [], "blind_to": []}  # fmt: skip


def agreed(mean):
    both = {"spearman": estimate(mean, 0.1), "kendall": estimate(mean - 0.1, 0.1)}
    return {"votes": estimate(0.5 + mean / 2), "image": both, "system": both}


def document_of(hostile="", rendered=True, sensitivity=(), votes=True):
    """What validation.json holds; hostile: an id of one metric more."""
    infos = [info.document() for info in resolve(METRICS)]
    infos += [{**infos[0], "id": hostile}] if hostile else []
    known = {**LADDERS, **({"rounds": (1, 2, 4, 8)} if rendered else {})}
    ladders = {name: known[name] for name in CLIMBED if name in known}
    ids = [info["id"] for info in infos]
    none = {"mean": None, "low": None, "high": None, "n": 0, "reason": "no comparison was voted on twice"}
    found = {
        "schema": 1, "key": "k", "suite": "quick", "backbone": "embedded", "numerics": "exact", "seed": 0,
        "split": {"name": "quick", "sha256": "a" * 64, "size": 256}, "rendered": rendered,
        "environment": {"device": "cpu", "versions": {"torch": "2.15"}},
        "sample": {"n": 2, "of": 48, "pairs": [["cat", "oil-1"], ["cup", "ink-2"]]},
        "metrics": infos,
        "ladders": [ladder(info, name, strengths, number)
                    for info in infos for number, (name, strengths) in enumerate(ladders.items())],
        "controls": {
            "trust": [checked(info["id"], info["family"], place != 1) for place, info in enumerate(infos)],
            "means": [{"metric": m, "control": c, **estimate(0.3)} for m in ids for c in ("identity", "style-copy")],
        },
        "retest": [
            {"metric": m, "what": what, "kind": kind, "n": 2, "largest": 0.1 * (kind == "small"),
             "mean": 0.05 * (kind == "small"), "largest_relative": 0.3, "mean_relative": 0.08}
            for m in ids for what, kind in WAYS.items()
        ],
        "resolution": [
            {"metric": m, "view": view, "n": 24, "rank": 0.97, "shift": estimate(0.1), "shift_relative": 0.2,
             "reason": ""}
            for m in ids for view in VIEWS
        ],
        "attack": [
            {"metric": m, "on": "the content itself", "towards": "the true renderer's output", "how": ["gradient"],
             "gain": estimate(0.1), "way": 0.5, "share": 0.2}
            for m in ids
        ],
        "sensitivity": list(sensitivity),
        "votes": {
            "n": 90, "pairs": 9, "models": ["a", "b"], "raters": 3,
            "agreement": [{"metric": m, "question": "style", **agreed(0.4)} for m in ids],
            "ceiling": [{"question": "style", "comparisons": 0, "votes": none,
                         "image": {"spearman": none, "kendall": none}}],
        } if votes else None,
        "titles": [list(each) for each in TITLES.items()],
        "limits": LIMITS,
    }  # fmt: skip
    return {**found, "properties": properties(found)}


def written(folder: Path, **how) -> Path:
    write_json(folder / "validation.json", document_of(**how))
    return write_validation_page(folder)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return written(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """With a hostile name and everything that a page can hold."""
    rows = [sensitive("psnr", 1.0), sensitive("ssim", 0.5), sensitive("psnr", 0.0, "palette")]
    return written(tmp_path_factory.mktemp("full"), hostile=f"{HOSTILE}{'a_very_long_name' * 4}", sensitivity=rows)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Of a split without recipes, without votes."""
    return written(tmp_path_factory.mktemp("bare"), rendered=False, votes=False)


def words(page):
    text = re.sub(r"<style>.*?</style>|<title.*?</title>|<desc.*?</desc>", "", page.read_text(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_it_leads_with_one_table_of_metric_by_property(page):
    text = page.read_text()
    table = re.search(r'<table class="board verdicts">.*?</table>', text, re.DOTALL)[0]
    assert text.index("<table") == text.index(table)
    for title in TITLES.values():
        assert title in table
    rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)[1:]
    assert [re.search(r'scope="row">([^<]+)', row)[1] for row in rows] == METRICS
    assert all(row.count("<td") == len(TITLES) for row in rows)
    assert "misplaces some" in rows[1]


def test_each_metric_is_summed_up_in_words(page):
    text = words(page)
    assert "May be trusted" in text
    assert "not: to order outputs of different models" in text
    assert "metrics put every control where it belongs. Not: ssim." in text


def test_names_are_escaped_and_nothing_is_loaded_or_run(full):
    text = full.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    policy = text.replace("&#39;", "'")
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    addresses = re.findall(r"""(?:src|href|action|xlink:href)=["']([^"']*)|url\(([^)]*)\)""", text)
    assert addresses
    assert all((one or other).startswith(("#", "data:")) for one, other in addresses)


def test_no_id_is_used_twice_and_every_link_has_its_end(full):
    text = full.read_text()
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def sensitive(metric, moved, factor="stroke_width"):
    return {"metric": metric, "side": "style", "domain": "oil", "factor": factor, "change": 0.25, "moved": moved,
            "low": moved - 0.1, "high": moved + 0.1, "n": 8}  # fmt: skip


def test_the_sensitivity_map_is_drawn_where_there_is_one_and_nothing_where_not(full, page):
    text = full.read_text()
    assert 'id="sensitivity"' in text
    assert "stroke width" in text
    assert re.search(r'class="heat-9"[^>]*>1\.00', text)
    assert re.search(r'class="heat-[45]"[^>]*>0\.50', text)
    assert "sensitivity" not in page.read_text()


def test_votes_stand_next_to_what_people_reach_and_without_votes_there_is_no_section(page, bare):
    assert "people among one another no comparison was voted on twice" in words(page)
    assert 'id="votes"' not in bare.read_text()
    assert "no votes" in words(bare)


def test_a_split_without_recipes_is_told_what_is_missing(page, bare):
    assert "No style image of this split has a recipe" in words(bare)
    assert "No style image of this split has a recipe" not in words(page)


def test_what_is_not_asked_of_a_metric_is_said_with_the_reason(page):
    text = words(page)
    assert "hue: not asked of psnr, ssim" in text
    assert "since it sees luminance alone." in text


def test_the_same_validation_gives_the_same_page_and_none_is_an_error(page, tmp_path):
    first = page.read_bytes()
    assert write_validation_page(page.parent).read_bytes() == first
    with pytest.raises(UsageError, match=r"validation\.json is missing"):
        write_validation_page(tmp_path / "nowhere")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_nothing_scrolls_sideways_and_one_set_of_plots_shows(browser, full, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(full.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    seen = [tab.locator(f".climbs .{kind}").first.is_visible() for kind in ("broad", "narrow")]
    assert seen == [width > 640, width <= 640]
    paper = [int(n) for n in re.findall(r"\d+", tab.evaluate("getComputedStyle(document.body).backgroundColor"))]
    assert (sum(paper) < 150) == (scheme == "dark")
    assert complaints == []
    context.close()
