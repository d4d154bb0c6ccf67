"""Tables of votes become orders for a training: counted by comparison, of one question, and about the runs given."""

import hashlib
import json

import pytest
from click.testing import CliRunner
from safetensors.torch import save_file

from stylegauge.benchmark.cli import main
from stylegauge.benchmark.judges import judge_facts
from stylegauge.benchmark.vote_orders import comparisons, read_orders
from stylegauge.benchmark.votes import Vote
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.info import MetricInfo

HEAD = "content,style,a,b,winner,rater,question\n"


@pytest.fixture
def table(tmp_path):
    def write(*rows, name="votes.csv"):
        path = tmp_path / name
        path.write_text(HEAD + "\n".join(rows) + "\n")
        return path

    return write


def test_votes_on_two_outputs_are_counted_together_whichever_stood_first():
    votes = [Vote("c", "s", "a", "b", 1), Vote("c", "s", "b", "a", 0), Vote("c", "s", "b", "a", 0.5),
             Vote("c", "t", "a", "b", 0)]  # fmt: skip
    first, second = comparisons(votes)
    assert (first.a, first.b, first.for_a, first.votes, first.order) == ("a", "b", 2.5, 3, (("a", "b"),))
    assert second.order == (("b", "a"),)


def test_a_table_is_told_by_its_hash_how_many_votes_it_holds_and_from_how_many(table):
    path = table("c,s,a,b,a,anna,", "c,s,a,b,tie,ben,")
    votes = read_orders([path], None, [])
    assert votes.told["files"] == [{"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "votes": 2}]
    assert votes.told["raters"] == 2


def test_without_a_table_there_are_no_votes():
    assert read_orders([], None, []).comparisons == ()


def test_answers_to_several_questions_are_not_mixed(table):
    path = table("c,s,a,b,a,,overall", "c,s,a,b,b,,style", "c,s,a,b,b,,style")
    with pytest.raises(UsageError, match="the votes answer 2 questions; choose one by --question: overall, style"):
        read_orders([path], None, [])
    with pytest.raises(UsageError, match="no vote answers the question 'taste'; there are: overall, style"):
        read_orders([path], "taste", [])
    assert read_orders([path], "style", []).comparisons[0].votes == 2


def test_pictures_of_no_run_given_are_refused(tmp_path, table):
    for run in ("run", "other"):
        for model in "ab":
            (tmp_path / run / "outputs" / model).mkdir(parents=True)
    ours = table("c,s,run/outputs/a/c__s.png,run/outputs/b/c__s.png,a,,", name="ours.csv")
    other = table("c,s,other/outputs/a/c__s.png,other/outputs/b/c__s.png,a,,", name="other.csv")
    assert read_orders([ours], None, [tmp_path / "run"]).comparisons[0].order == (("a", "b"),)
    with pytest.raises(UsageError, match="/other/outputs/a', which are no outputs of the runs given"):
        read_orders([other], None, [tmp_path / "run"])


def test_agreement_is_that_of_a_validation_over_the_pairs_that_were_scored(table):
    votes = read_orders([table("c,s,a,b,a,,", "d,t,a,b,a,,", "d,t,a,b,b,,", "e,s,a,b,a,,")], None, [])
    split = {role: [{"id": name, "group": name} for name in names] for role, names in
             (("contents", "cde"), ("styles", "st"))}  # fmt: skip
    scores = {("c", "s"): {"a": 2.0, "b": 1.0, "oracle": 3.0}, ("d", "t"): {"a": 0.0, "b": 1.0, "oracle": 3.0}}
    found = votes.agree(scores, split)
    assert found["n"] == 3
    assert found["votes"]["mean"] == pytest.approx(3 / 4), "one of one, and one of two"
    assert found["image"]["spearman"]["mean"] == pytest.approx(1), "on the pair on which people have an order"
    assert found["people"]["comparisons"] == 1
    json.dumps(found, allow_nan=False)


def test_the_command_reads_the_table_before_the_training_begins(tmp_path, table, monkeypatch):
    seen = {}

    def train(runs, held_out, network, settings, out, told, say, votes):
        seen["votes"] = votes
        return out

    monkeypatch.setattr("stylegauge.metrics.quality.training.train.train_quality", train)
    words = ["train", "quality", "--from", "run", "--held-out", "other", "--out", "out", "--votes"]
    done = CliRunner().invoke(main, [*words, str(table("c,s,a,b,b,,"))])
    assert done.exit_code == 0, done.output
    assert seen["votes"].comparisons[0].order == (("b", "a"),)
    done = CliRunner().invoke(main, [*words, str(tmp_path / "missing.csv")])
    assert done.exit_code == 2
    assert "cannot read the votes" in done.output


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ({}, "takes no skill; no painting and no person's vote"),
        (None, "takes no skill; no painting and no person's vote"),
        (
            {"learnt": {"votes": 36, "orders": 12}, "held_out": {"votes": 0, "orders": 0}},
            "takes no skill, and 36 votes of people, which gave 12 orders of two outputs; no painting",
        ),
        (
            {"learnt": {"votes": 0, "orders": 0}, "held_out": {"votes": 9, "orders": 3}},
            "no person's vote; 9 votes of people, which gave 3 orders of two outputs, are part of its calibration",
        ),
    ],
)
def test_a_judge_is_told_in_plain_words_with_the_votes_it_learnt_from(tmp_path, account, said):
    path = tmp_path / "own.safetensors"
    save_file({}, path)
    told = {
        "weights": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "data": {"examples": 5, "runs": [{"models": ["adain"]}]},
        "validation": {"overall": {"auroc": {"blur": {"worst": 0.9}}, "seed_to_seed": 1},
                       "calibration": {"ece": 0.01}},
    } | ({} if account is None else {"votes": account})  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(told))
    info = MetricInfo("quality-own@embedded", "artefact", "o,c,s", True, "", ("embedded",), "", str(path), "")
    assert judge_facts(info)["trained_on"].endswith(said)
