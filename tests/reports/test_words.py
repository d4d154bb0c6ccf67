"""What the page says in words, and which rows stand where."""

from typing import Any

import pytest

from stylegauge.reports import blocks, board, provenance, summary
from stylegauge.reports.values import Value

BEHAVING_GATE = {"metric": "gain", "family": "gate", "verdict": "behaves", "checks": [], "unchecked": []}


def model(name: str, role: str = "entry", status: str = "complete", rank: int | None = None, **more: Any) -> dict:
    verdict = "valid" if rank else "not valid"
    gain = {"mean": 0.1, "low": 0.0, "high": 0.2, "n": 48, "share_above": 0.9, "verdict": verdict, "valid": bool(rank),
            "reason": "", "over_blending": {"mean": 0.2, "low": 0.1, "high": 0.3, "n": 48}}  # fmt: skip
    return {
        "name": name, "role": role, "status": status, "rank": rank, "rank_interval": [1, 2] if rank else None,
        "missing": None, "metrics": {}, "gain": gain, **more,
    }  # fmt: skip


def document(*models: dict, groups: tuple[tuple[str, ...], ...] = ()) -> dict:
    return {
        "models": list(models), "tied_groups": [list(group) for group in groups], "ranked_by": "gain",
        "not_distinguishable_from_best": list(groups[0]) if groups else [],
    }  # fmt: skip


def test_tied_entries_share_a_group_and_show_the_ranks_that_are_possible() -> None:
    (block,) = blocks.make_blocks(document(model("b", rank=2), model("a", rank=1), groups=(("b", "a"),)))
    assert [row.name for row in block.rows] == ["a", "b"]
    assert block.explanation.startswith("Not distinguishable from the best")
    assert block.rows[0].note == "rank 1 to 2"


def test_controls_are_the_last_block_and_say_what_they_are() -> None:
    made = blocks.make_blocks(document(model("blend-25", role="control"), model("a")))
    assert [block.title for block in made] == ["Not ranked", "Controls"]
    assert made[-1].controls
    assert made[-1].rows[0].note == "75 % content, 25 % style image"


def test_an_incomplete_entry_stands_apart_from_one_that_is_not_valid() -> None:
    missing = {"outputs": 3, "of": 48, "examples": [], "reasons": {"ValueError: odd": 3}, "domains": {}}
    made = blocks.make_blocks(document(model("a"), model("b", status="incomplete", missing=missing)))
    assert [(block.title, [row.name for row in block.rows]) for block in made] == [
        ("Not ranked", ["a"]),
        ("Incomplete", ["b"]),
    ]
    assert made[1].rows[0].note == "3 of 48 missing: ValueError: odd"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (document(model("a", role="control")), "Only controls were run: there is nothing to judge."),
        (document(model("a")), "0 of 1 entry shown to be so beyond doubt."),
        (document(model("a", rank=1), model("b"), groups=(("a",),)), "1 of 2 entries: a."),
    ],
)
def test_the_gate_is_told_in_a_sentence(found: dict, words: str) -> None:
    assert summary.findings(found, [], BEHAVING_GATE)[1].text == words


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ((("a", "b"),), "a and b cannot be told apart with these pairs."),
        ((("a",), ("b",)), "a, above 1 other beyond doubt."),
        ((), "Nothing is ranked: no entry is complete and above the no-skill curve."),
    ],
)
def test_the_best_is_a_group_and_never_a_coin_toss(groups: tuple, words: str) -> None:
    models = [model("a", rank=1), model("b", rank=2)] if groups else [model("a")]
    assert summary.findings(document(*models, groups=groups), [], BEHAVING_GATE)[2].text == words


def test_a_metric_that_fails_and_claims_nobody_could_check_are_both_told() -> None:
    good = {"metric": "psnr", "verdict": "behaves", "unchecked": [{"claim": "x", "missing": ["oracle"]}]}
    bad = {"metric": "ssim", "verdict": "fails: y", "unchecked": []}
    assert summary.findings(document(model("a")), [good, bad], BEHAVING_GATE)[0].text == (
        "1 of 2 metrics put every control in its place; ssim does not. "
        "1 claim could not be checked: this run lacks the controls."
    )


def test_contents_are_counted_as_crops_of_photographs() -> None:
    contents = [{"group": group, "domain": "photograph"} for group in ("cat", "cat", "cup")]
    assert summary.contents_in_words({"contents": contents}) == "3 crops of 2 photographs"
    scene = {"group": "s", "domain": "scene"}
    assert summary.contents_in_words({"contents": [*contents, scene]}).endswith(" and 1 rendered scene")
    assert summary.contents_in_words({"contents": [{"group": "a", "domain": ""}] * 20}) == "20 contents"


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


def test_the_command_names_folders_arguments_and_what_is_not_the_default() -> None:
    plan = {
        "suite": "folders", "contents": "my photos", "styles": "s", "references": None, "size": 512, "pairs": "k=3",
        "models": [{"name": "mine", "spec": "a b.py:Net", "arguments": {"width": 64}}],
        "metrics": ["psnr"], "backbone": "embedded", "seed": 7, "repeats": 1, "batch": 4,
    }  # fmt: skip
    assert provenance.command(plan) == (
        "python run_benchmark.py run --contents 'my photos' --styles s --size 512 --pairs k=3 "
        """--model ''"'"'mine=a b.py:Net'"'"' width=64' --metrics psnr --seed 7"""
    )


def test_the_command_of_the_page_reads_back_as_the_same_models() -> None:
    import shlex

    from stylegauge.benchmark.adapters.spec import parse_model

    model = {"name": "mine", "spec": "a b.py:Net", "arguments": {"width": 64, "mode": "soft edge"}}
    plan = {"suite": "quick", "models": [model], "metrics": ["psnr"], "backbone": "embedded"}
    words = shlex.split(provenance.command(plan))
    read = parse_model(words[words.index("--model") + 1])
    assert (read.name, read.spec, read.arguments) == ("mine", "a b.py:Net", {"width": 64, "mode": "soft edge"})


def test_a_gate_whose_own_metrics_fail_their_self_test_is_told_with_care() -> None:
    fails = {"metric": "gram_rel@embedded", "verdict": "fails: y", "unchecked": []}
    text = summary.findings(document(model("a", rank=1), groups=(("a",),)), [fails], BEHAVING_GATE)[1].text
    assert text == "1 of 1 entry: a. With care: gram_rel@embedded, by which this is told, does not pass its self-test."


def test_a_gate_that_stops_the_true_renderer_says_so_beside_its_verdict() -> None:
    gate = {**BEHAVING_GATE, "verdict": "fails: the true renderer gains"}
    text = summary.findings(document(model("a", rank=1), groups=(("a",),)), [], gate)[1].text
    assert text == "1 of 1 entry: a. The gate does not find here that the true renderer gains."


def test_the_only_ranked_entry_is_above_nobody() -> None:
    (block,) = blocks.make_blocks(document(model("a", rank=1), groups=(("a",),)))
    assert block.explanation.startswith("The only one ranked.")


def test_a_remark_that_most_models_share_stands_in_the_heading_and_the_odd_one_at_its_number() -> None:
    notes: list[str] = []
    values = {name: Value(1.0, 0.5, 1.5, 48, "odd" if name == "c" else "few") for name in "abcd"}
    (column,) = board.make_columns({"kid@embedded": values}, notes)
    assert column.caveats[-1] == "few"
    assert [column.cells[name].note for name in "abcd"] == [0, 0, 1, 0]
    assert notes == ["odd"]
