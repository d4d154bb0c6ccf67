from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stylegauge.benchmark.findings import find_controls
from stylegauge.benchmark.records import DOMAIN_COLUMNS, EFFICIENCY_COLUMNS, NOSKILL_COLUMNS, SCORE_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.store import Run, canonical_json
from stylegauge.benchmark.trust import trust
from stylegauge.metrics.registry import METRICS as METRICS_KNOWN

CONTENTS = [f"c{i}" for i in range(6)]
STYLES = [f"s{i}" for i in range(6)]
PAIRS = [(c, s) for c in CONTENTS for s in STYLES]
# Where each control belongs: content distance, style distance, set distance (all: lower is better).
PLACES = {
    "identity": (0.0, 1.0, 9.0),
    "style-copy": (1.0, 0.0, 2.0),
    "blend-25": (0.3, 0.8, 8.0),
    "blend-50": (0.6, 0.5, 7.0),
    "blend-75": (0.8, 0.3, 5.0),
    "colour-match": (0.2, 0.7, 8.0),
    "noise": (0.4, 0.9, 9.5),
    "blur": (0.5, 0.95, 9.9),
    "wrong-content": (0.95, 0.12, 1.1),
    "wrong-style": (0.41, 0.8, 1.1),
    "oracle": (0.4, 0.1, 1.0),
}
METRICS = ("content@embedded", "gram_rel@embedded", "fid@embedded", "latency_ms")


def run_of(places=PLACES, moved=(), metrics=METRICS, n_references=64, recipe=True, jitter=0.01):
    """moved: (metric, control, value) to put in place of the right one"""
    generator = np.random.default_rng(0)
    right = {(m, name): place[i] for name, place in places.items() for i, m in enumerate(METRICS[:3])}
    right |= {(metric, name): value for metric, name, value in moved}
    rows = []
    for name in places:
        for content, style in PAIRS:
            for metric in METRICS[:2]:
                value = right[metric, name] + generator.normal(0, jitter)
                rows.append((name, content, style, "", 0, metric, value, "ok", ""))
    sets = [(name, "all", "fid@embedded", right["fid@embedded", name], 0, 0, 36, 64, "") for name in places]
    return Run(
        folder=Path("nowhere"),
        plan={
            "models": [{"name": f"my {name}", "spec": name, "role": "control"} for name in places],
            "metrics": list(metrics),
            "backbone": "embedded",
        },
        split={
            "pairs": [list(pair) for pair in PAIRS],
            "contents": [{"id": c, "group": c, "domain": ""} for c in CONTENTS],
            "styles": [{"id": s, "group": s, "domain": "", "recipe": {} if not recipe else {"d": 1}} for s in STYLES],
            "references": {"n": n_references},
        },
        environment={},
        scores=pd.DataFrame(rows, columns=list(SCORE_COLUMNS)).assign(model=lambda rows: "my " + rows["model"]),
        sets=pd.DataFrame(sets, columns=list(SET_COLUMNS)).assign(model=lambda rows: "my " + rows["model"]),
        efficiency=pd.DataFrame(columns=list(EFFICIENCY_COLUMNS)),
        noskill=pd.DataFrame(columns=list(NOSKILL_COLUMNS)),
        domains=pd.DataFrame(columns=list(DOMAIN_COLUMNS)),
        finished=True,
    )


def statement(metric, **changes):
    return next(one for one in trust(run_of(**changes)) if one["metric"] == metric)


def failed(found):
    return [check["claim"] for check in found["checks"] if not check["holds"]]


def test_metrics_that_put_every_control_in_its_place_behave():
    found = trust(run_of())
    assert [(one["metric"], one["verdict"]) for one in found] == [(metric, "behaves") for metric in METRICS[:3]]
    assert all(one["checks"] and not one["unchecked"] for one in found)
    canonical_json(found)


@pytest.mark.parametrize(
    ("metric", "control", "value", "claim"),
    [
        ("content@embedded", "identity", 0.25, "the content itself is best of all controls"),
        ("content@embedded", "style-copy", 0.6, "the style image is worst"),
        ("content@embedded", "blend-50", 0.9, "blending in more of the style image makes it worse, step by step"),
        ("content@embedded", "wrong-content", 0.35, "the wrong content is worse than its source"),
        ("content@embedded", "wrong-style", 0.8, "the wrong style is as its source"),
        ("content@embedded", "oracle", 1.2, "the true renderer lies between the content and the style image"),
        ("gram_rel@embedded", "style-copy", 0.2, "the style image itself is best of all controls"),
        ("gram_rel@embedded", "blend-75", 0.6, "blending in more of the style image makes it better, step by step"),
        ("gram_rel@embedded", "wrong-style", 0.05, "the wrong style is worse than its source"),
        ("gram_rel@embedded", "wrong-content", 0.5, "the wrong content is as its source"),
        ("gram_rel@embedded", "blur", 0.05, "the true renderer is better than no style, noise and blur"),
        ("gram_rel@embedded", "colour-match", 0.05, "no control beats the true renderer on content and style at once"),
        ("fid@embedded", "noise", 0.5, "the true renderer is better than all but the style image"),
        ("fid@embedded", "blend-25", 1.5, "blending in more of the style image makes it better, step by step"),
    ],
)
def test_a_control_out_of_its_place_is_named_in_the_verdict(metric, control, value, claim):
    found = statement(metric, moved=[(metric, control, value)])
    assert claim in failed(found)
    assert found["verdict"].startswith("fails: ")
    assert claim in found["verdict"]


def test_right_on_average_is_not_enough_where_too_few_pairs_are_ordered_rightly():
    run = run_of()
    worse = (run.scores["model"] == "my wrong-style") & (run.scores["metric"] == "gram_rel@embedded")
    lucky = worse & run.scores["content"].isin(CONTENTS[:2])  # 12 pairs the wrong way, by little
    run.scores.loc[lucky, "value"] = 0.0
    found = next(one for one in trust(run) if one["metric"] == "gram_rel@embedded")
    check = next(c for c in found["checks"] if c["claim"] == "the wrong style is worse than its source")
    assert not check["holds"]
    assert check["observed"].startswith("24 of 36 pairs, mean difference 0.4")


def test_the_weakest_comparison_is_the_one_that_is_shown():
    found = statement("content@embedded")
    check = next(c for c in found["checks"] if c["claim"] == "the content itself is best of all controls")
    assert "36 of 36 pairs" in check["observed"]
    found = statement("content@embedded", moved=[("content@embedded", "blur", -0.2)])
    check = next(c for c in found["checks"] if c["claim"] == "the content itself is best of all controls")
    assert check["observed"].startswith("identity over blur, the weakest: 0 of 36 pairs")


def test_a_metric_without_identity_and_style_copy_cannot_be_checked():
    places = {name: place for name, place in PLACES.items() if name not in ("identity", "style-copy")}
    for one in trust(run_of(places)):
        assert one["verdict"].startswith("cannot be checked: controls missing (")
        assert "identity" in one["verdict"]
        assert "style-copy" in one["verdict"]
    assert trust(run_of({}))[0]["checks"] == []


def test_claims_about_an_absent_oracle_are_listed_as_unchecked_and_the_rest_still_counts():
    places = {name: place for name, place in PLACES.items() if name != "oracle"}
    found = next(one for one in trust(run_of(places, recipe=False)) if one["metric"] == "gram_rel@embedded")
    assert {name for one in found["unchecked"] for name in one["missing"]} == {"oracle"}
    assert any(check["claim"] == "the wrong style is worse than its source" for check in found["checks"])


def test_what_a_run_left_out_is_counted_and_what_its_split_cannot_have_is_not():
    few = {name: PLACES[name] for name in ("identity", "style-copy")}
    assert [one["verdict"] for one in trust(run_of(few))[:2]] == ["behaves in 2 of 7", "behaves in 1 of 6"]
    places = {name: place for name, place in PLACES.items() if name != "oracle"}
    for one in trust(run_of(places)):
        assert one["verdict"].startswith("behaves in ")
    moved = [("gram_rel@embedded", "wrong-style", 0.9), ("gram_rel@embedded", "wrong-content", 0.7)]
    found = next(o for o in trust(run_of(places, recipe=False, moved=moved)) if o["metric"] == "gram_rel@embedded")
    assert found["verdict"] == "behaves"
    assert not any(claim["possible"] for claim in found["unchecked"])


def test_with_one_content_nobody_is_blamed_for_lacking_the_wrong_one():
    run = run_of({name: place for name, place in PLACES.items() if name != "wrong-content"})
    claim = "the wrong content is worse than its source"
    assert next(one for one in trust(run)[0]["unchecked"] if one["claim"] == claim)["possible"]
    run.split["contents"] = run.split["contents"][:1]
    run.split["pairs"] = [pair for pair in run.split["pairs"] if pair[0] == CONTENTS[0]]
    found = trust(replace(run, scores=run.scores[run.scores["content"] == CONTENTS[0]]))[0]
    assert not next(one for one in found["unchecked"] if one["claim"] == claim)["possible"]
    assert found["verdict"] == "behaves"


def test_a_control_with_arguments_of_its_own_never_stands_in_for_the_permanent_one():
    run = run_of(moved=[("content@embedded", "noise", -1.0)])
    noise = next(model for model in run.plan["models"] if model["spec"] == "noise")
    assert trust(run)[0]["verdict"].startswith("fails")
    noise["arguments"] = {"sigma": 0}
    assert trust(run)[0]["verdict"] == "behaves"
    assert "noise" not in find_controls(run)


def test_of_two_rows_with_one_spec_the_first_counts():
    run = run_of()
    run.plan["models"].append({"name": "my blur", "spec": "identity", "role": "control", "arguments": {}})
    assert find_controls(run)["identity"] == "my identity"


def test_an_incomplete_control_is_no_control():
    run = run_of()
    run.scores.loc[(run.scores["model"] == "my identity") & (run.scores["content"] == "c0"), "status"] = "failed"
    assert "identity" in trust(run)[0]["verdict"]


def test_set_metrics_say_that_they_cannot_see_wrong_partners():
    assert statement("fid@embedded")["blind_to"] == ["wrong-content", "wrong-style"]
    assert statement("content@embedded")["blind_to"] == []


def test_style_copies_must_win_a_set_metric_only_where_they_are_the_references():
    claim = "the style image itself is best of all controls"
    assert claim not in [check["claim"] for check in statement("fid@embedded")["checks"]]
    beaten = statement("fid@embedded", n_references=0, moved=[("fid@embedded", "noise", 1.5)])
    assert claim in failed(beaten)


def test_a_mean_that_a_few_pairs_rule_is_called_undecided_while_the_pairs_still_count():
    run = run_of()
    ruled = (run.scores["model"] == "my noise") & (run.scores["metric"] == "gram_rel@embedded")
    run.scores.loc[ruled & (run.scores["style"] == "s0"), "value"] = 500.0
    found = next(one for one in trust(run) if one["metric"] == "gram_rel@embedded")
    assert found["verdict"] == "behaves"
    assert "the style image itself is best of all controls" in found["undecided"]
    check = next(c for c in found["checks"] if c["claim"] == "the style image itself is best of all controls")
    assert check["observed"].startswith("style-copy over noise, the weakest: 36 of 36 pairs")
    assert check["observed"].endswith("undecided on the mean")
    assert statement("gram_rel@embedded")["undecided"] == []


def test_a_rival_that_is_better_on_both_means_by_chance_alone_does_not_dominate():
    run = run_of(moved=[("gram_rel@embedded", "colour-match", 0.099)])
    found = next(one for one in trust(run) if one["metric"] == "gram_rel@embedded")
    check = next(c for c in found["checks"] if c["claim"].startswith("no control beats"))
    assert check["holds"]
    assert not check["decided"]
    assert check["observed"] == "better on both means, not beyond doubt: colour-match"


def test_one_style_group_leaves_no_interval_and_says_so():
    run = run_of()
    run.split["styles"] = [{**style, "group": "one"} for style in run.split["styles"]]
    found = trust(run)[0]
    assert found["verdict"] == "behaves"
    assert all("no interval: only one style group" in c["observed"] for c in found["checks"] if "mean" in c["observed"])


def with_metric(run, metric, values, like, **known):
    """The run with another paired metric: `values` is control -> value of every pair, rows as those of `like`."""
    rows = run.scores[run.scores["metric"] == like].assign(metric=metric)
    rows = rows.assign(value=[values[model.removeprefix("my ")] for model in rows["model"]])
    described = [info.document() for info in run.metrics.values()] + [replace(METRICS_KNOWN[like], **known).document()]
    environment = {**run.environment, "metrics": described}
    return replace(run, scores=pd.concat([run.scores, rows], ignore_index=True), environment=environment)


def of(metric, run):
    return next(one for one in trust(run) if one["metric"] == metric)


def test_somebodys_own_metric_is_tested_in_its_own_direction():
    closeness = {name: 1 - place[1] for name, place in PLACES.items()}
    mine = {"id": "mine", "higher_is_better": True, "sources": (), "target": "mine.py:mine"}
    assert of("mine", with_metric(run_of(), "mine", closeness, "gram_rel@embedded", **mine))["verdict"] == "behaves"
    turned = with_metric(run_of(), "mine", closeness, "gram_rel@embedded", **{**mine, "higher_is_better": False})
    assert of("mine", turned)["verdict"].startswith("fails: ")


@pytest.mark.parametrize("family", ["artefact", "behaviour", "set", "cost"])
def test_metrics_of_a_family_without_known_places_get_no_statement(family):
    mine = {"id": "mine", "family": family, "compares": "o,c"}
    run = with_metric(run_of(), "mine", dict.fromkeys(PLACES, 0.5), "content@embedded", **mine)
    assert "mine" not in [one["metric"] for one in trust(run)]


# Of a metric of the triple: what takes no skill and what has a wrong partner is low, the renderer highest.
QUALITY = dict.fromkeys(PLACES, 20.0) | {"oracle": 80.0, "colour-match": 45.0, "noise": 30.0, "blur": 25.0}
TRIPLE = {"id": "quality", "family": "artefact", "compares": "o,c,s", "higher_is_better": True, "sources": ()}


def quality_run(run=None, **moved):
    return with_metric(run or run_of(), "quality", QUALITY | moved, "content@embedded", **TRIPLE)


def test_a_metric_of_the_triple_that_sets_the_renderer_above_all_else_behaves():
    found = of("quality", quality_run())
    assert (found["verdict"], found["family"]) == ("behaves", "artefact")
    assert len(found["checks"]) == 3


@pytest.mark.parametrize(
    ("control", "claim"),
    [
        ("identity", "content, style image and their blends are below the true renderer on 95 % of pairs"),
        ("style-copy", "content, style image and their blends are below the true renderer on 95 % of pairs"),
        ("blend-75", "content, style image and their blends are below the true renderer on 95 % of pairs"),
        ("wrong-style", "a wrong partner is below the true renderer on 95 % of pairs"),
        ("wrong-content", "a wrong partner is below the true renderer on 95 % of pairs"),
        ("colour-match", "the true renderer is best of all controls"),
    ],
)
def test_a_triple_that_misplaces_a_control_is_told_which(control, claim):
    found = of("quality", quality_run(**{control: 90.0}))
    assert failed(found) == [claim]


def test_nine_pairs_in_ten_are_not_enough_for_a_triple():
    run = quality_run()
    of_identity = (run.scores["metric"] == "quality") & (run.scores["model"] == "my identity")
    rows = run.scores.index[of_identity]
    run.scores.loc[rows[:1], "value"] = 81.0  # 35 of 36 rightly: above 95 %
    assert of("quality", run)["verdict"] == "behaves"
    run.scores.loc[rows[:3], "value"] = 81.0  # 33 of 36: 92 %
    assert failed(of("quality", run)) == [
        "content, style image and their blends are below the true renderer on 95 % of pairs"
    ]


def test_without_a_renderer_nothing_is_asked_of_a_triple():
    places = {name: place for name, place in PLACES.items() if name != "oracle"}
    run = run_of(places, recipe=False)
    values = {name: QUALITY[name] for name in places}
    found = of("quality", with_metric(run, "quality", values, "content@embedded", **TRIPLE))
    assert found["verdict"] == "cannot be checked: controls missing (oracle)"
    assert not any(claim["possible"] for claim in found["unchecked"])


def test_a_metric_of_luminance_may_take_a_recolouring_for_the_content_itself():
    values = {name: place[0] for name, place in PLACES.items()} | {"colour-match": 0.0}
    gray = {"id": "lpips_gray@embedded"}
    found = of("lpips_gray@embedded", with_metric(run_of(), "lpips_gray@embedded", values, "content@embedded", **gray))
    assert (found["verdict"], found["blind_to"]) == ("behaves", ["colour-match"])
    colour = of(
        "lpips@embedded", with_metric(run_of(), "lpips@embedded", values, "content@embedded", id="lpips@embedded")
    )
    assert failed(colour) == ["the content itself is best of all controls"]


def artfid_run(**changed):
    """ArtFID as its parts make it: a style copy first by construction, blends in no order that is known."""
    values = {name: 1 + place[0] + place[2] for name, place in PLACES.items()} | {"style-copy": 1.9, **changed}
    run = run_of()
    rows = [(f"my {name}", "all", "artfid@styleid", value, 0, 0, 36, 36, "") for name, value in values.items()]
    described = [METRICS_KNOWN[metric].document() for metric in ("artfid@styleid", "fid@embedded")]
    sets = pd.concat([run.sets, pd.DataFrame(rows, columns=list(SET_COLUMNS))], ignore_index=True)
    return replace(run, sets=sets, environment={"metrics": described})


def test_artfid_is_asked_for_what_its_product_promises_and_no_more():
    found = of("artfid@styleid", artfid_run(**{"blend-25": 50.0, "blend-75": 60.0}))
    assert found["verdict"] == "behaves"
    assert [check["claim"] for check in found["checks"]] == [
        "the true renderer is better than no style, noise and blur",
        "the wrong content is worse than its source",
    ]
    assert found["blind_to"] == ["wrong-style"]
    assert failed(of("artfid@styleid", artfid_run(**{"wrong-content": 1.0}))) == [
        "the wrong content is worse than its source"
    ]


def test_set_metrics_of_unequal_sets_are_never_held_against_each_other():
    run = run_of(moved=[("fid@embedded", "noise", 0.1)])
    assert failed(of("fid@embedded", run))
    run.sets.loc[run.sets["model"] == "my noise", "n"] = 35
    found = of("fid@embedded", run)
    assert not failed(found)
    assert {name for claim in found["unchecked"] for name in claim["missing"]} == {"noise"}
    assert not any("noise" in check["observed"] for check in found["checks"])


def test_a_metric_without_values_blames_no_control_for_it():
    run = run_of()
    found = of("fid@embedded", replace(run, sets=run.sets[:0]))
    assert found["verdict"] == "cannot be checked: no control has a value"
    assert found["unchecked"] == []
