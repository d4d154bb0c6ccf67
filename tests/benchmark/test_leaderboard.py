import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stylegauge.benchmark.completeness import completeness
from stylegauge.benchmark.leaderboard import build
from stylegauge.benchmark.records import DOMAIN_COLUMNS, EFFICIENCY_COLUMNS, SCORE_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.store import Run, canonical_json

CONTENTS = [f"c{i}" for i in range(6)]
STYLES = [f"s{i}" for i in range(6)]
PAIRS = [(c, s) for c in CONTENTS for s in STYLES]
METRICS = ("psnr", "content@embedded", "gram_rel@embedded", "fid@embedded", "latency_ms")
PLACES = {"identity": (0.0, 1.0), "good": (0.5, 0.1), "close": (0.5, 0.1), "fair": (0.5, 0.3), "poor": (0.5, 0.6)}


def scores_of(models, psnr=20.0):
    noise = np.random.default_rng(0)
    rows = []
    for model in models:
        content_distance, style_distance = PLACES[model]
        for content, style in PAIRS:
            shift = 0 if model == "identity" else noise.normal(0, 0.02)
            values = (psnr, content_distance, style_distance + shift)
            rows += [(model, content, style, f"d{style}", 0, m, v, "ok", "") for m, v in zip(METRICS, values)]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def run_of(models=tuple(PLACES), suite="quick", scores=None, metrics=METRICS, finished=True):
    line = [(c, s, path, t, t, 1 - t) for c, s in PAIRS for path in ("blend", "colour") for t in (0.0, 0.5, 1.0)]
    sets = [(m, "all", "fid@embedded", 3.0, 2.0, np.nan, 36, 64, "n < D") for m in models]
    sets += [(m, "d1", "fid@embedded", 9.0, 2.0, 4.0, 36, 64, "") for m in models]
    costs = [(m, "latency_ms", 12.5, "ms an image", "median") for m in models]
    roles = [{"name": m, "spec": m, "role": "control" if m == "identity" else "entry"} for m in models]
    return Run(
        folder=Path("nowhere"),
        plan={"suite": suite, "models": roles, "metrics": list(metrics), "backbone": "embedded", "repeats": 1},
        split={
            "sha256": "5ca1ab1e",
            "size": 256,
            "pairs": [list(pair) for pair in PAIRS],
            "contents": [{"id": c, "group": c, "domain": ""} for c in CONTENTS],
            "styles": [{"id": s, "group": s, "domain": f"d{s}"} for s in STYLES],
        },
        environment={
            "weights": {"embedded": "beef"},
            "numerics": {"tf32": False},
            "versions": {"stylegauge": "0.1.0"},
            "models": {m: {"kind": "pair"} for m in models},
        },
        scores=scores_of(models) if scores is None else scores,
        sets=pd.DataFrame(sets, columns=list(SET_COLUMNS)),
        efficiency=pd.DataFrame(costs, columns=list(EFFICIENCY_COLUMNS)),
        noskill=pd.DataFrame(line, columns=["content", "style", "path", "step", "content_distance", "style_distance"]),
        domains=pd.DataFrame(columns=list(DOMAIN_COLUMNS)),
        finished=finished,
    )


def by_name(board):
    return {model["name"]: model for model in board["models"]}


def without(scores, rows, **changes):
    """The table with changes in some rows, or without them."""
    scores = scores.copy()
    for column, value in changes.items():
        scores.loc[rows, column] = value
    return scores if changes else scores[~rows].reset_index(drop=True)


def test_it_can_be_written_as_json_and_says_what_may_stand_beside_it():
    board = build(run_of())
    assert json.loads(canonical_json(board)) == board
    assert (board["schema"], board["suite"], board["split_sha256"]) == (1, "quick", "5ca1ab1e")
    assert board["comparable"]["weights"] == {"embedded": "beef"}
    assert board["comparable"]["numerics"] == {"tf32": False}


def test_it_is_the_same_whatever_the_order_of_rows():
    shuffled = scores_of(PLACES).sample(frac=1, random_state=3)
    assert build(run_of(scores=shuffled)) == build(run_of())


def test_entries_are_ranked_by_gain_and_controls_and_the_invalid_are_not():
    models = by_name(build(run_of()))
    assert {models["good"]["rank"], models["close"]["rank"]} == {1, 2}
    assert models["good"]["rank_interval"] == models["close"]["rank_interval"] == [1, 2]
    assert (models["fair"]["rank"], models["fair"]["rank_interval"], models["fair"]["tied_group"]) == (3, [3, 3], 2)
    for name, reason in (("identity", "control"), ("poor", "not valid: worse than mixing and recolouring")):
        assert (models[name]["rank"], models[name]["rank_interval"]) == (None, None)
        assert models[name]["rank_reason"] == reason
    assert models["good"]["gain"]["mean"] == pytest.approx(0.4, abs=0.02)
    assert models["poor"]["gain"]["valid"] is False


def test_a_gate_that_stops_the_true_renderer_is_told_beside_the_ranks():
    run = run_of()
    assert build(run)["caveat"] == ""
    next(model for model in run.plan["models"] if model["name"] == "poor").update(role="control", spec="oracle")
    board = build(run)
    assert by_name(board)["good"]["rank"] is not None
    assert board["caveat"].startswith("the gate does not let the true renderer through here")
    assert board["gate_trust"]["verdict"] == "fails: the true renderer gains over mixing and recolouring"


def test_the_set_not_distinguishable_from_the_best_is_named():
    board = build(run_of())
    assert sorted(board["not_distinguishable_from_best"]) == ["close", "good"]
    assert [sorted(group) for group in board["tied_groups"]] == [["close", "good"], ["fair"]]


def test_the_quick_suite_leads_with_groups_and_others_with_ranks():
    assert build(run_of())["lead"] == "tied groups"
    assert build(run_of(suite="folders"))["lead"] == "ranks"


def test_psnr_is_clipped_at_100_db_and_the_clipped_values_are_counted():
    scores = scores_of(["identity", "good"])
    equal = (scores["metric"] == "psnr") & (scores["model"] == "identity")
    some = equal & scores["content"].isin(["c0", "c1"])
    scores = without(without(scores, equal, value=40.0), some, value=np.inf)
    models = by_name(build(run_of(["identity", "good"], scores=scores)))
    assert models["identity"]["metrics"]["psnr"]["mean"] == pytest.approx((100 * 12 + 40 * 24) / 36)
    assert models["identity"]["metrics"]["psnr"]["clipped"] == 12
    assert models["good"]["metrics"]["psnr"]["clipped"] == 0
    assert build(run_of())["clipped_at"] == {"psnr": 100.0}


def test_every_mean_has_its_interval_and_n():
    metrics = by_name(build(run_of()))["fair"]["metrics"]
    gram = metrics["gram_rel@embedded"]
    assert gram["low"] < gram["mean"] < gram["high"]
    assert gram["n"] == 36
    assert metrics["fid@embedded"] == {
        "mean": 3.0, "low": 2.0, "high": None, "n": 36, "n_reference": 64, "note": "n < D",
    }  # fmt: skip
    assert "latency_ms" not in metrics
    assert by_name(build(run_of()))["fair"]["efficiency"]["latency_ms"]["value"] == 12.5


def test_an_incomplete_entry_is_not_ranked_and_says_what_is_missing():
    scores = scores_of(PLACES)
    rows = (scores["model"] == "good") & scores["content"].isin(["c4", "c5"])
    scores = without(scores, rows, status="failed", reason="raised ValueError: too dark", value=np.nan)
    board = build(run_of(scores=scores))
    good = by_name(board)["good"]
    assert (good["status"], good["rank"]) == ("incomplete", None)
    assert good["rank_reason"] == "incomplete: 24 of 36 outputs"
    assert good["missing"]["outputs"] == 12
    assert good["missing"]["reasons"] == {"raised ValueError: too dark": 12}
    assert good["missing"]["examples"][0] == {"content": "c4", "style": "s0", "repeat": 0}
    assert good["missing"]["domains"] == {f"ds{i}": 2 for i in range(6)}
    assert good["metrics"]["psnr"]["n"] == 24
    assert board["not_distinguishable_from_best"] == ["close"]


def test_a_model_without_any_output_failed_and_one_never_asked_is_not_applicable():
    scores = scores_of(["good", "fair", "poor"])
    scores = without(scores, scores["model"] == "good", status="failed", reason="raised", value=np.nan)
    scores = without(scores, scores["model"] == "fair", status="not applicable", reason="no recipe", value=np.nan)
    models = by_name(build(run_of(["good", "fair", "poor", "close"], scores=scores)))
    assert [models[name]["status"] for name in ("good", "fair", "poor", "close")] == [
        "failed", "not applicable", "complete", "incomplete",
    ]  # fmt: skip
    assert models["good"]["metrics"]["psnr"]["mean"] is None
    assert models["close"]["missing"]["reasons"] == {"not run": 36}
    assert models["poor"]["missing"] is None


def test_a_score_that_is_not_a_number_makes_an_entry_incomplete():
    scores = scores_of(["good"])
    rows = (scores["metric"] == "gram_rel@embedded") & (scores["content"] == "c0")
    good = by_name(build(run_of(["good"], scores=without(scores, rows, value=np.nan))))["good"]
    assert good["status"] == "incomplete"
    assert good["missing"]["reasons"] == {"a score is not a number": 6}


def test_a_missing_metric_row_is_seen():
    scores = scores_of(["good"])
    rows = (scores["metric"] == "psnr") & (scores["style"] == "s0") & (scores["content"] == "c0")
    state = completeness(run_of(["good"], scores=without(scores, rows)), "good")
    assert (state.status, state.done, state.expected) == ("incomplete", 35, 36)


def test_without_the_gates_metrics_nobody_is_ranked_and_the_reason_is_given():
    scores = scores_of(["good"])
    board = build(run_of(["good"], scores=scores[scores["metric"] == "psnr"], metrics=["psnr"]))
    good = by_name(board)["good"]
    assert good["status"] == "complete"
    assert good["rank"] is None
    assert good["gain"]["valid"] is None
    assert "did not compute content@embedded and gram_rel@embedded" in good["rank_reason"]
    assert board["not_distinguishable_from_best"] == []


def test_an_unfinished_run_has_a_leaderboard_that_says_so():
    board = build(run_of(scores=scores_of([]), finished=False))
    assert board["finished"] is False
    assert {model["status"] for model in board["models"]} == {"incomplete"}


def test_completeness_without_paired_metrics_is_read_from_the_sets():
    run = run_of(["good"], scores=scores_of([]), metrics=["fid@embedded"])
    assert completeness(run, "good").status == "complete"
    assert completeness(run, "nobody").status == "incomplete"


def test_a_model_that_cannot_be_asked_for_more_than_its_outputs_is_complete_all_the_same():
    scores = scores_of(["good", "close"])
    asked = scores[scores["metric"] == "psnr"].assign(metric="cycle_l1", value=np.nan, status="not applicable")
    both = pd.concat([scores, asked], ignore_index=True)
    assert completeness(run_of(["good"], scores=both, metrics=[*METRICS, "cycle_l1"]), "good").status == "complete"
    alone = run_of(["good", "close"], scores=asked, metrics=["cycle_l1"])
    assert completeness(alone, "good").status == "complete"
    refused = asked.assign(status="failed", reason="no such luck")
    assert completeness(run_of(["good"], scores=refused, metrics=["cycle_l1"]), "good").status == "failed"
    board = build(alone)
    assert by_name(board)["good"]["metrics"]["cycle_l1"] == {
        "mean": None, "low": None, "high": None, "n": 0, "reason": "not applicable",
    }  # fmt: skip
    assert alone.failures.empty
