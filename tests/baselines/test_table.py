"""The table that `list models` shows is true of the classes and of the entry points."""

import importlib
import inspect
import tomllib
from pathlib import Path

import pytest

from stylegauge.baselines import BASELINES, BaselineInfo

ROOT = Path(__file__).parents[2]


def implementation(info: BaselineInfo) -> type:
    """The class behind a row; a factory says in its return annotation what it makes."""
    module, _, name = info.target.partition(":")
    target = getattr(importlib.import_module(module), name)
    if inspect.isclass(target):
        return target
    return getattr(inspect.getmodule(target), target.__annotations__["return"])


def test_rows_and_entry_points_are_the_same():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["stylegauge.models"]
    assert len({info.name for info in BASELINES}) == len(BASELINES)
    assert declared == {info.name: info.target for info in BASELINES}


@pytest.mark.parametrize("info", BASELINES, ids=lambda info: info.name)
def test_a_row_says_what_its_class_says(info):
    found = implementation(info)
    assert (found.role, found.privileged, found.kind) == (info.role, info.privileged, "pair")
    assert list(inspect.signature(found.stylize).parameters) == ["self", "request"]
    assert getattr(found, "__final__", False), "a generator is a final class"
    assert info.summary
    assert not info.summary.endswith(".")


def test_whatever_comes_from_a_paper_names_it():
    assert {info.name for info in BASELINES if info.paper} >= {"colour-match", "gatys"}
    assert all(info.paper for info in BASELINES if info.role == "entry")


def test_the_permanent_controls_are_all_there():
    names = "identity style-copy blend-25 blend-50 blend-75 colour-match noise blur wrong-content wrong-style oracle"
    assert [info.name for info in BASELINES if info.role == "control"] == names.split()


def test_only_controls_are_shown_privilege():
    assert all(info.role == "control" for info in BASELINES if info.privileged)
