"""Ranks within domains, from tables whose answer is known beforehand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stylegauge.benchmark.leaderboard import build
from stylegauge.benchmark.records import DOMAIN_COLUMNS, EFFICIENCY_COLUMNS, SCORE_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.store import Run, canonical_json

CONTENTS = [f"c{i}" for i in range(6)]
STYLES = {f"{label[0]}{i}": label for label in ("horse", "zebra") for i in range(5)}
METRICS = ("content@embedded", "gram_rel@embedded", "kid@embedded")
# Style distance at half of the way, and distance from the domain; both no-skill curves are at 0.5 there.
PLACES = {
    "all": {"horse": 0.1, "zebra": 0.2},
    "zebras": {"zebra": 0.05},
    "horses": {"horse": 0.3},
    "poor": {"horse": 0.7, "zebra": 0.7},
}


def gain_rows(model, own, noise):
    """Gains with all contents and without each, of as many independent draws around 0.5 less the model's place."""
    for label, place in own.items():
        draws = 0.5 - place + noise.normal(0, 0.02, len(CONTENTS))
        without = (draws.sum() - draws) / (len(draws) - 1)
        for left_out, gain in zip(("", *CONTENTS), (draws.mean(), *without)):
            yield (model, label, left_out, 0.5, 0.0, gain, gain, 30)


def run_of(places=PLACES, groups=None, domains=STYLES, lost=(), references=True):
    """A run of these models; groups: style -> group, by default each its own; lost: (model, style) that failed."""
    noise, rows = np.random.default_rng(0), []
    for model, own in places.items():
        for content in CONTENTS:
            for style, label in STYLES.items():
                made = label in own and (model, style) not in lost
                reason = "" if made else "raised E" if label in own else f"the model does not make {label}"
                status = "ok" if made else "failed" if label in own else "not applicable"
                values = (0.5, own[label] + noise.normal(0, 0.02)) if made else (np.nan, np.nan)
                head = (model, content, style, domains[style], 0)
                rows += [(*head, metric, value, status, reason) for metric, value in zip(METRICS, values)]
    gains = [row for model, own in places.items() for row in gain_rows(model, own, noise)]
    pairs = [(c, s) for c in CONTENTS for s in STYLES]
    line = [(c, s, path, t, t, 1 - t) for c, s in pairs for path in ("blend", "colour") for t in (0.0, 0.5, 1.0)]
    facts = {m: {"kind": "domain", "domains": list(own)} if m.endswith("s") else {"kind": "pair"}
             for m, own in places.items()}  # fmt: skip
    return Run(
        folder=Path("nowhere"),
        plan={
            "suite": "folders", "metrics": list(METRICS), "backbone": "embedded", "repeats": 1,
            "models": [{"name": m, "spec": m, "role": "entry"} for m in places],
        },
        split={
            "sha256": "5ca1ab1e", "size": 256, "pairs": [list(pair) for pair in pairs],
            "contents": [{"id": c, "group": c, "domain": ""} for c in CONTENTS],
            "styles": [{"id": s, "group": (groups or {}).get(s, s), "domain": domains[s]} for s in STYLES],
        },
        environment={"weights": {"embedded": "beef"}, "numerics": {}, "versions": {}, "models": facts},
        scores=pd.DataFrame(rows, columns=list(SCORE_COLUMNS)),
        sets=pd.DataFrame([], columns=list(SET_COLUMNS)),
        efficiency=pd.DataFrame([], columns=list(EFFICIENCY_COLUMNS)),
        noskill=pd.DataFrame(line, columns=["content", "style", "path", "step", "content_distance", "style_distance"]),
        domains=pd.DataFrame(gains if references else [], columns=list(DOMAIN_COLUMNS)),
        finished=True,
    )  # fmt: skip


def ranks(board, label):
    return {row["name"]: row["rank"] for row in board["domains"][label]["models"]}


@pytest.fixture(scope="module")
def board():
    return build(run_of())


def test_a_model_of_some_domains_is_ranked_within_them_and_nowhere_else(board):
    models = {model["name"]: model for model in board["models"]}
    assert models["all"]["rank"] == 1
    assert (models["zebras"]["rank"], models["zebras"]["status"]) == (None, "complete in its domains")
    assert models["zebras"]["rank_reason"] == (
        "complete in its domains: it makes zebra; the split's domains are horse, zebra"
    )
    assert (models["zebras"]["missing"], models["zebras"]["domains"]) == (None, ["zebra"])
    assert models["zebras"]["gain"]["reason"] == "judged within the domains that it makes: zebra (valid)"
    assert ranks(board, "zebra") == {"zebras": 1, "all": 2, "poor": None}
    assert ranks(board, "horse") == {"all": 1, "horses": 2, "poor": None}
    assert json.loads(canonical_json(board)) == board


def test_ranks_within_a_domain_carry_their_interval_group_and_gain(board):
    first, second, third = board["domains"]["zebra"]["models"]
    assert (first["rank_interval"], first["tied_group"], first["n"]) == ([1, 1], 1, 30)
    assert (second["rank_interval"], second["tied_group"]) == ([2, 2], 2)
    assert first["gain"]["mean"] == pytest.approx(0.45, abs=0.02)
    assert third["rank_reason"] == "not valid: worse than mixing and recolouring"
    assert board["domains"]["zebra"] | {"ranked": True, "reason": "", "pairs": 30} == board["domains"]["zebra"]


def test_an_entry_that_lost_a_pair_of_one_domain_is_ranked_in_the_other():
    board = build(run_of(lost={("all", "h3")}))
    assert ranks(board, "horse") == {"horses": 1, "poor": None}
    assert ranks(board, "zebra")["all"] == 2
    assert next(m for m in board["models"] if m["name"] == "all")["rank"] is None


def test_a_domain_without_references_is_a_statement_and_no_rank():
    found = build(run_of(references=False))["domains"]["zebra"]
    assert (found["ranked"], found["reason"]) == (False, "the split has no reference images of this domain")
    assert {row["rank"] for row in found["models"]} == {None}


@pytest.mark.parametrize(
    ("places", "caveat"),
    [
        ({"domain-oracle": 0.1, "blur": 0.9, "wrong-style": 0.1}, ""),
        ({"domain-oracle": 0.9}, "the gate does not let domain-oracle through here"),
        ({"domain-oracle": 0.1, "blur": 0.1}, "the gate lets blur through here"),
    ],
)
def test_a_domain_whose_gate_misplaces_a_control_says_so(places, caveat):
    both = {name: {"horse": 0.1 if name == "domain-oracle" else 0.9, "zebra": place} for name, place in places.items()}
    run = run_of(PLACES | both)
    for model in run.plan["models"]:
        model["role"] = "control" if model["name"] in places else "entry"
    board = build(run)
    assert (board["domains"]["zebra"]["caveat"], board["domains"]["horse"]["caveat"]) == (caveat, "")
    assert board["domain_gate_trust"]["verdict"].startswith("fails" if caveat else "behaves")
    assert not set(places) & {row["name"] for row in board["domains"]["zebra"]["models"]}


def test_a_domain_that_nobody_did_says_so():
    found = build(run_of({"zebras": {"zebra": 0.1}}))["domains"]
    assert (found["horse"]["ranked"], found["horse"]["reason"]) == (False, "no entry did all of it")
    assert found["zebra"]["ranked"]


@pytest.mark.parametrize("label", ["", "zebra"])
def test_a_split_of_one_domain_or_none_has_no_such_ranks_where_all_are_shown_the_style(label):
    run = run_of({"all": PLACES["all"]}, domains=dict.fromkeys(STYLES, label))
    assert build(run)["domains"] == {}


def test_a_split_of_one_domain_ranks_those_that_are_not_shown_the_style_there():
    places = {"zebras": {"zebra": 0.1, "horse": 0.1}}
    board = build(run_of(places, domains=dict.fromkeys(STYLES, "zebra")))
    assert ranks(board, "zebra") == {"zebras": 1}
    assert (
        board["models"][0]["rank_reason"] == "not gated: judged within the domains that it makes: zebra (valid), horse"
    )
