"""`list` says what there is, in words that fit a terminal and as JSON."""

import json

import pytest
from click.testing import CliRunner

from stylegauge.baselines import BASELINES, OFFICIAL
from stylegauge.benchmark.cli import main
from stylegauge.benchmark.list_command import WIDTH, models_page
from stylegauge.benchmark.suites import SHIPPED
from stylegauge.metrics.registry import METRICS

FIELDS = {"kind", "parameters", "multiply_adds", "size", "paper", "licence", "trained_on", "domains", "summary"}


def typed(*words):
    result = CliRunner().invoke(main, ["list", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_models_stand_with_their_figures_in_lines_that_fit():
    page = typed("models")
    assert max(map(len, page.splitlines())) <= WIDTH
    lines = {line.split()[0]: line for line in page.splitlines() if line.strip() and not line.startswith(" ")}
    assert {info.name for info in (*BASELINES, *OFFICIAL)} <= set(lines)
    assert lines["official-cyclegan"].split()[1:] == ["domain", "11.4", "M", "49.6", "G", "-"]
    assert "Gatys et al. 2016, doi:10.1109/CVPR.2016.265" in page
    assert "licence: " in page
    assert "trained on: nothing" in page


def test_json_holds_everything_that_is_known_of_each_model():
    rows = {row["name"]: row for row in json.loads(typed("models", "--json"))}
    for info in (*BASELINES, *OFFICIAL):
        assert set(rows[info.name]) >= FIELDS
        found = rows[info.name]
        assert (found["parameters"], found["multiply_adds"]) == (info.parameters, info.multiply_adds)
        assert tuple(found["domains"]) == info.domains


def test_a_model_of_another_package_stands_with_its_place():
    ours = {"name": "a", "role": "control", "summary": "It does nothing"}
    theirs = {"name": "paint", "target": "brush:Paint", "summary": "from brush:Paint"}
    page = models_page([ours, theirs])
    assert page[-2:] == ["of other packages", "paint  from brush:Paint"]


def test_a_trained_models_domains_are_told():
    row = {
        "name": "cyclegan", "role": "entry", "kind": "domain", "summary": "It translates", "paper": "Zhu et al.",
        "parameters": 1_234_567, "multiply_adds": 8_765_000_000, "size": 987_654, "domains": ["hatching", "mosaic"],
        "trained_on": "pictures", "licence": "free",
    }  # fmt: skip
    head, figures, summary, origin = models_page([row])
    assert head.split() == ["kind", "parameters", "multiply-adds", "size"]
    assert figures.split() == ["cyclegan", "domain", "1.23", "M", "8.77", "G", "0.99", "MB"]
    assert (summary.strip(), origin.strip()) == (
        "It translates",
        "makes: hatching, mosaic; paper: Zhu et al.; trained on: pictures; licence: free",
    )


@pytest.mark.parametrize(("what", "names"), [("metrics", METRICS), ("suites", SHIPPED), ("weights", ("vgg19", "alex"))])
def test_the_other_lists_name_theirs_in_words_and_as_json(what, names):
    page, rows = typed(what), json.loads(typed(what, "--json"))
    assert {row["name"] for row in rows} >= set(names)
    assert all(row["name"] in page and row["summary"] in page for row in rows)
