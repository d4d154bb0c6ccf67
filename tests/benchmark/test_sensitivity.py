import json

import numpy as np
import pytest

from stylegauge.benchmark import sensitivity as module
from stylegauge.benchmark.sensitivity import EVERY_DOMAIN, Measured, control_of, sensitivity, sensitivity_map
from stylegauge.benchmark.sensitivity_cases import CHANCE, CONTENT_CHANGES, Case, Design, cases, style_moves
from stylegauge.datasets import painterly
from stylegauge.datasets.factors import style_factors
from stylegauge.metrics.registry import METRICS, resolve
from stylegauge.metrics.scorer import Scorer

SMALL = Design(cases=2, scenes=2, size=48)
GRAM = "gram@embedded"
KEYS = ["metric", "side", "domain", "factor", "change", "moved", "low", "high", "n", "monotone"]
BLIND = """
import torch

class Blind:
    name = "blind"
    family = "content"
    compares = "o,c"
    higher_is_better = True
    summary = "1 of everything"

    def __call__(self, output, content):
        return torch.ones(len(output), dtype=torch.float64)
"""


@pytest.fixture(scope="module")
def rendered():
    return list(cases(SMALL, seed=3))


@pytest.fixture
def small(monkeypatch, rendered):
    """The small design's cases, rendered once."""
    monkeypatch.setattr(module, "cases", lambda design, seed: iter(rendered))


def mapped(names):
    infos = resolve(names)
    return sensitivity_map(infos, Scorer(infos, {}), design=SMALL)


def test_every_factor_of_every_domain_and_scene_has_its_rows(small):
    rows = mapped(["psnr", "histogram"])
    assert all(list(row) == KEYS for row in rows)
    assert json.loads(json.dumps(rows)) == rows
    found = {(row["metric"], row["side"], row["domain"], row["factor"], row["change"]) for row in rows}
    assert len(found) == len(rows)
    for domain in painterly.DOMAINS:
        named = {(factor, change) for metric, side, where, factor, change in found
                 if (metric, side, where) == ("histogram", "style", domain)}  # fmt: skip
        assert named == set(style_moves(domain))
        assert {factor for factor, _ in named} == {*style_factors(domain), CHANCE[0]}
    for factor, changes in CONTENT_CHANGES.items():
        assert {("psnr", "content", EVERY_DOMAIN, factor, change) for change in changes} <= found


def test_the_map_is_the_same_twice_and_another_for_another_seed(rendered):
    # A smaller design is the beginning of a larger one.
    again, other = list(cases(Design(1, 1, 48), seed=3)), next(iter(cases(SMALL, seed=4)))
    assert len(again) == len(rendered) / 2
    for one, two in zip(rendered, again):
        assert (one.name, one.group, one.moves) == (two.name, two.group, two.moves)
        assert all(np.array_equal(getattr(one, name), getattr(two, name)) for name in ("style", "output", "moved"))
    assert not np.array_equal(other.output, rendered[0].output)


def test_scores_are_the_same_twice(small):
    assert mapped(["ssim"]) == mapped(["ssim"])


def test_a_metric_that_ignores_its_input_is_zero_everywhere(small, tmp_path):
    (tmp_path / "blind.py").write_text(BLIND)
    infos = resolve([f"{tmp_path}/blind.py:Blind"])
    rows = sensitivity_map(infos, Scorer(infos, {}), design=SMALL)
    assert {(row["moved"], row["low"], row["high"]) for row in rows} == {(0.0, 0.0, 0.0)}
    assert {row["monotone"] for row in rows if row["factor"] != CHANCE[0]} == {0.0}


def test_a_moved_palette_is_seen_by_colours_and_a_moved_object_by_pixels(small):
    rows = {(r["metric"], r["domain"], r["factor"], r["change"]): r["moved"] for r in mapped(["histogram", "psnr"])}
    assert rows["histogram", EVERY_DOMAIN, "palette", 0.4] > rows["histogram", EVERY_DOMAIN, "direction", 0.4]
    assert rows["histogram", EVERY_DOMAIN, "palette", 0.4] > 0.1
    assert rows["psnr", EVERY_DOMAIN, "edge displaced", 4.0] > 0


def test_contents_do_not_change_on_the_style_side_and_styles_not_on_the_other(rendered):
    for case in rendered:
        assert isinstance(case, Case)
        assert case.content.shape == case.style.shape == case.output.shape == (48, 48, 3)
        assert len(case.moved) == len(case.moves)
    assert [case.side for case in rendered] == (["style"] * 6 + ["content"] * 6) * 2
    scenes = {case.group for case in rendered if case.side == "content"}
    assert len(scenes) == SMALL.scenes
    assert {case.domain for case in rendered if case.side == "content"} == set(painterly.DOMAINS)


def measured(name, group, unit, *worse):
    """What gram says of one case, its palette moved once or twice."""
    moves = tuple(("palette", change) for change in (0.1, 0.2)[: len(worse)])
    return Measured("style", name, group, "oil", moves, {GRAM: unit}, {GRAM: np.array(worse)})


def rows_of(*found):
    return {(r["domain"], r["change"]): r for r in module._rows(METRICS[GRAM], "style", found)}


def test_changes_are_shares_of_the_mean_distance_to_the_control():
    rows = rows_of(measured("0", "a", 2.0, 0.5, 1.0), measured("1", "b", 6.0, 1.5, 1.0))
    assert rows["oil", 0.1]["moved"] == pytest.approx(0.25)  # (0.5 + 1.5) / (2 + 6)
    # Both cases have the same ratio, so nothing is left to spread, though their changes differ.
    assert rows["oil", 0.1]["low"] == pytest.approx(rows["oil", 0.1]["high"]) == pytest.approx(0.25)
    wide = rows["oil", 0.2]
    assert wide["moved"] == pytest.approx(0.25)
    assert wide["low"] < 0.25 < wide["high"]
    assert (wide["monotone"], wide["n"]) == (0.5, 2)


@pytest.mark.parametrize("unit", [0.0, -1.0, float("nan")])
def test_a_metric_that_does_not_find_the_control_worse_than_the_truth_has_no_unit(unit):
    row = rows_of(measured("0", "a", unit, 1.0))["oil", 0.1]
    assert (row["moved"], row["low"], row["high"], row["monotone"]) == (None, None, None, None)


def test_style_metrics_are_measured_against_identity_and_others_against_the_style_copy():
    assert control_of(METRICS["gram_rel@embedded"]) == "identity"
    assert control_of(METRICS["psnr"]) == "style-copy"


def test_names_are_resolved_and_set_metrics_left_out(small):
    said = []
    rows = sensitivity(["psnr", "fid"], say=said.append)
    assert {row["metric"] for row in rows} == {"psnr"}
    assert said[0].startswith("sensitivity: 0/48 cases")
