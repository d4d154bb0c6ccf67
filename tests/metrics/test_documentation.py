from pathlib import Path

import pytest

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.documentation import BEGIN, END, main, rewritten, table
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


def test_a_stale_table_is_replaced_and_the_words_around_it_stay(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\n| old |\n{END}\n\nafter\n")
    main(page)
    assert page.read_text() == f"before\n\n{BEGIN}\n{table()}\n{END}\n\nafter\n"


def test_a_page_without_the_markers_is_refused():
    with pytest.raises(UsageError, match="no table to rewrite"):
        rewritten("no markers here")


def test_every_metric_is_spoken_of_in_the_prose_as_well():
    words = PAGE.read_text(encoding="utf-8").partition(END)[2] + (DOCS / "modern.md").read_text(encoding="utf-8")
    missing = {info.name for info in METRICS.values() if f"**{info.name}" not in words and f"`{info.id}`" not in words}
    assert not missing
