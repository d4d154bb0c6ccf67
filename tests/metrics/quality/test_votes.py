"""People's votes decide where nothing was known, outweigh nearness, and never outweigh how pictures were made."""

import json

import numpy as np
import pytest

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.quality.training import train
from stylegauge.metrics.quality.training.fit import Schedule
from stylegauge.metrics.quality.training.labels import better
from stylegauge.metrics.quality.training.train import Settings, train_quality
from stylegauge.metrics.quality.training.votes import Comparison, Votes, decided

VALID = ("good",)


def row(kind, maker, damage="", step=0.0):
    return {"kind": kind, "maker": maker, "damage": damage, "step": step}


ROWS = [
    row("output", "oracle"), row("output", "good"), row("output", "poor"), row("control", "identity"),
    row("ladder", "poor", "blur", 1), row("wrong-style", "poor"), row("control", "blend"),
]  # fmt: skip
ORACLE, GOOD, POOR, IDENTITY, BLURRED, _, BLEND = range(len(ROWS))
NEAR = np.full((len(ROWS), 2), np.nan)
NEAR[GOOD], NEAR[POOR] = 0.1, 0.4


def test_a_vote_outweighs_which_output_is_nearer_to_the_true_rendering():
    assert better(ROWS, NEAR, VALID)[GOOD, POOR]
    known = decided(ROWS, NEAR, VALID, (("poor", "good"),))
    assert known[POOR, GOOD]
    assert not known[GOOD, POOR]


@pytest.mark.parametrize("order", [("poor", "oracle"), ("identity", "good")])
def test_a_vote_never_outweighs_how_pictures_were_made(order):
    assert np.array_equal(decided(ROWS, NEAR, VALID, (order,)), better(ROWS, NEAR, VALID))


def test_a_vote_orders_what_nothing_else_does_and_changes_no_other_order():
    known = decided(ROWS, NEAR, VALID, (("identity", "poor"),))
    added = known & ~better(ROWS, NEAR, VALID)
    assert np.argwhere(added).tolist() == [[IDENTITY, POOR]]


def test_a_vote_is_about_the_very_picture_of_the_run():
    """Not about an output that is paired wrongly or degraded, nor about a blend that was drawn anew."""
    for order in (("nobody", "poor"), ("blend", "poor")):
        assert np.array_equal(decided(ROWS, NEAR, VALID, (order,)), better(ROWS, NEAR, VALID))


@pytest.mark.parametrize(
    ("for_a", "votes", "order"), [(2, 3, (("a", "b"),)), (0.5, 2, (("b", "a"),)), (1.5, 3, ()), (0.5, 1, ())]
)
def test_a_majority_decides_and_ties_and_even_splits_say_nothing(for_a, votes, order):
    assert Comparison("c", "s", "a", "b", for_a, votes).order == order


def contrast(factor):
    def make(image, draw):
        mean = image.mean(dim=(1, 2), keepdim=True)
        return mean + factor * (image - mean)

    return make


MAKERS = {"strong": contrast(1.3), "faint": contrast(0.7)}  # a matter of taste


@pytest.fixture(scope="module")
def runs(write_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("voted")
    return write_run(folder / "learnt", (0, 2, 3), MAKERS), write_run(folder / "asked", (5, 7), MAKERS)


def votes_for(favourite, *runs, agree=lambda scores, split: {}):
    pairs = [pair for run in runs for pair in json.loads((run / "split.json").read_text())["pairs"]]
    told = {"files": [{"sha256": "0" * 64, "votes": 3 * len(pairs)}]}
    return Votes(
        tuple(Comparison(*pair, "faint", "strong", for_a=1 if favourite == "strong" else 2, votes=3) for pair in pairs),
        told,
        agree,
    )


@pytest.fixture(scope="module")
def trained(runs, backbone, tmp_path_factory):
    """trained(favourite): the provenance of a judge that was shown votes, and its scores of held-out outputs."""
    kept = {}

    def train_for(favourite):
        if favourite not in kept:
            scores, said = [], []

            def agree(found, split):
                scores.append((found, split))
                return {"n": len(found)}

            settings = Settings("voted", ("strong", "faint"), schedule=Schedule(steps=30, pairs=6, width=8),
                                fold_schedule=Schedule(steps=4, pairs=2, width=8))  # fmt: skip
            votes = votes_for(favourite, *runs, agree=agree)
            folder = tmp_path_factory.mktemp(favourite)
            file = train_quality([runs[0]], [runs[1]], backbone, settings, folder, {}, said.append, votes)
            kept[favourite] = json.loads(file.with_suffix(".json").read_text()), scores, said
        return kept[favourite]

    return train_for


@pytest.mark.parametrize(("favourite", "other"), [("strong", "faint"), ("faint", "strong")])
def test_votes_alone_decide_between_two_generators_and_the_judge_follows_them_on_other_contents(
    trained, favourite, other
):
    (judged, _), *_ = trained(favourite)[1]
    ahead = [scores[favourite] > scores[other] for scores in judged.values()]
    assert len(ahead) == 8
    assert all(ahead)


def test_the_provenance_says_where_votes_come_from_and_what_became_of_them(trained):
    told, scores, said = trained("strong")
    account = told["votes"]
    assert account["files"] == [{"sha256": "0" * 64, "votes": 60}]
    assert account["votes"] == 60
    assert account["learnt"] == {"votes": 36, "orders": 12}
    assert account["held_out"] == {"votes": 24, "orders": 8}
    assert [account[key] for key in ("not_taken", "no_picture", "even", "overruled")] == [0, 0, 0, 0]
    assert told["validation"]["votes"] == {"judge": {"n": 8}, "folds": {"n": 8}}
    assert "60 votes are on outputs: 36 to learn from, 24 to be held out" in said
    assert {item["id"] for item in scores[0][1]["contents"]} == {content for content, _ in scores[0][0]}


def test_votes_on_pairs_that_are_not_taken_are_counted_and_said(runs, backbone, tmp_path, monkeypatch):
    said = []

    def stop(*_, **__):
        raise InterruptedError

    monkeypatch.setattr(train, "make_folds", stop)
    votes = votes_for("strong", *runs)
    odd = Comparison(*json.loads((runs[0] / "split.json").read_text())["pairs"][0], "oracle", "strong", 0, 1)
    votes = Votes((*votes.comparisons, odd), votes.told, votes.agree)
    settings = Settings("few", ("strong", "faint"), pairs=2, held_out_pairs=2)
    with pytest.raises(InterruptedError):
        train_quality([runs[0]], [runs[1]], backbone, settings, tmp_path, {}, said.append, votes)
    assert said[-1] == "61 votes are on outputs: 7 to learn from, 6 to be held out, 48 on pairs that are not taken"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (("nothing", "woodcut-1", "faint", "strong"), "1 vote is about .* the first is about the content 'nothing'"),
        (("astronaut-portrait", "nothing", "faint", "strong"), "the first is about the style 'nothing'"),
        (("astronaut-portrait", "woodcut-1", "faint", "hot"), "the model 'hot'; they have faint, oracle, strong"),
    ],
)
def test_votes_on_what_no_run_has_are_refused_in_one_line(runs, backbone, tmp_path, wrong, message):
    votes = Votes((Comparison(*wrong, 1, 1),))
    with pytest.raises(UsageError, match=message) as error:
        train_quality([runs[0]], [runs[1]], backbone, Settings("x", ()), tmp_path, {}, print, votes)
    assert "\n" not in str(error.value)


def test_how_many_votes_are_strange_is_said(runs, backbone, tmp_path):
    votes = Votes(
        (Comparison("astronaut-portrait", "woodcut-1", "faint", "hot", 1, 4), Comparison("no", "no", "a", "b", 1, 2))
    )
    with pytest.raises(UsageError, match="6 votes are about what the runs do not have; the first is about the model"):
        train_quality([runs[0]], [runs[1]], backbone, Settings("x", ()), tmp_path, {}, print, votes)
