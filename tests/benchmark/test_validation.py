"""A validation over real pictures: metrics that are right, blind or turned are told apart; what is done is kept."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from stylegauge.benchmark.plan import make_plan
from stylegauge.benchmark.sensitivity_cases import Design
from stylegauge.benchmark.store import canonical_json
from stylegauge.benchmark.validation_run import Asked, finished, work
from stylegauge.benchmark.validation_work import PairWork
from stylegauge.benchmark.votes import Ballots, Vote
from stylegauge.datasets.errors import UsageError

SMALL = Design(cases=1, scenes=1, size=64)
CONTROLS = ("identity", "style-copy", "blend-50", "noise", "blur", "colour-match")
PROPERTIES = ("ladders", "violations", "controls", "retest", "resolution", "attack", "votes")


def asked_in(shop, metrics=("psnr",), count=3, ballots=None, about=None):
    folders = {role: shop.folder / role for role in ("contents", "styles")}
    plan = make_plan(dict.fromkeys(CONTROLS, "control"), **folders, models=CONTROLS, metrics=metrics, size=64)
    return Asked(plan, about, ballots, plan.pictures(), shop.folder / "validation", count, SMALL)


def of(document, part, **which):
    return [row for row in document[part] if all(row[key] == value for key, value in which.items())]


def word(document, metric, name):
    (row,) = of(document, "properties", metric=metric, property=name)
    return row["word"], row["tone"]


@pytest.fixture(scope="module")
def document(workshop, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("shop")
        patch.setenv("STYLEGAUGE_CACHE", str(folder / "cache"))
        shop = workshop(folder)
        metrics = ("psnr", "gram_rel", shop.own("Near"), shop.own("Flat"), shop.own("Turned"))
        return work(asked_in(shop, metrics), "cpu", quiet=True)


def test_every_metric_has_a_word_for_every_property(document):
    assert [info["id"] for info in document["metrics"]] == ["psnr", "gram_rel@embedded", "Near", "Flat", "Turned"]
    named = [(row["metric"], row["property"]) for row in document["properties"]]
    assert named == [(info["id"], name) for info in document["metrics"] for name in PROPERTIES]
    assert document["sample"]["n"] == 3
    assert document["sample"]["of"] == 9
    canonical_json(document)


def test_a_metric_that_is_right_climbs_and_a_blind_or_turned_one_is_exposed(document):
    for ladder in ("blur", "noise", "blend", "checkerboard", "colour_shift", "tiling"):
        found = {m: of(document, "ladders", metric=m, ladder=ladder)[0] for m in ("Near", "Flat", "Turned")}
        assert [found[m]["tau"]["mean"] for m in found] == [1, 0, -1], ladder
        assert [found[m]["violations"]["mean"] for m in found] == [0, 1, 1], ladder
    assert word(document, "Flat", "ladders") == word(document, "Turned", "ladders") == ("does not climb", "bad")
    assert word(document, "Flat", "controls")[1] == word(document, "Turned", "controls")[1] == "bad"


def test_ladders_say_what_was_degraded_and_hold_every_step_in_the_metrics_unit(document):
    (blur,) = of(document, "ladders", metric="Near", ladder="blur")
    assert blur["start"] == "the content"
    means = [step["mean"] for step in blur["steps"]]
    assert means[0] == 0
    assert means == sorted(means)
    assert len(means) == len(blur["strengths"]) + 1
    (style,) = of(document, "ladders", metric="gram_rel@embedded", ladder="blur")
    assert style["start"] == "the style image"
    assert not of(document, "ladders", ladder="rounds")
    assert not document["rendered"]


def test_controls_stand_in_a_table_and_in_the_self_test(document):
    means = {row["control"]: row["mean"] for row in document["controls"]["means"] if row["metric"] == "Near"}
    assert set(means) == set(CONTROLS)
    assert means["identity"] == 0 < means["blur"] < means["style-copy"]
    (stated,) = [one for one in document["controls"]["trust"] if one["metric"] == "Near"]
    assert any(check["claim"] == "the content itself is best of all controls" for check in stated["checks"])


def test_what_must_not_change_does_not_and_a_flat_metric_has_no_spread_to_measure_by(document):
    for row in of(document, "retest", kind="exact"):
        assert row["largest"] == 0
    (crop,) = of(document, "retest", metric="Near", what="crop 8 px on")
    assert crop["largest_relative"] >= crop["mean_relative"] > 0
    (flat,) = of(document, "retest", metric="Flat", what="crop 8 px on")
    assert (flat["largest"], flat["largest_relative"]) == (0, None)


def test_at_half_the_side_pairs_and_controls_are_ranked_again(document):
    (half,) = of(document, "resolution", metric="Near", view="side 1/2")
    assert half["n"] == 3 * len(CONTROLS)
    assert 0.8 < half["rank"] <= 1
    (none,) = of(document, "resolution", metric="Flat", view="side 1/2")
    assert none["rank"] == 0


def test_an_attack_goes_from_the_poorer_output_towards_the_better(document):
    (near,), (turned,), (flat,) = (of(document, "attack", metric=metric) for metric in ("Near", "Turned", "Flat"))
    assert (near["on"], near["towards"]) == ("the content recoloured", "the content itself")
    assert near["how"] == ["gradient"]
    assert 0 < near["share"] < 1
    assert turned["share"] is None  # a metric that calls the recolouring better than the content itself
    assert flat["gain"]["mean"] == 0


def test_a_stopped_validation_goes_on_after_the_last_pair_that_was_done(shop, monkeypatch):
    asked, done = asked_in(shop), []
    real = PairWork._done

    def counted(self, pair):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(pair)
        return real(self, pair)

    monkeypatch.setattr(PairWork, "_done", counted)
    with pytest.raises(KeyboardInterrupt):
        work(asked, "cpu", quiet=True)
    assert not finished(asked, "auto")
    kept = {path.name: path.read_bytes() for path in (asked.folder / "pairs").iterdir()}
    assert len(kept) == 2
    again = []
    monkeypatch.setattr(PairWork, "_done", lambda self, pair: again.append(pair) or real(self, pair))
    work(asked, "cpu", quiet=True)
    assert again == [pair for pair in asked.pairs if pair not in done]
    assert {name: (asked.folder / "pairs" / name).read_bytes() for name in kept} == kept
    assert finished(asked, "auto")


def test_the_same_validation_gives_the_same_bytes_and_a_larger_sample_keeps_the_smaller_one(shop, monkeypatch):
    asked = asked_in(shop, count=2)
    work(asked, "cpu", quiet=True)
    first = (asked.folder / "validation.json").read_bytes()
    work(asked, "cpu", quiet=True)
    assert (asked.folder / "validation.json").read_bytes() == first
    more, again, real = replace(asked, count=3), [], PairWork._done
    assert not finished(more, "auto")
    monkeypatch.setattr(PairWork, "_done", lambda self, pair: again.append(pair) or real(self, pair))
    assert work(more, "cpu", quiet=True)["sample"]["n"] == 3
    assert len(again) == 1


def test_votes_on_controls_and_models_are_held_against_every_metric(shop):
    pairs = [(f"c{i}", f"s{j}") for i in range(3) for j in range(3)]
    order = ("identity", "plain", "style-copy")  # as a metric of content has it
    votes = tuple(Vote(*pair, a, b, 1.0, rater) for rater in "xy" for pair in pairs for a, b in pairwise(order))
    about = shop.plan("plain")
    asked = asked_in(shop, ballots=Ballots(votes, {}), about=about)
    asked.refuse()
    found = work(asked, "cpu", quiet=True)
    (row,) = found["votes"]["agreement"]
    assert row["image"]["spearman"]["mean"] == pytest.approx(1)
    assert found["votes"]["ceiling"][0]["votes"]["mean"] == 1
    assert word(found, "psnr", "votes") == ("agrees", "good")
    assert finished(asked, "auto")
    assert not finished(replace(asked, ballots=Ballots(votes[:-1], {})), "auto")


def test_a_folder_of_something_else_is_refused(shop):
    asked = asked_in(shop)
    asked.folder.mkdir()
    (asked.folder / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"something else than a validation \(notes.txt\)"):
        asked.refuse()


def test_a_damaged_pair_is_named(shop):
    asked = asked_in(shop, count=2)
    work(asked, "cpu", quiet=True)
    path = next((asked.folder / "pairs").iterdir())
    path.write_text("{")
    with pytest.raises(UsageError, match=path.name):
        work(asked, "cpu", quiet=True)
    assert json.loads((asked.folder / "run" / "plan.json").read_text())["models"]
