"""What a plan may say, and that where it is typed plays no part in it."""

import re

import pytest

from stylegauge.benchmark.plan import make_plan
from stylegauge.benchmark.plan_file import read_plan
from stylegauge.datasets.errors import UsageError


@pytest.fixture
def read(tmp_path):
    """Read a plan of this text, kept in the folder `here`."""
    (tmp_path / "here").mkdir()

    def plan(text):
        file = tmp_path / "here" / "plan.toml"
        file.write_text(text)
        return read_plan(file)

    return plan


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models = 3", r"models: expected a list, models = \['...', '...'\]; found 3"),
        ("models = 'gatys'", "models: expected a list, .* found 'gatys'"),
        ("metrics = 'psnr'", "metrics: expected a list, .* found 'psnr'"),
        ("metrics = ['psnr', 1]", "metrics: expected a list of texts; found 1 in it"),
        ("models = [3]", "models: 3 is no model; expected a text as after --model, or a table with a spec"),
        ("[[models]]\nspce = 'gatys'", "models: no field 'spce' in a model; there are: spec, name, arguments"),
        ("[[models]]\nname = 'mine'", "models: a model without a spec"),
        ("[[models]]\nspec = 3", "models: 'spec' is a text; found 3"),
        ("[[models]]\nspec = 'identity'\narguments = 'x'", "models: 'arguments' is a table; found 'x'"),
        ("[[models]]\nspec = 'identity'\nname = '../x'", "'../x' cannot name a model"),
        ("models = ['a=b=c']", "'a=b' cannot name a model"),
        ("size = '64'", "size: expected a whole number; found '64'"),
        ("repeats = true", "repeats: expected a whole number; found True"),
        ("suite = 1", "suite: expected a text; found 1"),
        ("contents = ['a']", "contents: expected a text; found"),
        ("sizes = 'a'\nsize = 'b'", "no field 'sizes' in a plan; there are: suite, "),
        ("models = [", "is not TOML"),
    ],
)
def test_a_plan_that_cannot_be_meant_says_what_is_expected(read, text, says):
    with pytest.raises(UsageError, match=says) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_every_path_in_a_plan_starts_at_its_file(read, tmp_path):
    fields = read(
        "contents = 'c'\nstyles = '../s'\npairs = 'p.csv'\n"
        "models = ['net.py:Net', 'old=folder:made', 'identity', 'a.b:c', {spec = 'n.py:N', arguments = {width = 2}}]"
    )
    plan = make_plan({}, **fields).absolute()
    here = tmp_path / "here"
    assert (plan.contents, plan.styles, plan.pairs) == (here / "c", tmp_path / "s", str(here / "p.csv"))
    assert [m.spec for m in plan.models] == [
        f"{here}/net.py:Net", f"folder:{here}/made", "identity", "a.b:c", f"{here}/n.py:N"
    ]  # fmt: skip
    assert [m.name for m in plan.models] == ["Net", "old", "identity", "c", "N"]
    assert plan.models[-1].arguments == {"width": 2}


def test_the_same_inputs_typed_from_another_folder_are_the_same_plan(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()

    def typed(folder, up):
        monkeypatch.chdir(folder)
        models = [f"{up}net.py:Net", f"folder:{up}made"]
        paths = {"contents": f"{up}c", "styles": f"{up}s", "references": f"{up}r", "pairs": f"{up}p.csv"}
        return make_plan({}, models=models, **paths).absolute()

    assert typed(tmp_path, "").fingerprint == typed(tmp_path / "in", "../").fingerprint
    assert typed(tmp_path, "").fingerprint != typed(tmp_path / "in", "").fingerprint


@pytest.mark.parametrize("rule", ["full", "zip", "k=3", "evry"])
def test_a_rule_is_no_path(rule):
    assert make_plan({}, contents="c", styles="s", pairs=rule).absolute().pairs == rule


def test_a_mistake_in_a_model_is_said_once():
    with pytest.raises(UsageError, match=r"^'a=b' cannot name a model.*--model NAME=c$"):
        make_plan({}, models=["a=b=c"])


def test_a_style_may_not_have_the_name_of_a_repeat(folders):
    (folders / "styles" / "s0.png").rename(folders / "styles" / "s1__1.png")
    fields = {"contents": folders / "contents", "styles": folders / "styles", "size": 32, "models": ["identity"]}
    assert len(make_plan({}, **fields).pictures().pairs) == 9
    with pytest.raises(UsageError, match=re.escape("would share the name 'c0__s1__1'; rename one image")):
        make_plan({}, **fields, repeats=2).pictures()


def test_weights_of_a_name_that_is_none_are_refused_wherever_they_are_typed(read):
    with pytest.raises(UsageError, match="weights: no weights 'vgg16'; there are: alex, vgg, vgg19, "):
        make_plan({}, **read("[weights]\nvgg16 = 'mine.pth'"))
