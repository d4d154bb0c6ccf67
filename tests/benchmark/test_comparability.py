from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stylegauge.benchmark.comparability import (
    cautions,
    comparable,
    networks,
    set_comparisons,
    unverified_metrics,
)
from stylegauge.benchmark.records import DOMAIN_COLUMNS, EFFICIENCY_COLUMNS, NOSKILL_COLUMNS, SCORE_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.store import Run

METRICS = ("psnr", "content@vgg19", "gram_rel@vgg19", "lpips@alex", "fid@inception", "artfid@styleid", "cycle_l1")


def run_of(*, backbone="reference", sets=(), **environment):
    return Run(
        folder=Path("nowhere"),
        plan={"models": [], "metrics": list(METRICS), "backbone": backbone},
        split={"size": 256, "sha256": "5ca1ab1e"},
        environment=environment,
        scores=pd.DataFrame(columns=list(SCORE_COLUMNS)),
        sets=pd.DataFrame(list(sets), columns=list(SET_COLUMNS)),
        efficiency=pd.DataFrame(columns=list(EFFICIENCY_COLUMNS)),
        noskill=pd.DataFrame(columns=list(NOSKILL_COLUMNS)),
        domains=pd.DataFrame(columns=list(DOMAIN_COLUMNS)),
        finished=True,
    )


def test_the_networks_of_a_run_are_those_of_its_metrics_each_once():
    assert networks(run_of()) == ["vgg19", "alex", "inception", "art-inception"]


def test_most_runs_need_no_caution():
    assert cautions({"unverified_weights": [], "numerics": {"profile": "exact"}}, {}) == []
    assert cautions({}, {}) == []


def test_a_caution_names_every_network_whose_weights_are_not_the_published_ones():
    (text,) = cautions({"unverified_weights": ["alex", "vgg19", "inception"]}, {})
    assert text.startswith("Weights not verified: those of alex, vgg19 and inception are not the published ones.")
    assert cautions({"unverified_weights": ["alex"]}, {})[0].startswith("Weights not verified: those of alex are not")


def test_fast_numerics_are_a_caution_and_part_of_what_must_agree():
    (text,) = cautions({"numerics": {"profile": "fast"}}, {})
    assert text.startswith("Fast numerics: the networks ran in bfloat16.")
    fast, exact = (comparable(run_of(numerics={"profile": profile})) for profile in ("fast", "exact"))
    assert fast != exact
    assert fast["numerics"]["profile"] == "fast"


def test_what_is_computed_on_unverified_weights_is_listed_and_the_gain_with_its_axes():
    assert unverified_metrics(run_of(unverified_weights=[])) == []
    assert unverified_metrics(run_of(unverified_weights=["alex"])) == ["lpips@alex", "artfid@styleid"]
    assert unverified_metrics(run_of(unverified_weights=["vgg19"])) == ["content@vgg19", "gram_rel@vgg19", "gain"]


def test_models_whose_sets_have_other_sizes_are_told_apart_and_those_without_a_value_left_out():
    rows = [
        ("a", "all", "fid@inception", 9.0, 8.0, 10.0, 48, 64, ""),
        ("b", "all", "fid@inception", 3.0, 2.0, 4.0, 300, 64, ""),
        ("c", "all", "fid@inception", 8.0, 7.0, 9.0, 48, 64, ""),
        ("d", "all", "fid@inception", np.nan, np.nan, np.nan, 1, 64, "not applicable"),
        ("a", "oil", "fid@inception", 8.0, 7.0, 9.0, 40, 64, ""),
    ]
    found = set_comparisons(run_of(sets=rows))
    assert {part: list(metrics) for part, metrics in found.items()} == {
        "all": ["fid@inception"],
        "oil": ["fid@inception"],
    }
    assert found["all"]["fid@inception"]["groups"] == [["a", "c"], ["b"]]
    assert "a, c at 48 against 64; b at 300 against 64" in found["all"]["fid@inception"]["note"]
    assert found["oil"]["fid@inception"] == {"groups": [["a"]], "note": ""}


@pytest.mark.parametrize("metric", ["diversity@alex"])
def test_what_is_no_distance_of_two_sets_is_not_asked_about_their_sizes(metric):
    rows = [(model, "all", metric, 0.2, 0.1, 0.3, n, 0, "") for model, n in (("a", 48), ("b", 300))]
    run = run_of(sets=rows)
    assert set_comparisons(replace(run, plan={**run.plan, "metrics": [metric]})) == {}


def test_pictures_that_were_left_out_are_named_first_and_counted():
    (text,) = cautions({}, {"skipped": [f"c{i}.png: cannot be read" for i in range(5)]})
    assert "c0.png: cannot be read; " in text
    assert "c3.png" not in text
    assert ", and 2 more. " in text
