"""Votes are read as they are documented, refused in one line, and held against metrics with known answers."""

import math

import numpy as np
import pandas as pd
import pytest

from stylegauge.benchmark.agreement import agreement, ceiling, kendall, shares, spearman
from stylegauge.benchmark.votes import Vote, questions, read_votes, refuse_unknown
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits import load_split

CONTENTS, STYLES, MODELS = ("c0", "c1", "c2"), ("s0", "s1", "s2"), ("best", "good", "poor")
PAIRS = [(content, style) for content in CONTENTS for style in STYLES]
SPLIT = {
    "contents": [{"id": name, "group": name} for name in CONTENTS],
    "styles": [{"id": name, "group": name} for name in STYLES],
}
MATCHES = [("best", "good"), ("best", "poor"), ("good", "poor")]


def goodness(values=(3.0, 2.0, 1.0)):
    index = pd.MultiIndex.from_tuples(PAIRS, names=["content", "style"])
    return pd.DataFrame([list(values)] * len(PAIRS), index=index, columns=list(MODELS))


def votes_of(*rounds):
    """One round of all matches on all pairs for each: the share of votes for the better one is 1, 0 or 1/2."""
    return [
        Vote(*pair, a, b, for_a, rater=str(rater))
        for rater, for_a in enumerate(rounds)
        for pair in PAIRS
        for a, b in MATCHES
    ]


def test_a_metric_in_the_order_of_people_agrees_wholly_and_its_reverse_not_at_all():
    found = agreement(votes_of(1), goodness(), SPLIT)
    for part in (found["votes"], *found["image"].values(), *found["system"].values()):
        assert part["mean"] == pytest.approx(1)
    turned = agreement(votes_of(1), -goodness(), SPLIT)
    assert turned["votes"]["mean"] == 0
    for part in (*turned["image"].values(), *turned["system"].values()):
        assert part["mean"] == pytest.approx(-1)


def test_a_metric_that_exchanges_two_of_three_has_the_correlations_of_a_textbook():
    found = agreement(votes_of(1), goodness((2.0, 3.0, 1.0)), SPLIT)
    assert found["image"]["spearman"]["mean"] == pytest.approx(0.5)
    assert found["image"]["kendall"]["mean"] == pytest.approx(1 / 3)
    assert found["votes"]["mean"] == pytest.approx(2 / 3)
    assert (found["system"]["spearman"]["mean"], found["system"]["spearman"]["models"]) == (pytest.approx(0.5), 3)


def test_a_constant_metric_is_at_chance():
    found = agreement(votes_of(1), goodness((1.0, 1.0, 1.0)), SPLIT)
    assert found["votes"]["mean"] == 0.5
    assert found["image"]["spearman"]["mean"] == found["system"]["kendall"]["mean"] == 0


def test_a_model_without_scores_on_a_pair_is_left_out_there_alone():
    some = goodness()
    some.loc[PAIRS[0], "poor"] = math.nan
    found = agreement(votes_of(1), some, SPLIT)
    assert found["votes"]["mean"] == found["image"]["spearman"]["mean"] == 1
    assert found["image"]["spearman"]["n"] == len(PAIRS)


def test_a_tie_is_half_a_vote_and_no_side_to_be_on():
    table = shares([Vote("c0", "s0", "best", "good", 0.5), Vote("c0", "s0", "good", "best", 0.0)])
    assert table.loc[("c0", "s0")].to_dict() == {"best": 0.75, "good": 0.25}
    found = agreement(votes_of(0.5), goodness(), SPLIT)
    assert found["votes"]["n"] == found["image"]["spearman"]["n"] == 0


def test_people_who_all_say_the_same_agree_wholly_and_opposite_ones_never():
    same = ceiling(votes_of(1, 1), SPLIT)
    assert (same["comparisons"], same["votes"]["mean"], same["image"]["spearman"]["mean"]) == (27, 1, pytest.approx(1))
    opposite = ceiling(votes_of(1, 0), SPLIT)
    assert (opposite["votes"]["mean"], opposite["image"]["spearman"]["mean"]) == (0, pytest.approx(-1))


def test_two_of_three_raters_agree_in_one_pair_of_three():
    assert ceiling(votes_of(1, 1, 0), SPLIT)["votes"]["mean"] == pytest.approx(1 / 3)


def test_it_does_not_matter_which_of_the_two_stood_first():
    turned = [Vote(v.content, v.style, v.b, v.a, 1 - v.for_a, v.rater) for v in votes_of(1)]
    assert ceiling([*votes_of(1), *turned], SPLIT)["votes"]["mean"] == 1


def test_single_votes_have_no_ceiling():
    found = ceiling(votes_of(1), SPLIT)
    assert found["comparisons"] == 0
    assert found["votes"]["mean"] is None
    assert "twice" in found["votes"]["reason"]


def test_correlations_share_ranks_among_equals():
    a, b = np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 4.0])
    assert spearman(a, b) == pytest.approx(0.9487, abs=1e-4)
    assert kendall(a, b) == pytest.approx(0.9129, abs=1e-4)


@pytest.fixture
def write(tmp_path):
    def write(*lines, header="content,style,a,b,winner"):
        path = tmp_path / "votes.csv"
        path.write_text("\n".join([header, *lines]) + "\n")
        return path

    return write


def test_a_file_is_read_with_every_way_to_name_a_winner(write):
    path = write("c,s,m,n,a", "c,s,m,n,b", "c,s,m,n,tie", "c,s,m,n,m", "c,s,m,n,n")
    assert [vote.for_a for vote in read_votes(path).votes] == [1, 0, 0.5, 1, 0]


def test_raters_and_questions_are_read_where_they_are(write):
    path = write("c,s,m,n,a,r1,style", "c,s,m,n,b,r2,content", header="content,style,a,b,winner,rater,question")
    votes = read_votes(path).votes
    assert [(vote.rater, vote.question) for vote in votes] == [("r1", "style"), ("r2", "content")]
    assert questions(votes) == ["style", "content"]


def test_a_model_may_be_named_by_one_of_its_files(write, tmp_path):
    (tmp_path / "outputs" / "mine").mkdir(parents=True)
    ballots = read_votes(write("c,s,outputs/mine/c__s.png,identity,outputs/mine/c__s.png"))
    assert (ballots.votes[0].a, ballots.votes[0].for_a) == ("mine", 1)
    assert ballots.folders == {"mine": tmp_path / "outputs" / "mine"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["c,s,m,n,neither"], r"line 2: winner 'neither'; possible are a, b, tie, m or n"),
        (["c,s,m,n,a", "c,s,m,m,a"], "line 3: 'm' against itself"),
        (["c,,m,n,a"], "line 2: no style"),
        (["c,s,nowhere/m/c__s.png,n,a"], "line 2: no folder"),
        ([], "it holds no vote"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(write, lines, message):
    with pytest.raises(UsageError, match=message):
        read_votes(write(*lines))


def test_a_missing_column_or_file_is_named(write, tmp_path):
    with pytest.raises(UsageError, match="no column 'winner'"):
        read_votes(write("c,s,m,n", header="content,style,a,b"))
    with pytest.raises(UsageError, match="cannot read the votes"):
        read_votes(tmp_path / "none.csv")


def test_votes_on_pairs_and_models_that_are_not_there_are_refused(write):
    quick = load_split("quick")
    content, style = quick.pairs[0]
    with pytest.raises(UsageError, match="no pair of the split 'quick'"):
        refuse_unknown(read_votes(write("c,s,m,n,a")), quick, ["m", "n"])
    ballots = read_votes(write(f"{content},{style},identity,mine,a"))
    refuse_unknown(ballots, quick, ["identity", "mine"])
    with pytest.raises(UsageError, match=r"a vote on 'mine', of which there are no outputs.*add --model mine=folder"):
        refuse_unknown(ballots, quick, ["identity"])
