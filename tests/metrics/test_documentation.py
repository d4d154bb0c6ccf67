from pathlib import Path

from stylegauge.metrics.documentation import END, rewritten, table
from stylegauge.metrics.registry import METRICS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "metrics.md"


def test_the_page_lists_exactly_the_metrics_of_the_registry_as_they_are():
    text = PAGE.read_text(encoding="utf-8")
    assert rewritten(text) == text, "run: python -m stylegauge.metrics.documentation docs/metrics.md"


def test_the_table_has_a_row_of_equal_width_for_each_metric():
    head, rule, *rows = table().splitlines()
    assert [row.split("`")[1] for row in rows] == list(METRICS)
    assert {row.replace("\\|", "").count("|") for row in (head, rule, *rows)} == {8}


def test_every_metric_is_spoken_of_in_the_prose_as_well():
    words = PAGE.read_text(encoding="utf-8").partition(END)[2] + (DOCS / "modern.md").read_text(encoding="utf-8")
    missing = {info.name for info in METRICS.values() if f"**{info.name}" not in words and f"`{info.id}`" not in words}
    assert not missing
