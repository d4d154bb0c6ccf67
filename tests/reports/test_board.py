"""The columns of the leaderboard: their order, headings and cells."""

from dataclasses import replace

import pandas as pd

from stylegauge.benchmark.records import SET_COLUMNS
from stylegauge.metrics.registry import METRICS
from stylegauge.reports import board, tables
from stylegauge.reports.values import Value, values_by_metric


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


def test_only_the_planes_own_axes_stand_there_and_other_forms_of_them_with_their_family() -> None:
    metrics = ["content@embedded", "gram_rel@embedded", "gram_rel@vgg19", "content@vgg19", "content"]
    values = {metric: {"a": Value(1.0, 0.5, 1.5, 48)} for metric in metrics}
    columns = board.make_columns(values, [], axes=("content@vgg19", "gram_rel@vgg19"))
    assert [(column.id, column.family) for column in columns] == [
        ("content@vgg19", "plane"),
        ("gram_rel@vgg19", "plane"),
        ("content@embedded", "content"),
        ("gram_rel@embedded", "style"),
        ("content", "other"),
    ]


def test_a_metric_of_a_family_that_the_page_has_no_heading_for_is_shown_all_the_same() -> None:
    mine = replace(METRICS["psnr"], id="mine", family="cost")
    (column,) = board.make_columns({"mine": {"a": Value(1.0, 0.5, 1.5, 48)}}, [], {"mine": mine})
    assert column.family == "other"


def test_numbers_on_weights_that_are_not_the_published_ones_say_so_in_the_heading_the_gates_too() -> None:
    metrics = ["lpips@alex", "psnr", "gain", "over blending"]
    values = {metric: {"a": Value(1.0, 0.5, 1.5, 48)} for metric in metrics}
    columns = board.make_columns(values, [], unverified=["lpips@alex", "gain"])
    assert {column.id for column in columns if "weights not verified" in column.caveats} == {
        "lpips@alex",
        "gain",
        "over blending",
    }


def test_a_metric_without_any_value_keeps_its_column_and_no_cell_is_zero() -> None:
    (column,) = board.make_columns({"cycle_l1": {}}, [])
    assert (column.family, column.caveats, column.cells) == ("behaviour", ("no model has a value",), {})


def test_a_long_remark_stands_below_the_table_with_its_number_at_the_heading() -> None:
    notes: list[str] = []
    long = "n < D: 12 distinct pictures, 2048 dimensions"
    values = {"fid@inception": {name: Value(1.0, 0.5, 1.5, 48, long) for name in "ab"}}
    (column,) = board.make_columns(values, notes)
    assert (column.caveats, column.notes, notes) == ((), (1,), [long])


def test_what_is_zero_but_for_rounding_is_written_as_zero() -> None:
    values = {"a": Value(8.2, 7.0, 9.4, 48), "b": Value(1.3e-15, 1.0e-15, 1.6e-15, 48)}
    (column,) = board.make_columns({"sifid@inception": values}, [])
    assert column.cells["b"].mean.strip("\N{FIGURE SPACE}") == "0"
    assert len(column.cells["a"].mean) < 5


def document(**sizes: tuple[float | None, int]) -> dict:
    """leaderboard.json with one set metric: model -> value, n."""
    nothing = {"mean": None, "low": None, "high": None, "n": 0, "share_above": None}
    models = [
        {
            "name": name,
            "gain": {**nothing, "over_blending": nothing},
            "metrics": {
                "fid@inception": {
                    "mean": mean,
                    "low": mean and mean - 1,
                    "high": mean and mean + 1,
                    "n": n,
                    "n_reference": 64,
                    "note": "not applicable: 1 picture" if mean is None else "",
                }
            },
        }
        for name, (mean, n) in sizes.items()
    ]
    groups = [[name for name, (mean, n) in sizes.items() if n == size and mean is not None] for size in (48, 300)]
    comparison = {"groups": [group for group in groups if group], "note": "not ranked across"}
    return {"models": models, "set_comparisons": {"all": {"fid@inception": comparison}}}


def test_set_metrics_of_unequal_sets_stand_apart_with_a_remark_and_on_no_common_axis() -> None:
    notes: list[str] = []
    values = values_by_metric(document(a=(9.0, 48), b=(8.0, 48), c=(3.0, 300)))
    (column,) = board.make_columns(values, notes)
    assert notes == ["not ranked across"]
    assert [column.cells[name].note for name in "abc"] == [0, 0, 1]
    assert [column.cells[name].whisker is None for name in "abc"] == [False, False, True]
    assert column.cells["c"].n == "n = 300"


def test_why_a_set_metric_does_not_apply_is_told_beside_its_na() -> None:
    notes: list[str] = []
    (column,) = board.make_columns(values_by_metric(document(a=(9.0, 48), b=(8.0, 48), c=(None, 1))), notes)
    assert column.cells["c"].mean.strip("\N{FIGURE SPACE}") == "n/a"
    assert notes == ["against 64 references; not applicable: 1 picture"]


def test_set_metrics_of_single_domains_stand_apart_as_well() -> None:
    rows = [(name, "oil", "fid@inception", 9.0, 8.0, 10.0, n, 64, "") for name, n in (("a", 40), ("b", 40), ("c", 33))]
    comparisons = {"oil": {"fid@inception": {"groups": [["a", "b"], ["c"]], "note": "not ranked across"}}}
    notes: list[str] = []
    sets = pd.DataFrame(rows, columns=list(SET_COLUMNS))
    (column,) = tables.domain_columns(sets, notes, unverified=["fid@inception"], comparisons=comparisons)
    assert column.caveats == ("oil", "weights not verified")
    assert [column.cells[name].note for name in "abc"] == [0, 0, 1]
    assert notes == ["not ranked across"]
