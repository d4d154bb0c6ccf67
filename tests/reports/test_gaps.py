"""Public and private judge on the page: who stands out is said in a sentence, and marked in the table."""

import json

import pytest

from stylegauge.benchmark.store import write_json
from stylegauge.reports.gaps import gap_tables
from stylegauge.reports.html import write_report

PUBLIC, PRIVATE = "quality@embedded", "quality-private@embedded"


def model(name, gap=5.0, flag="", ranks=(1, 2), role="entry"):
    interval = {"mean": gap, "low": gap - 1.23, "high": gap + 1.23, "n": 36}
    return {"name": name, "role": role, "public": 50 + gap, "private": 50.0, "gap": interval, "ranks": list(ranks),
            "rank_gap": 1, "flag": flag}  # fmt: skip


def document(*models, median=5.0, reason=""):
    return {"judge_gaps": [
        {"public": PUBLIC, "private": PRIVATE, "median": median, "reason": reason, "models": list(models)}
    ]}  # fmt: skip


def test_an_entry_that_stands_out_is_named():
    (gap,) = gap_tables(document(model("a"), model("b", 30, "higher on the public one than the field")))
    assert gap.conclusion.startswith("The median gap of the entries is +5.0.")
    assert gap.conclusion.endswith("1 entry gains clearly more than that by the public judge: b.")
    assert gap.rows[1].flag == "higher on the public one than the field"
    assert (gap.rows[1].gap, gap.rows[1].interval, gap.rows[1].places) == ("+30.0", "+28.8 … +31.2", "1 and 2")


def test_where_nobody_stands_out_the_page_says_so():
    (gap,) = gap_tables(document(model("a"), model("b", 1, "lower on the public one than the field")))
    assert gap.conclusion.endswith("No entry gains clearly more than that by the public judge.")


def test_without_a_field_it_says_why():
    (gap,) = gap_tables(document(model("a"), median=None, reason="1 of 3 entries"))
    assert gap.conclusion == "Nobody can stand out: 1 of 3 entries."


def test_what_is_not_known_is_never_0():
    one = model("c", role="control", ranks=(None, None)) | {"public": None, "private": None}
    one["gap"] = {"mean": None, "low": None, "high": None, "n": 0}
    (gap,) = gap_tables(document(one))
    row = gap.rows[0]
    assert (row.public, row.private, row.gap, row.interval, row.places) == ("n/a", "n/a", "n/a", "", "")


@pytest.fixture
def written(writer):
    """The page of a run with both judges, in which "twin" pleases the public one."""
    writer.metrics = (*writer.metrics, PUBLIC, PRIVATE)
    folder = writer.write()
    facts = {"sha256": "ab" * 32, "trained_on": "pictures", "figures": {}}
    environment = json.loads((folder / "environment.json").read_text())
    write_json(folder / "environment.json", {**environment, "judges": {PUBLIC: facts, PRIVATE: facts}})
    return write_report(folder)


def test_the_table_stands_in_the_ranking_and_in_leaderboard_json(written, browser):
    (found,) = json.loads((written.parent / "leaderboard.json").read_text())["judge_gaps"]
    assert {row["name"] for row in found["models"] if row["flag"].startswith("higher")} == {"twin"}
    for width in (1280, 390):
        tab = browser.new_page(viewport={"width": width, "height": 800})
        tab.goto(written.as_uri())
        region = tab.locator("#leaderboard [aria-label^='Public and private judge']")
        assert region.locator("tbody tr").count() == len(found["models"])
        assert region.locator(".warn").all_inner_texts() == ["higher on the public one than the field"]
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.close()
