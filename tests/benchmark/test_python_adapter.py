import pytest
import torch

from stylegauge.benchmark.adapters.load import load
from stylegauge.benchmark.adapters.python import find
from stylegauge.benchmark.adapters.spec import ModelSpec
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.request import Request

SOURCE = """
import torch
from neighbour import HALF

def mix(content, style):
    return HALF * content + HALF * style

class Mixer:
    def __init__(self, share, device="cpu"):
        self.share, self.device = share, device
    def stylize(self, content, style):
        return self.share * content + (1 - self.share) * style

class FromRequest:
    def stylize(self, request):
        return request.style

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(0.5))
        self.norm = torch.nn.BatchNorm2d(3)
    def forward(self, content, style):
        return self.scale * content

def optional(content, style=None):
    return style

def tuned(content, style, alpha=0.75):
    return content + alpha * style

def needy(content, style, alpha):
    return content

def swapped(style, content):
    return content + 0.5 * style

def anything(**kw):
    return Mixer(**kw)

class Lenient:
    def stylize(self, content, style=None):
        return style

def make_mixer(share=0.25):
    return Mixer(share)

class Domain:
    kind = "sculpture"
    def stylize(self, request):
        return request.content

NUMBER = 7
"""


@pytest.fixture
def model_file(tmp_path):
    (tmp_path / "neighbour.py").write_text("HALF = 0.5\n")
    path = tmp_path / "models.py"
    path.write_text(SOURCE)
    return path


@pytest.fixture
def pair():
    return Request(torch.zeros(1, 3, 4, 4), torch.ones(1, 3, 4, 4), ("",), (0,))


def loaded(path, name, **arguments):
    return load(ModelSpec(name="m", spec=f"{path}:{name}", arguments=arguments), "cpu").stylizer


def stylize(path, name, pair, **arguments):
    return loaded(path, name, **arguments).stylize(pair)


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("mix", {}, 0.5),
        ("Mixer", {"share": 0.2}, 0.8),
        ("FromRequest", {}, 1.0),
        ("Net", {}, 0.0),
        ("optional", {}, 1.0),
        ("tuned", {}, 0.75),
        ("swapped", {}, 0.5),
        ("anything", {"share": 0.5}, 0.5),
        ("Lenient", {}, 1.0),
        ("make_mixer", {}, 0.75),
        ("make_mixer", {"share": 1.0}, 0.0),
    ],
)
def test_every_shape_of_python_model_meets_the_contract(model_file, pair, name, arguments, value):
    assert torch.allclose(stylize(model_file, name, pair, **arguments), torch.full((1, 3, 4, 4), value))


def test_a_bare_module_runs_in_evaluation_mode_without_gradients(model_file, pair):
    stylizer = loaded(model_file, "Net")
    assert not stylizer.owner.training
    assert not stylizer.stylize(pair).requires_grad


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nowhere.py:Net", "no file 'nowhere.py'"),
        ("no.such.package:Net", "cannot be imported: ModuleNotFoundError"),
        ("no-such-model", "no model 'no-such-model'; there are: "),
    ],
)
def test_what_cannot_be_found_says_what_there_is(spec, says):
    with pytest.raises(UsageError, match=says):
        find(spec)


def test_a_wrong_name_in_a_file_lists_the_right_ones(model_file):
    with pytest.raises(UsageError, match=r"no 'Nett' in .*there are: mix, Mixer, FromRequest, Net"):
        loaded(model_file, "Nett")


def test_a_file_that_cannot_be_imported_shows_why(tmp_path):
    (tmp_path / "broken.py").write_text("import does_not_exist\n")
    with pytest.raises(UsageError, match="No module named 'does_not_exist'"):
        loaded(tmp_path / "broken.py", "Net")


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("Mixer", {}, "needs share="),
        ("Mixer", {"share": 1, "sharp": 2}, "takes no 'sharp'; there are: share, device"),
        ("mix", {"share": 1}, "takes no arguments"),
        ("needy", {"alpha": 1}, "takes no arguments"),
        ("NUMBER", {}, "cannot be called"),
        ("Domain", {}, "kind 'sculpture'"),
    ],
)
def test_arguments_and_objects_that_do_not_fit_are_refused(model_file, name, arguments, says):
    with pytest.raises(UsageError, match=says):
        loaded(model_file, name, **arguments)


def test_only_a_control_of_the_plan_is_shown_privilege():
    spec = ModelSpec(name="best", spec="stylegauge.baselines.controls:Oracle")
    assert not load(spec, "cpu").privileged
    assert load(spec.model_copy(update={"role": "control"}), "cpu").privileged
    plain = ModelSpec(name="same", spec="stylegauge.baselines.controls:Identity", role="control")
    assert not load(plain, "cpu").privileged


def test_a_privileged_class_imported_again_by_a_file_is_an_entry(tmp_path):
    (tmp_path / "mine.py").write_text("from stylegauge.baselines.controls import Oracle\n")
    assert not load(ModelSpec(name="best", spec=f"{tmp_path / 'mine.py'}:Oracle"), "cpu").privileged
