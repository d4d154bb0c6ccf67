"""A table in a page is written anew between its markers, and the rest of the page stays."""

import pytest

from stylegauge.baselines import documentation as of_baselines
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics import documentation as of_metrics
from stylegauge.metrics.page_table import END, begin_of, markdown, with_table


def test_a_table_by_hand():
    assert markdown(("a", "b"), [("1", "x|y")]) == "| a | b |\n| --- | --- |\n| 1 | x\\|y |"


def test_the_marker_names_the_command():
    assert begin_of("stylegauge.metrics.documentation") == "<!-- table: python -m stylegauge.metrics.documentation -->"


@pytest.mark.parametrize("documentation", [of_metrics, of_baselines], ids=["metrics", "baselines"])
def test_a_stale_table_is_replaced_and_the_words_around_it_stay(documentation, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{documentation.BEGIN}\n| old |\n{END}\n\nafter\n")
    documentation.main(page)
    assert page.read_text() == f"before\n\n{documentation.BEGIN}\n{documentation.table()}\n{END}\n\nafter\n"


@pytest.mark.parametrize("page", ["no markers here", "<!-- b -->\n| old |\n", END])
def test_a_page_without_both_markers_is_refused(page):
    with pytest.raises(UsageError, match="no table to rewrite; expected the lines '<!-- b -->'"):
        with_table(page, "<!-- b -->", "| new |")
