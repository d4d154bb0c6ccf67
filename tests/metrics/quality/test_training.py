"""A whole training on pictures so few and small that it takes seconds."""

import json
import random

import numpy as np
import pytest
import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits import load_split
from stylegauge.metrics.quality.judge import read_judge
from stylegauge.metrics.quality.training.fit import Schedule
from stylegauge.metrics.quality.training.lessons import ORACLE, Lesson, examples
from stylegauge.metrics.quality.training.train import Settings, train_quality


@pytest.fixture(scope="module")
def runs(write_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return write_run(folder / "learnt", (0, 2, 3)), write_run(folder / "asked", (5, 7))


@pytest.fixture(scope="module")
def settings():
    short = Schedule(steps=12, pairs=2, width=8)
    return Settings("small", ("good",), schedule=short, fold_schedule=short)


@pytest.fixture(scope="module")
def trained(runs, settings, backbone, tmp_path_factory):
    out, said = tmp_path_factory.mktemp("out"), []
    file = train_quality([runs[0]], [runs[1]], backbone, settings, out, {"command": "train quality"}, said.append)
    return file, said


def test_a_training_writes_a_judge_with_its_provenance_and_its_held_out_table(trained, backbone):
    file, said = trained
    told = json.loads(file.with_suffix(".json").read_text())
    judge = read_judge(file, backbone.sha256)
    assert told["weights"]["sha256"] == judge.sha256
    assert told["command"] == "train quality"
    folds = told["validation"]["folds"]
    assert {fold["domain"] for fold in folds} == {"hatching", "woodcut"}
    assert [fold["makers"] for fold in folds if fold["makers"]] == [["good"]], "left out once"
    assert {"identity", "style-copy", "wrong-style", "wrong-content"} <= set(told["validation"]["overall"]["auroc"])
    assert 0 <= told["validation"]["calibration"]["ece"] <= 1
    for fold in folds:
        assert fold["metadata_probe"].keys() == fold["spectrum_probe"].keys()
        assert all(0.45 <= value <= 0.55 for value in fold["metadata_probe"].values()), fold["metadata_probe"]
    assert said[-1] == "the judge"
    assert (file.parent / "small.curve.csv").read_text().startswith("step,order,heads,anchor\n0,")


def test_the_same_training_gives_the_same_bytes(trained, runs, settings, backbone, tmp_path):
    again = train_quality([runs[0]], [runs[1]], backbone, settings, tmp_path, {}, lambda text: None)
    assert again.read_bytes() == trained[0].read_bytes()


def test_contents_that_were_learnt_from_cannot_be_asked_about(runs, settings, backbone, tmp_path):
    with pytest.raises(UsageError, match="the held-out runs share the content 'astronaut'"):
        train_quality([runs[0]], [runs[0]], backbone, settings, tmp_path, {}, lambda text: None)


def test_an_unfinished_run_cannot_be_learnt_from(runs, settings, backbone, tmp_path):
    with pytest.raises(UsageError, match="holds no finished run"):
        train_quality([tmp_path], [runs[1]], backbone, settings, tmp_path / "out", {}, lambda text: None)


def test_a_private_seed_is_withheld(runs, backbone, tmp_path):
    short = Schedule(steps=2, pairs=1, width=4)
    secret = Settings("private", ("good",), seed="a text of twenty letters", schedule=short, fold_schedule=short)
    file = train_quality([runs[0]], [runs[1]], backbone, secret, tmp_path, {}, lambda text: None)
    assert "twenty letters" not in file.with_suffix(".json").read_text()
    assert json.loads(file.with_suffix(".json").read_text())["settings"]["seed"] == "withheld"


def test_examples_of_a_pair_are_drawn_by_its_chance_alone():
    style = load_split("quick").style("hatching-1")
    image = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    lesson = Lesson("c", "s", image, image.flip(1), style.recipe, {ORACLE: image.flip(2)}, {"good": image}, {})
    first, again, other = (
        [
            (e.kind, e.maker, e.damage, e.step, float(e.image.sum()))
            for e in examples(lesson, (ORACLE,), random.Random(n))
        ]
        for n in (1, 1, 2)
    )
    assert first == again != other
    kinds = {kind for kind, *_ in first}
    assert kinds == {"output", "control", "ladder", "drift", "rounds", "wrong-style"}
    assert np.isfinite([total for *_, total in first]).all()
