"""Who was trained against the public judge stands out of the field by the gap to a private one; nobody else does."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stylegauge.benchmark.judge_gap import HIGHER, LOWER, judge_gaps
from stylegauge.benchmark.records import DOMAIN_COLUMNS, EFFICIENCY_COLUMNS, NOSKILL_COLUMNS, SCORE_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.store import Run, canonical_json

CONTENTS, STYLES = [f"c{i}" for i in range(6)], [f"s{i}" for i in range(6)]
PAIRS = [(c, s) for c in CONTENTS for s in STYLES]
PUBLIC, PRIVATE = "quality@embedded", "quality-private@embedded"
# Scores by both judges: all honest models lose some 5 by the private one.
HONEST = {"identity": (3, 2), "good": (70, 65), "close": (60, 55), "fair": (50, 46), "poor": (20, 15)}
TRAINED = HONEST | {"trained": (90, 50)}


def run_of(models, judges=(PUBLIC, PRIVATE), abstained=(), noise=2.0):
    draw, rows = np.random.default_rng(0), []
    for model, scores in models.items():
        for content, style in PAIRS:
            for judge, score in zip((PUBLIC, PRIVATE), scores):
                silent = (model, content, judge) in abstained
                value = np.nan if silent else score + draw.normal(0, noise)
                row = (model, content, style, "", 0, judge, value, "not applicable" if silent else "ok", "")
                rows += [row] if judge in judges else []
    columns = (SCORE_COLUMNS, SET_COLUMNS, EFFICIENCY_COLUMNS, NOSKILL_COLUMNS, DOMAIN_COLUMNS)
    tables = [pd.DataFrame(rows, columns=list(columns[0])), *(pd.DataFrame(columns=list(each)) for each in columns[1:])]
    return Run(
        folder=Path("nowhere"),
        plan={"models": [{"name": m, "role": "control" if m == "identity" else "entry"} for m in models]},
        split={
            "contents": [{"id": content, "group": content} for content in CONTENTS],
            "styles": [{"id": style, "group": style} for style in STYLES],
        },
        environment={"judges": {judge: {} for judge in judges}},
        **dict(zip(("scores", "sets", "efficiency", "noskill", "domains"), tables)),
        finished=True,
    )  # fmt: skip


def rows_of(found):
    return {row["name"]: row for row in found["models"]}


def test_a_model_that_was_trained_against_the_public_judge_stands_out_and_nobody_else_does():
    (found,) = judge_gaps(run_of(TRAINED, noise=0.5))
    rows = rows_of(found)
    assert rows["trained"]["flag"] == HIGHER
    assert {name for name, row in rows.items() if row["flag"] == HIGHER} == {"trained"}
    assert rows["trained"]["gap"]["mean"] == pytest.approx(40, abs=0.5)
    assert rows["trained"]["gap"]["low"] > found["median"] == pytest.approx(5, abs=0.5)
    assert rows["trained"]["ranks"] == [1, 3]
    assert rows["trained"]["rank_gap"] == 2
    assert rows["good"]["rank_gap"] == -1
    canonical_json(found)


def test_what_lies_below_the_field_is_said_to():
    assert rows_of(judge_gaps(run_of(HONEST | {"odd": (40, 60)}))[0])["odd"]["flag"] == LOWER


def test_controls_are_told_but_are_no_part_of_the_field_and_never_marked():
    (found,) = judge_gaps(run_of(HONEST))
    assert found["models"][-1]["name"] == "identity"
    assert found["models"][-1]["ranks"] == [None, None]
    assert found["models"][-1]["flag"] == ""
    assert found["median"] == pytest.approx(5, abs=1)


def test_few_entries_are_no_field_to_stand_out_of():
    (found,) = judge_gaps(run_of({name: TRAINED[name] for name in ("identity", "good", "trained")}))
    assert found["median"] is None
    assert found["reason"] == "2 of 3 entries that a field needs have scores of both judges"
    assert not any(row["flag"] for row in found["models"])


def test_pairs_on_which_either_judge_abstains_count_for_neither():
    silent = {("good", "c0", PUBLIC), ("good", "c1", PRIVATE), *(("poor", content, PRIVATE) for content in CONTENTS)}
    rows = rows_of(judge_gaps(run_of(HONEST, abstained=silent, noise=0))[0])
    assert rows["good"]["gap"]["n"] == 24
    assert (rows["good"]["public"], rows["good"]["private"], rows["good"]["gap"]["mean"]) == (70, 65, 5)
    assert rows["poor"]["gap"]["mean"] is None
    assert rows["poor"]["gap"]["reason"] == "no pair that both judges scored"
    assert rows["poor"]["ranks"] == [None, None]


@pytest.mark.parametrize("judges", [(), (PUBLIC,), (PRIVATE,)])
def test_without_both_judges_there_is_no_gap(judges):
    assert judge_gaps(run_of(HONEST, judges)) == []
