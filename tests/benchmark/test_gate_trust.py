from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from stylegauge.benchmark.gate_trust import STOPPED, THROUGH, caveat, trust_gate
from stylegauge.benchmark.records import SCORE_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.store import canonical_json
from stylegauge.metrics.registry import METRICS as REGISTRY

PAIRS = [(f"c{i}", f"s{j}") for i in range(4) for j in range(4)]
METRICS = ("content@embedded", "gram_rel@embedded")
# The no-skill curve is the line from (0, 1) to (1, 0).
PLACES = {"identity": (0.0, 1.0), "style-copy": (1.0, 0.0), "blur": (0.5, 0.9), "oracle": (0.4, 0.2)}


def run_of(places=PLACES, metrics=METRICS):
    noise = np.random.default_rng(0)
    rows = [
        (name, content, style, "", 0, metric, value + (noise.normal(0, 0.01) if name == "oracle" else 0), "ok", "")
        for name, place in places.items()
        for content, style in PAIRS
        for metric, value in zip(metrics, place)
    ]
    line = [(c, s, path, t, t, 1 - t) for c, s in PAIRS for path in ("blend", "colour") for t in (0.0, 1.0)]
    columns = ["content", "style", "path", "step", "content_distance", "style_distance"]
    return SimpleNamespace(
        domains_of=lambda name: (),
        metrics={metric: REGISTRY[metric] for metric in metrics},
        plan={
            "models": [{"name": name, "spec": name, "role": "control"} for name in places],
            "metrics": list(metrics),
            "backbone": "embedded",
        },
        split={
            "pairs": PAIRS,
            "contents": [{"id": f"c{i}", "group": f"c{i}"} for i in range(4)],
            "styles": [{"id": f"s{i}", "group": f"s{i}", "domain": ""} for i in range(4)],
        },
        scores=pd.DataFrame(rows, columns=list(SCORE_COLUMNS)),
        sets=pd.DataFrame(columns=list(SET_COLUMNS)),
        noskill=pd.DataFrame(line, columns=columns),
    )


def test_a_gate_that_lets_only_the_true_renderer_through_behaves():
    found = trust_gate(run_of())
    assert found["verdict"] == "behaves"
    assert [check["holds"] for check in found["checks"]] == [True, True]
    assert found["checks"][1]["observed"] == "none of 3"
    canonical_json(found)


@pytest.mark.parametrize(
    ("control", "place", "claim"), [("oracle", (0.6, 0.5), THROUGH), ("blur", (0.5, 0.3), STOPPED)]
)
def test_a_gate_that_stops_the_true_renderer_or_lets_a_control_through_fails(control, place, claim):
    found = trust_gate(run_of(PLACES | {control: place}))
    assert found["verdict"] == f"fails: {claim}"


def test_without_a_true_renderer_only_the_other_claim_is_checked():
    found = trust_gate(run_of({name: place for name, place in PLACES.items() if name != "oracle"}))
    assert found["verdict"] == "behaves"
    assert found["unchecked"] == [{"claim": THROUGH, "missing": ["oracle"], "possible": False}]
    assert caveat(found) == ""


def test_a_run_that_left_out_the_true_renderer_of_rendered_styles_has_checked_half():
    run = run_of({name: place for name, place in PLACES.items() if name != "oracle"})
    run.split["styles"] = [{**style, "recipe": {"domain": "d"}} for style in run.split["styles"]]
    found = trust_gate(run)
    assert found["verdict"] == "behaves in 1 of 2"


def test_only_a_gate_that_stops_the_true_renderer_comes_with_a_caveat():
    assert caveat(trust_gate(run_of())) == ""
    assert caveat(trust_gate(run_of(PLACES | {"blur": (0.5, 0.3)}))) == ""
    assert "does not let the true renderer through" in caveat(trust_gate(run_of(PLACES | {"oracle": (0.6, 0.5)})))


def test_a_gate_without_its_metrics_cannot_be_checked():
    found = trust_gate(run_of(metrics=METRICS[:1]))
    assert found["verdict"].startswith("cannot be checked: the gate needs content@embedded and gram_rel@embedded")
