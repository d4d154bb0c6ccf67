"""The weights that ship: whole, small, of the recipes of `train`, with where they come from and what they are worth."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from stylegauge.baselines.checkpoint import SHIPPED, read_checkpoint
from stylegauge.baselines.table import ENTRIES
from stylegauge.baselines.training.systems import SYSTEMS
from stylegauge.datasets.painterly import DOMAINS

ABOUT = {path.stem: json.loads(path.read_text()) for path in sorted(SHIPPED.glob("*.json"))}
MEGABYTE = 1_000_000


def test_every_system_ships_weights_and_every_file_has_its_provenance_and_curve():
    assert {about["system"] for about in ABOUT.values()} == {info.name for info in ENTRIES if info.trained}
    found = {path.name for path in SHIPPED.iterdir() if path.is_file()}
    assert found == {f"{name}{suffix}" for name in ABOUT for suffix in (".json", ".safetensors", ".curve.csv")}


def test_all_weights_together_are_below_25_megabytes():
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*.safetensors")) < 25 * MEGABYTE


@pytest.mark.parametrize("name", ABOUT)
def test_weights_are_those_that_their_provenance_tells_of(name):
    path, about = SHIPPED / f"{name}.safetensors", ABOUT[name]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == about["weights"]["sha256"]
    found = read_checkpoint(path, about["system"])
    assert (list(found.domains), dict(found.arguments)) == (about["domains"], about["arguments"])
    assert set(found.domains) <= set(DOMAINS)


@pytest.mark.parametrize("name", ABOUT)
def test_weights_were_trained_by_the_recipe_that_train_has(name):
    about = ABOUT[name]
    recipe, settings = SYSTEMS[about["system"]], about["settings"]
    assert about["step"] == settings["steps"] == recipe.steps
    assert (settings["size"], settings["width"], settings["batch"]) == (recipe.size, recipe.width, recipe.batch)
    assert settings["average"] == recipe.average
    assert about["options"] == dict(recipe.options)
    assert set(about["domains"]) <= set(recipe.domains)
    assert about["data"]["source"] == "quick"
    assert len(about["commit"]) == 40, "a commit without changes beside it"


@pytest.mark.parametrize("name", ABOUT)
def test_the_curve_goes_to_the_last_step(name):
    with (SHIPPED / f"{name}.curve.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert int(rows[-1]["step"]) == ABOUT[name]["step"]
    assert len(rows) >= 100


@pytest.mark.parametrize("name", ABOUT)
def test_provenance_says_what_the_quick_suite_says_of_the_weights(name):
    results = ABOUT[name]["evaluation"]["results"]
    assert [one["domain"] for one in results] == (ABOUT[name]["domains"] or ["all"])
    assert all(one["verdict"] for one in results)


def test_what_is_made_lies_nearer_to_the_domain_than_the_contents_do_but_for_those_that_are_said_to_fail():
    found = {
        f"{name} in {one['domain']}": one["kid"] < one["kid_of_identity"]
        for name, about in ABOUT.items()
        for one in about["evaluation"]["results"]
    }
    failing = {name for name, nearer in found.items() if not nearer}
    page = (Path(__file__).parents[2] / "docs" / "baselines.md").read_text()
    assert failing == {"cartoongan-cartoon in cartoon", "noise-gan-mosaic in mosaic"}
    assert all(f"`{name.split()[0]}`" in page.split("What the shipped weights are worth")[1] for name in failing)
