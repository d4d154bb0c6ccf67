from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from stylegauge.benchmark.gate import TOLERANCE, gains, make_curves, mean_curve, no_skill, verdicts
from stylegauge.metrics.registry import METRICS as REGISTRY

CONTENTS, STYLES = ["c1", "c2", "c3"], ["s1", "s2", "s3"]
PAIRS = [(c, s) for c in CONTENTS for s in STYLES]
# From the content (0, 1) straight to the style image (4, 0); the colour match halfway is better than a blend.
BLEND = [(0.0, 0.0, 1.0), (0.5, 2.0, 0.5), (1.0, 4.0, 0.0)]
COLOUR = [(0.0, 0.0, 1.0), (0.5, 1.0, 0.4), (0.75, 3.0, 0.6), (1.0, 4.0, 0.0)]


def noskill_frame(pairs=PAIRS, blend=BLEND, colour=COLOUR):
    rows = [
        (c, s, path, step, content, style)
        for c, s in pairs
        for path, points in (("blend", blend), ("colour", colour))
        for step, content, style in points
    ]
    columns = ["content", "style", "path", "step", "content_distance", "style_distance"]
    return pd.DataFrame(rows, columns=columns)


def score_rows(points, repeats=1):
    """points: model -> f(pair number) -> (content distance, style distance)"""
    rows = []
    for model, place in points.items():
        for number, (content, style) in enumerate(PAIRS):
            for repeat in range(repeats):
                values = place(number + 100 * repeat)
                for metric, value in zip(("content@embedded", "gram_rel@embedded"), values):
                    rows.append((model, content, style, "", repeat, metric, value, "ok", ""))
    columns = ["model", "content", "style", "domain", "repeat", "metric", "value", "status", "reason"]
    return pd.DataFrame(rows, columns=columns)


def run_of(points, metrics=("content@embedded", "gram_rel@embedded"), noskill=None, repeats=1):
    return SimpleNamespace(
        metrics={metric: REGISTRY[metric] for metric in metrics},
        plan={
            "backbone": "embedded",
            "metrics": list(metrics),
            "repeats": repeats,
            "models": [{"name": name, "role": "entry"} for name in points],
        },
        split={
            "pairs": [list(pair) for pair in PAIRS],
            "contents": [{"id": c, "group": c} for c in CONTENTS],
            "styles": [{"id": s, "group": s} for s in STYLES],
        },
        scores=score_rows(points, repeats),
        noskill=noskill_frame() if noskill is None else noskill,
    )


def curve(points, at):
    steps = np.array(points)
    at = np.atleast_1d(np.asarray(at, float))
    return no_skill(*(np.tile(steps[:, i], (len(at), 1)) for i in (1, 2)), at)


def test_the_curve_is_linear_between_steps_and_constant_beyond_the_ends():
    assert curve(BLEND, [0, 1, 2, 3, 4, 9]) == pytest.approx([1, 0.75, 0.5, 0.25, 0, 0])
    assert curve([(0, 1.0, 0.8), (1, 2.0, 0.2)], [0.5]) == pytest.approx([0.8])


def test_a_point_with_less_content_distance_and_less_style_distance_is_at_least_as_good():
    # after the colour match at (1, .4) the path climbs to (3, .6): .4 was reached already, until it falls below
    assert curve(COLOUR, [0.5, 1, 2, 3]) == pytest.approx([0.7, 0.4, 0.4, 0.4])
    assert curve(COLOUR, [3.5]) == pytest.approx([0.3])


def test_a_path_that_turns_back_or_stands_still_is_followed_to_its_best():
    back = [(0, 0.0, 1.0), (1, 3.0, 0.9), (2, 1.0, 0.1), (3, 4.0, 0.0)]
    assert curve(back, [0.5, 1, 3]) == pytest.approx([1 - 0.1 / 6, 0.1, 0.1 - 0.1 * 2 / 3])
    assert curve([(0, 2.0, 0.9), (1, 2.0, 0.3)], [1, 2, 5]) == pytest.approx([0.3, 0.3, 0.3])


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_agrees_with_a_path_cut_into_ten_thousand_points(seed):
    generator = np.random.default_rng(seed)
    x, y = generator.uniform(0, 1, (2, 1, 6))
    fine = np.linspace(0, 5, 50_001)
    along = np.interp(fine, np.arange(6), x[0]), np.interp(fine, np.arange(6), y[0])
    for at in (0.3, 0.5, 0.9):
        if at >= x.min():
            assert no_skill(x, y, np.array([at]))[0] == pytest.approx(along[1][along[0] <= at].min(), abs=2e-4)


def test_gains_are_the_curve_less_the_model_worked_by_hand():
    table = gains(score_rows({"m": lambda _: (2.0, 0.1)}), noskill_frame(), "embedded")
    assert len(table) == 9
    assert table["gain_blend"].to_numpy() == pytest.approx(0.4)
    assert table["gain"].to_numpy() == pytest.approx(0.3)
    assert table["content_relative"].to_numpy() == pytest.approx(0.5)


def test_each_pair_has_its_own_curve():
    near, far = ([(0, 0, 1), (1, end, 0)] for end in (1, 2))
    noskill = pd.concat([noskill_frame(PAIRS[:1], near, near), noskill_frame(PAIRS[1:], far, far)])
    table = gains(score_rows({"m": lambda _: (0.5, 0.0)}), noskill, "embedded").set_index(["content", "style"])
    assert table.loc[PAIRS[0], "gain"] == pytest.approx(0.5)
    assert table.loc[PAIRS[1], "gain"] == pytest.approx(0.75)
    assert table.loc[PAIRS[0], "content_relative"] == pytest.approx(0.5)


def test_a_recolouring_gains_over_blending_and_never_over_both():
    # the pilot's colour-match: above blending, not above the curve it lies on, and below where that has been better
    found = verdicts(run_of({"colour-match": lambda _: (1.0, 0.4), "past it": lambda i: (2.0, 0.45 + 0.01 * i)}))
    for verdict in found.values():
        assert verdict.gain_blend.mean > 0 or verdict is found["past it"]
        assert verdict.share_above == 0
        assert verdict.status == "not valid"
    assert found["colour-match"].gain_blend.mean == pytest.approx(0.35)
    assert found["past it"].gain.high < 0
    assert found["past it"].reason == "worse than mixing and recolouring"
    assert found["colour-match"].reason == "not shown to be better than mixing and recolouring"


def test_rounding_never_lifts_a_point_of_the_curve_above_it():
    found = verdicts(run_of({"identity": lambda i: (0.0, 1.0 - 1e-7 * (1 + i))}))["identity"]
    assert (found.gain.mean, found.gain.high, found.share_above) == (0, 0, 0)
    assert found.status == "not valid"
    assert TOLERANCE < 1e-4


def test_a_method_that_gains_on_every_pair_is_valid_and_one_that_gains_on_some_is_not():
    found = verdicts(run_of({
        "good": lambda i: (1.0, 0.2 + 0.01 * (i % 3)),
        "torn": lambda i: (1.0, 0.39 if i % 3 else 0.9),
    }))  # fmt: skip
    assert found["good"].status == "valid"
    assert found["good"].gain.low > 0
    assert found["torn"].status == "not valid"
    assert found["torn"].reason == "not shown to be better than mixing and recolouring"
    assert found["torn"].share_above == pytest.approx(6 / 9)


def test_repeats_are_averaged_within_a_pair_before_anything_is_counted():
    found = verdicts(run_of({"m": lambda i: (1.0, 0.2 if i < 100 else 0.3)}, repeats=2))["m"]
    assert found.gain.mean == pytest.approx(0.15)
    assert found.gain.n == 9
    assert found.status == "valid"


def test_what_lacks_the_metrics_or_the_curve_is_not_gated_and_says_why():
    found = verdicts(run_of({"m": lambda _: (1, 0)}, metrics=["psnr", "content@embedded"]))["m"]
    assert (found.status, found.gain) == ("not gated", None)
    assert "did not compute gram_rel@embedded" in found.reason
    assert "no-skill curve" in verdicts(run_of({"m": lambda _: (1, 0)}, noskill=noskill_frame([])))["m"].reason


def test_a_model_with_missing_pairs_is_not_gated_whatever_it_gains_on_the_rest():
    run = run_of({"m": lambda _: (1.0, 0.0), "gone": lambda _: (1.0, 0.0)})
    run.scores = run.scores[~((run.scores["model"] == "m") & (run.scores["content"] == "c3"))]
    run.scores.loc[run.scores["model"] == "gone", "status"] = "failed"
    found = verdicts(run)
    assert found["m"].status == found["gone"].status == "not gated"
    assert "6 of 9 outputs" in found["m"].reason
    assert found["m"].gain.mean == pytest.approx(0.4)
    assert found["gone"].gain is None


def test_the_drawn_curve_is_the_mean_of_the_pairs_curves_in_the_unit_of_the_plane():
    drawn = mean_curve(noskill_frame(), np.array([0, 0.25, 0.5, 1]))
    assert drawn["blend"].to_numpy() == pytest.approx([1, 0.75, 0.5, 0])
    assert drawn["both"].to_numpy() == pytest.approx([1, 0.4, 0.4, 0])


def test_a_pair_without_content_distance_has_no_place_in_the_plane_but_a_gain():
    same = noskill_frame(blend=[(0, 0, 0.5), (1, 0, 0.4)], colour=[(0, 0, 0.5), (1, 0, 0.4)])
    table = gains(score_rows({"m": lambda _: (1.0, 0.1)}), same, "embedded")
    assert table["content_relative"].isna().all()
    assert table["gain"].to_numpy() == pytest.approx(0.3)


def test_a_curve_with_missing_steps_or_paths_is_refused():
    frame = noskill_frame()
    with pytest.raises(ValueError, match="'blend' needs two or more steps"):
        make_curves(frame.drop(index=1))
    with pytest.raises(ValueError, match="same pairs"):
        make_curves(frame[~((frame["path"] == "colour") & (frame["content"] == "c1"))])
