"""The columns of the leaderboard: their order, headings and cells."""

from stylegauge.reports import board
from stylegauge.reports.values import Value


def test_a_column_says_n_once_and_a_cell_says_it_where_it_differs() -> None:
    values = {"ssim": {"a": Value(0.5, 0.4, 0.6, 48), "b": Value(0.4, 0.3, 0.5, 48), "c": Value(0.3, 0.2, 0.4, 43)}}
    (column,) = board.make_columns(values, [])
    assert column.n == "n = 48"
    assert [column.cells[name].n for name in "abc"] == ["", "", "n = 43"]


def test_remarks_of_single_models_are_numbered_and_shared_ones_stand_in_the_heading() -> None:
    notes: list[str] = []
    same = {"a": Value(1.0, 0.5, 1.5, 48, "few"), "b": Value(2.0, 1.5, 2.5, 48, "few")}
    other = {name: Value(1.0, 0.5, 1.5, 48, "odd" if name == "b" else "") for name in "abc"}
    fid, kid = board.make_columns({"fid@embedded": same, "kid@embedded": other}, notes)
    assert fid.caveats == ("not the published FID", "few")
    assert [kid.cells[name].note for name in "ab"] == [0, 1]
    assert notes == ["odd"]


def test_a_metric_unknown_to_this_version_keeps_its_numbers_without_a_direction() -> None:
    (column,) = board.make_columns({"future": {"a": Value(1.0, 0.5, 1.5, 48)}}, [])
    assert (column.id, column.arrow, column.family) == ("future", "", "other")


def test_a_remark_that_most_models_share_stands_in_the_heading_and_the_odd_one_at_its_number() -> None:
    notes: list[str] = []
    values = {name: Value(1.0, 0.5, 1.5, 48, "odd" if name == "c" else "few") for name in "abcd"}
    (column,) = board.make_columns({"kid@embedded": values}, notes)
    assert column.caveats[-1] == "few"
    assert [column.cells[name].note for name in "abcd"] == [0, 0, 1, 0]
    assert notes == ["odd"]


def test_the_axes_of_the_plane_stand_next_to_the_gate_content_first() -> None:
    metrics = ["psnr", "gram@embedded", "gram_rel@embedded", "content@embedded", "gain", "fid@embedded"]
    columns = board.make_columns({metric: {"a": Value(1.0, 0.5, 1.5, 48)} for metric in metrics}, [])
    assert [column.name for column in columns] == ["gain", "content", "gram_rel", "psnr", "gram", "fid"]
    assert [column.first for column in columns] == [True, True, False, True, True, True]
