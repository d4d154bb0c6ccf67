"""docs/baselines.md lists the generators as the table has them, and speaks of each."""

from pathlib import Path

from stylegauge.baselines.documentation import END, rewritten, table
from stylegauge.baselines.table import CONTROLS, ENTRIES, OFFICIAL_ROWS
from stylegauge.baselines.training.systems import SYSTEMS

PAGE = Path(__file__).parents[2] / "docs" / "baselines.md"


def test_the_page_lists_exactly_the_generators_of_the_table_as_they_are():
    text = PAGE.read_text(encoding="utf-8")
    assert rewritten(text) == text, "run: python -m stylegauge.baselines.documentation docs/baselines.md"


def test_the_table_has_a_row_of_equal_width_for_each_generator():
    head, rule, *rows = table().splitlines()
    assert [row.split("`")[1] for row in rows] == [info.name for info in (*ENTRIES, *OFFICIAL_ROWS, *CONTROLS)]
    assert {row.replace("\\|", "").count("|") for row in (head, rule, *rows)} == {10}


def test_every_method_is_spoken_of_in_the_prose_as_well():
    words = PAGE.read_text(encoding="utf-8").partition(END)[2]
    missing = [info.name for info in (*ENTRIES, *OFFICIAL_ROWS) if f"`{info.name}`" not in words]
    assert not missing


def test_whatever_waits_for_weights_can_be_trained_under_its_name():
    assert {info.name for info in ENTRIES if info.trained} == set(SYSTEMS)
