"""What the page says in words, and which rows stand where."""

from typing import Any

import pytest

from stylegauge.reports import blocks, provenance, summary, tables

BEHAVING_GATE = {"metric": "gain", "family": "gate", "verdict": "behaves", "checks": [], "undecided": [],
                 "unchecked": [], "blind_to": []}  # fmt: skip


def model(name: str, role: str = "entry", status: str = "complete", rank: int | None = None, **more: Any) -> dict:
    verdict = "valid" if rank else "not valid"
    gain = {"mean": 0.1, "low": 0.0, "high": 0.2, "n": 48, "share_above": 0.9, "verdict": verdict, "valid": bool(rank),
            "reason": "", "over_blending": {"mean": 0.2, "low": 0.1, "high": 0.3, "n": 48}}  # fmt: skip
    return {
        "name": name, "role": role, "status": status, "rank": rank, "rank_interval": [1, 2] if rank else None,
        "missing": None, "metrics": {}, "gain": gain, **more,
    }  # fmt: skip


def document(*models: dict, groups: tuple[tuple[str, ...], ...] = (), **more: Any) -> dict:
    return {
        "models": list(models), "tied_groups": [list(group) for group in groups], "ranked_by": "gain",
        "not_distinguishable_from_best": list(groups[0]) if groups else [], "gate_trust": BEHAVING_GATE, "caveat": "",
        "networks": ["embedded"], **more,
    }  # fmt: skip


def planned(board: dict, **arguments: Any) -> list[dict]:
    """plan.json's models of a leaderboard in which every name is the spec."""
    return [{"name": m["name"], "spec": m["name"], "arguments": arguments} for m in board["models"]]


def blocks_of(*models: dict, **more: Any) -> list[blocks.Block]:
    board = document(*models, **more)
    return blocks.make_blocks(board, planned(board))


def statement(metric: str, verdict: str = "behaves", undecided: int = 0, **more: Any) -> dict:
    checks = [
        {
            "claim": f"claim {i}",
            "holds": not verdict.startswith("fails"),
            "observed": f"seen {i}",
            "decided": i >= undecided,
        }
        for i in range(3)
    ]
    return {"metric": metric, "family": "style", "verdict": verdict, "checks": checks, "unchecked": [], "blind_to": [],
            "undecided": [c["claim"] for c in checks if c["holds"] and not c["decided"]], **more}  # fmt: skip


def test_tied_entries_share_a_group_and_show_the_ranks_that_are_possible() -> None:
    (block,) = blocks_of(model("b", rank=2), model("a", rank=1), groups=(("b", "a"),))
    assert [row.name for row in block.rows] == ["a", "b"]
    assert block.explanation.startswith("Not distinguishable from the best")
    assert block.rows[0].note == "rank 1 to 2"


def test_controls_are_the_last_block_and_say_what_they_are() -> None:
    made = blocks_of(model("blend-25", role="control"), model("a"))
    assert [block.title for block in made] == ["Not ranked", "Controls"]
    assert made[-1].controls
    assert made[-1].rows[0].note == "75 % content, 25 % style image"


def test_an_incomplete_entry_stands_apart_from_one_that_is_not_valid() -> None:
    missing = {"outputs": 3, "of": 48, "examples": [], "reasons": {"ValueError: odd": 3}, "domains": {}}
    made = blocks_of(model("a"), model("b", status="incomplete", missing=missing))
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
    assert summary.findings(found, [])[1].text == words


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
    assert summary.findings(document(*models, groups=groups), [])[2].text == words


def test_a_metric_that_fails_and_claims_nobody_could_check_are_both_told() -> None:
    good = statement("psnr", "behaves in 3 of 4", unchecked=[{"claim": "x", "missing": ["blur"], "possible": True}])
    bad = statement("ssim", "fails: y")
    assert summary.findings(document(model("a")), [good, bad])[0].text == (
        "0 of 2 metrics put every control in its place; 1 does as far as this run’s controls can tell; ssim does not. "
        "1 claim could not be checked: this run lacks the controls."
    )


def test_contents_are_counted_as_crops_of_photographs() -> None:
    contents = [{"group": group, "domain": "photograph"} for group in ("cat", "cat", "cup")]
    assert summary.contents_in_words({"contents": contents}) == "3 crops of 2 photographs"
    scene = {"group": "s", "domain": "scene"}
    assert summary.contents_in_words({"contents": [*contents, scene]}).endswith(" and 1 rendered scene")
    assert summary.contents_in_words({"contents": [{"group": "a", "domain": ""}] * 20}) == "20 contents"


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
    fails = statement("gram_rel@embedded", "fails: y")
    text = summary.findings(document(model("a", rank=1), groups=(("a",),)), [fails])[1].text
    assert text == "1 of 1 entry: a. With care: gram_rel@embedded, by which this is told, does not pass its self-test."


def test_a_gate_that_stops_the_true_renderer_says_so_beside_its_verdict() -> None:
    gate = {**BEHAVING_GATE, "verdict": "fails: the true renderer gains"}
    board = document(model("a", rank=1), groups=(("a",),), gate_trust=gate)
    text = summary.findings(board, [])[1].text
    assert text == "1 of 1 entry: a. The gate does not find here that the true renderer gains."


def test_the_only_ranked_entry_is_above_nobody() -> None:
    (block,) = blocks_of(model("a", rank=1), groups=(("a",),))
    assert block.explanation.startswith("The only one ranked.")


def test_undecided_on_the_mean_is_neither_behaving_nor_failing() -> None:
    found = [statement("gram@embedded", undecided=2), statement("adain@embedded"), statement("histogram", "fails: y")]
    (test,) = tables.self_tests(found)
    assert [test.claims[i].found["gram@embedded"][0] for i in range(3)] == ["undecided", "undecided", "holds"]
    assert test.verdicts["gram@embedded"] == ("behaves on pairs; 2 undecided", "warn")
    assert test.verdicts["adain@embedded"] == ("behaves", "good")
    assert test.undecided == (("gram@embedded", "claim 0", "seen 0"), ("gram@embedded", "claim 1", "seen 1"))
    assert summary.findings(document(model("a")), found)[0].text == (
        "1 of 3 metrics put every control in its place, 1 more on pairs but not on the mean; histogram does not."
    )


def test_a_metric_of_which_little_was_checked_says_how_much() -> None:
    (test,) = tables.self_tests(
        [statement("psnr", "behaves in 3 of 7"), statement("l1", "behaves in 3 of 7", undecided=1)]
    )
    assert test.verdicts["psnr"] == ("behaves in 3 of 7", "warn")
    assert test.verdicts["l1"] == ("behaves in 3 of 7 on pairs; 1 undecided", "warn")


def test_claims_that_a_split_cannot_allow_do_not_count_against_its_metrics() -> None:
    photographs = statement("psnr", unchecked=[{"claim": "x", "missing": ["oracle"], "possible": False}])
    assert summary.findings(document(model("a")), [photographs])[0].text == (
        "1 of 1 metric put every control in its place. "
        "1 claim needs controls that this split cannot have: its styles have no true renderer."
    )


def test_where_the_gate_stops_the_true_renderer_nobody_is_praised_and_nobody_is_condemned() -> None:
    models = model("a", rank=1), model("b")
    board = document(*models, groups=(("a",),), caveat="the gate stops it here")
    finding = summary.findings(board, [])[2]
    assert finding.title != "The best"
    assert finding.text.startswith("Nothing is led by the gain here")
    ranked, rest = blocks.make_blocks(board, planned(board))
    assert [(row.verdict, row.tone) for row in (*ranked.rows, *rest.rows)] == [
        ("valid, with care", "warn"),
        ("not shown here", "na"),
    ]
    assert all(block.explanation.endswith("With care: the gate stops it here.") for block in (ranked, rest))
    assert [row.verdict for block in blocks_of(*models, groups=(("a",),)) for row in block.rows] == [
        "valid",
        "not valid",
    ]


def test_an_entry_that_optimises_what_judges_it_says_so_under_whatever_name() -> None:
    board = document(model("mine", rank=1), groups=(("mine",),))
    plan = [{"name": "mine", "spec": "gatys", "arguments": {"evaluations": 3}}]
    (block,) = blocks.make_blocks(board, plan)
    assert "optimises features of the very backbone that judges it" in block.rows[0].note
    assert blocks.warnings(planned(document(model("a"))), ["embedded"]) == []


def test_one_sentence_a_backbone_names_all_entries_that_it_flatters() -> None:
    specs = {"gatys": {}, "adain": {}, "identity": {}, "wct": {"strength": 0.5}, "mine": {"backbone": "vgg19"}}
    plan = [
        {"name": name, "spec": "gatys" if name == "mine" else name, "arguments": arguments}
        for name, arguments in specs.items()
    ]
    assert blocks.warnings(plan, ["embedded", "vgg19"]) == [
        "Made with features of the very backbone that judges them (embedded), so its numbers flatter them: "
        "gatys, adain, wct.",
        "Made with features of the very backbone that judges them (vgg19), so its numbers flatter them: mine.",
    ]


def test_an_entry_is_flattered_only_by_the_backbone_that_it_optimises() -> None:
    plan = [{"name": "mine", "spec": "gatys", "arguments": {}}]
    board = document(model("mine", rank=1), groups=(("mine",),), networks=["vgg19", "alex"])
    (block,) = blocks.make_blocks(board, plan)
    assert "judges it" not in block.rows[0].note
    assert blocks.warnings(plan, ["vgg19"]) == []
    plan[0]["arguments"] = {"backbone": "vgg19"}
    (sentence,) = blocks.warnings(plan, ["vgg19"])
    assert sentence.endswith("judges them (vgg19), so its numbers flatter them: mine.")


@pytest.mark.parametrize(
    ("networks", "numerics", "words"),
    [
        (["embedded"], "exact", "Features come from the network embedded."),
        (["vgg19", "alex", "inception"], "exact", "Features come from the networks vgg19, alex and inception."),
        (
            ["vgg", "inception"],
            "fast",
            "Features come from the networks vgg and inception, in fast numerics (bfloat16).",
        ),
        ([], "exact", "at 64 × 64 pixels."),
    ],
)
def test_the_first_words_name_the_networks_that_were_really_used(
    networks: list[str], numerics: str, words: str
) -> None:
    split = {"contents": [{"id": "c", "domain": "", "group": "c"}], "styles": [{"id": "s", "domain": ""}],
             "pairs": [["c", "s"]], "size": 64}  # fmt: skip
    assert summary.lede({"numerics": numerics, "backbone": "embedded"}, split, networks).endswith(words)


def test_only_the_axes_of_the_gate_cast_doubt_on_it() -> None:
    fails = statement("content@vgg", verdict="fails: claim 0")
    board = document(model("a", rank=1), groups=(("a",),))
    axes = ("content@embedded", "gram_rel@embedded")
    assert "With care" not in summary.findings(board, [fails], axes)[1].text
    assert "With care: content@vgg" in summary.findings(board, [fails], ("content@vgg", "gram_rel@vgg"))[1].text


def test_what_a_metric_of_luminance_cannot_see_is_said_in_its_own_words() -> None:
    gray = statement("lpips_gray@alex", family="content", blind_to=["colour-match"])
    sets = statement("fid@inception", family="set", blind_to=["wrong-content", "wrong-style"])
    content, of_sets = tables.self_tests([gray, sets])
    assert content.blind == (
        "Of colour-match, lpips_gray@alex can see only what it does to luminance, so its place is not asked for.",
    )
    (sentence,) = of_sets.blind
    assert sentence.startswith("fid@inception cannot see wrong-content or wrong-style: exchanging partners")


def test_a_control_with_other_arguments_names_them() -> None:
    board = document(model("n", role="control"))
    (block,) = blocks.make_blocks(board, [{"name": "n", "spec": "noise", "arguments": {"sigma": 0}}])
    assert block.rows[0].note == "the content with noise, with sigma=0: not part of the self-test"
