"""The snapshots that ship: two early stages of each training, small, with their provenance, reached by their step."""

import csv
import hashlib
import importlib
import json

import pytest
import torch

from stylegauge.baselines.checkpoint import SHIPPED, SNAPSHOTS, read_checkpoint
from stylegauge.baselines.table import ENTRIES
from stylegauge.baselines.training.systems import SYSTEMS
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

FOLDER = SHIPPED / SNAPSHOTS
FINAL = {path.stem: json.loads(path.read_text()) for path in sorted(SHIPPED.glob("*.json"))}
ABOUT = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
TRAININGS = list(dict.fromkeys(stem.rpartition("@")[0] for stem in ABOUT))
STEPS = {
    name: sorted(int(stem.rpartition("@")[2]) for stem in ABOUT if stem.rpartition("@")[0] == name)
    for name in TRAININGS
}
SYSTEMS_WITH = list(dict.fromkeys(about["system"] for about in ABOUT.values()))
TARGETS = {info.name: info.target for info in ENTRIES if info.trained}
MEGABYTE = 1_000_000
NARROWER = {"noise-style": 14}  # at its own width it would be larger than a snapshot may be


def built(system: str, **arguments):
    module, _, name = TARGETS[system].partition(":")
    return getattr(importlib.import_module(module), name)(**arguments)


def of_system(system: str) -> list[str]:
    """Its trainings that have snapshots."""
    return [name for name in TRAININGS if FINAL[name]["system"] == system]


def test_a_training_has_two_snapshots_with_their_provenance_and_one_curve():
    assert TRAININGS
    assert all(len(steps) == 2 for steps in STEPS.values()), STEPS
    expected = {f"{stem}{end}" for stem in ABOUT for end in (".json", ".safetensors")}
    assert {path.name for path in FOLDER.iterdir()} == expected | {f"{name}.curve.csv" for name in TRAININGS}


def test_every_shipped_training_has_snapshots():
    assert set(TRAININGS) == set(FINAL)


@pytest.mark.parametrize("system", SYSTEMS_WITH)
def test_a_system_s_domains_have_snapshots_at_the_same_steps(system):
    assert len({tuple(STEPS[name]) for name in of_system(system)}) == 1


@pytest.mark.parametrize("stem", ABOUT)
def test_a_snapshot_is_small_and_what_its_provenance_tells_of(stem):
    path, about = FOLDER / f"{stem}.safetensors", ABOUT[stem]
    assert path.stat().st_size <= 0.5 * MEGABYTE
    assert about["weights"] == {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    found = read_checkpoint(path, about["system"])
    assert (list(found.domains), dict(found.arguments)) == (about["domains"], about["arguments"])


@pytest.mark.parametrize("stem", ABOUT)
def test_a_snapshot_is_on_the_way_to_weights_of_the_shipped_recipe(stem):
    about, final = ABOUT[stem], FINAL[stem.rpartition("@")[0]]
    assert about["step"] == int(stem.rpartition("@")[2]) < SYSTEMS[about["system"]].steps
    same = ("system", "domains", "arguments", "settings", "options", "data_sha256", "data")
    expected = {key: final[key] for key in same}
    if width := NARROWER.get(about["system"]):
        expected["arguments"] = {**final["arguments"], "width": width}
        expected["settings"] = {**final["settings"], "width": width}
    assert {key: about[key] for key in same} == expected
    assert len(about["commit"]) == 40, "a commit without changes beside it"
    assert str(about["step"]) in about["command"].partition("--snapshots")[2]


@pytest.mark.parametrize("name", TRAININGS)
def test_the_curve_reaches_the_last_snapshot(name):
    with (FOLDER / f"{name}.curve.csv").open(newline="") as file:
        assert int(list(csv.DictReader(file))[-1]["step"]) >= STEPS[name][-1]


@pytest.mark.parametrize("system", SYSTEMS_WITH)
def test_a_plain_step_builds_the_model_of_then(system):
    content, style = torch.rand(2, 1, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    made = {}
    for step in (None, *STEPS[of_system(system)[0]]):
        model = built(system, snapshot=step)
        domain = model.domains[0] if model.kind == "domain" else ""
        made[step] = model.stylize(Request(content, style, (domain,), (0,)))
        assert made[step].shape == content.shape
        assert 0 <= made[step].min() <= made[step].max() <= 1
        if model.kind == "domain" and step is not None:
            assert set(model.domains) == {label for name in of_system(system) for label in FINAL[name]["domains"]}
    first, *others = made.values()
    assert all((image - first).abs().mean() > 0.01 for image in others)


@pytest.mark.parametrize("system", SYSTEMS_WITH)
def test_a_step_that_there_is_no_snapshot_of_says_which_there_are(system):
    steps = ", ".join(map(str, STEPS[of_system(system)[0]]))
    with pytest.raises(UsageError, match=f"no snapshot 7 of '{system}' in '.*'; there are: {steps}"):
        built(system, snapshot=7)
