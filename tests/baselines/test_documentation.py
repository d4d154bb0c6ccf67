"""docs/baselines.md lists the generators as the table has them, and speaks of each."""

from pathlib import Path

import pytest

from stylegauge.baselines.documentation import BEGIN, END, main, rewritten, table
from stylegauge.baselines.table import CONTROLS, ENTRIES, OFFICIAL_ROWS
from stylegauge.baselines.training.systems import SYSTEMS
from stylegauge.datasets.errors import UsageError

PAGE = Path(__file__).parents[2] / "docs" / "baselines.md"


def test_the_page_lists_exactly_the_generators_of_the_table_as_they_are():
    text = PAGE.read_text(encoding="utf-8")
    assert rewritten(text) == text, "run: python -m stylegauge.baselines.documentation docs/baselines.md"


def test_the_table_has_a_row_of_equal_width_for_each_generator():
    head, rule, *rows = table().splitlines()
    assert [row.split("`")[1] for row in rows] == [info.name for info in (*ENTRIES, *OFFICIAL_ROWS, *CONTROLS)]
    assert {row.replace("\\|", "").count("|") for row in (head, rule, *rows)} == {10}


def test_a_stale_table_is_replaced_and_the_words_around_it_stay(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\n| old |\n{END}\n\nafter\n")
    main(page)
    assert page.read_text() == f"before\n\n{BEGIN}\n{table()}\n{END}\n\nafter\n"


def test_a_page_without_the_markers_is_refused():
    with pytest.raises(UsageError, match="no table to rewrite"):
        rewritten("no markers here")


def test_every_method_is_spoken_of_in_the_prose_as_well():
    words = PAGE.read_text(encoding="utf-8").partition(END)[2]
    missing = [info.name for info in (*ENTRIES, *OFFICIAL_ROWS) if f"`{info.name}`" not in words]
    assert not missing


def test_whatever_waits_for_weights_can_be_trained_under_its_name():
    assert {info.name for info in ENTRIES if info.trained} == set(SYSTEMS)
