import pytest
import torch

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics import plugins
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer

SOURCE = '''
"""Metrics of somebody else."""
import torch

def brightness(output, reference):
    """How much brighter the output is.

    More words."""
    return (output - reference).mean(dim=(1, 2, 3))
brightness.compares, brightness.higher_is_better = "o,c", False

class Mix:
    compares = "o,c,s"
    higher_is_better = True
    family, unit = "style", "parts"
    def __call__(self, output, content, style):
        return output.mean((1, 2, 3)) - content.mean((1, 2, 3)) + 2 * style.mean((1, 2, 3))

class Deep:
    compares, higher_is_better = "o,s", False
    backbone, taps = "vgg", ("relu2_1",)
    def __call__(self, output, style):
        return (output["relu2_1"].mean((2, 3)) - style["relu2_1"].mean((2, 3))).abs().mean(1)

def undecided(output, reference): ...
undecided.compares = "o,c"
def unspoken(output, reference): ...
def pooled(output, reference):
    return (output - reference).mean()
pooled.compares, pooled.higher_is_better = "o,c", False
def broken(output, reference):
    raise RuntimeError("out of ideas")
broken.compares, broken.higher_is_better = "o,c", False
def twice(output, reference):
    return torch.cat([output.mean((1, 2, 3)), reference.mean((1, 2, 3))])
twice.compares, twice.higher_is_better = "o,c", False
def greedy(output, reference):
    return (output.zero_() + reference.zero_()).mean((1, 2, 3))
greedy.compares, greedy.higher_is_better = "o,c", False
class Unbuilt:
    def __init__(self):
        raise OSError("weights are missing")
class HalfDeep:
    compares, higher_is_better, backbone = "o,s", False, "vgg"
    def __call__(self, output, style): ...
number = 3
'''


@pytest.fixture
def spec(tmp_path):
    (tmp_path / "mine.py").write_text(SOURCE)
    return lambda name: f"{tmp_path / 'mine.py'}:{name}"


@pytest.fixture
def batch(images):
    return [images(2, seed=1), ["a", "b"], images(2, seed=2), ["a", "b"], images(2, seed=3)]


def test_a_function_becomes_a_row_that_says_what_it_says_of_itself(spec):
    (info,) = resolve([spec("brightness")])
    assert (info.id, info.family, info.compares, info.higher_is_better) == ("brightness", "content", "o,c", False)
    assert info.summary == "How much brighter the output is."
    (mix,) = resolve([spec("Mix")])
    assert (mix.id, mix.family, mix.unit, mix.higher_is_better) == ("Mix", "style", "parts", True)


def test_it_is_scored_beside_ours(spec, batch):
    scores = Scorer(resolve([spec("brightness"), "psnr", spec("Mix")]), {}).score(*batch).values
    outputs, _, contents, _, styles = (part.mean((1, 2, 3)) if torch.is_tensor(part) else part for part in batch)
    assert tuple(scores) == ("brightness", "psnr", "Mix")
    assert scores["brightness"].tolist() == pytest.approx((outputs - contents).tolist(), abs=1e-6)
    assert scores["Mix"].tolist() == pytest.approx((outputs - contents + 2 * styles).tolist(), abs=1e-6)


def test_one_that_names_a_backbone_gets_its_features_from_the_same_pass(spec, batch, make_backbone):
    network = make_backbone("vgg")
    scores = Scorer(resolve([spec("Deep"), "gram@vgg"]), {"vgg": network}).score(*batch).values
    assert scores["Deep"].gt(0).all()
    assert network.images_seen == 4


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("unspoken", "must say what it compares; found compares = None, possible: 'o,c', 'o,s', 'o,c,s'"),
        ("undecided", "must say higher_is_better = True or False; found None"),
        ("HalfDeep", "must name both, backbone and taps, or neither"),
        ("number", "cannot be called"),
        ("Unbuilt", "cannot be built: OSError: weights are missing"),
        ("absent", "no 'absent' in .*mine.py; there are: brightness, Mix"),
    ],
)
def test_what_a_metric_must_say_and_does_not_is_named(spec, name, message):
    with pytest.raises(UsageError, match=message):
        resolve([spec(name)])


def test_a_file_that_is_not_there_or_does_not_import_is_named(tmp_path):
    (tmp_path / "bad.py").write_text("import nothing_of_this_name")
    with pytest.raises(UsageError, match=r"no file .*gone\.py"):
        resolve([f"{tmp_path / 'gone.py'}:X"])
    with pytest.raises(UsageError, match=r"bad\.py' cannot be imported: ModuleNotFoundError: .*nothing_of_this_name"):
        resolve([f"{tmp_path / 'bad.py'}:X"])


def test_one_number_for_the_whole_batch_or_an_error_ends_with_the_metric_s_name(spec, batch):
    with pytest.raises(UsageError, match=r"'pooled' must return a tensor \[N\].*found shape \[\]"):
        Scorer(resolve([spec("pooled")]), {}).score(*batch)
    with pytest.raises(UsageError, match=r"'twice' must return a tensor \[N\].*found shape \[2\]"):
        Scorer(resolve([spec("twice")]), {}).score(*batch)
    with pytest.raises(UsageError, match="the metric 'broken' raised RuntimeError: out of ideas"):
        Scorer(resolve([spec("broken")]), {}).score(*batch)


def test_one_that_writes_into_its_pictures_writes_into_copies(spec, batch):
    before = [part.clone() for part in batch if torch.is_tensor(part)]
    scores = Scorer(resolve([spec("greedy"), "l1"]), {}).score(*batch).values
    assert torch.equal(scores["l1"], Scorer(resolve(["l1"]), {}).score(*batch).values["l1"])
    assert all(map(torch.equal, before, (part for part in batch if torch.is_tensor(part))))


def test_an_installed_distribution_s_metric_has_a_name_of_its_own(spec, batch, monkeypatch):
    class Point:
        name, value = "brighter", spec("brightness")

        def load(self):
            return plugins.named_object(self.value)

    monkeypatch.setattr(plugins, "registered", lambda: {"brighter": Point()})
    (info,) = resolve(["brighter"])
    assert info.id == "brighter"
    assert Scorer([info], {}).score(*batch).values["brighter"].shape == (2,)


def test_a_name_of_ours_and_a_name_taken_twice_are_refused(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        source = "def {0}(output, content): ...\n{0}.compares, {0}.higher_is_better = 'o,c', False\n"
        names = ("psnr", "lpips", "score")
        (tmp_path / folder / "mine.py").write_text("".join(source.format(name) for name in names))
    for name in ("psnr", "lpips"):
        with pytest.raises(UsageError, match=f"mine.py:{name}' has the name of one of this package's, '{name}'"):
            resolve([f"{tmp_path}/a/mine.py:{name}"])
    one, other = (f"{tmp_path}/{folder}/mine.py:score" for folder in "ab")
    assert [info.id for info in resolve([one, one])] == ["score"]
    with pytest.raises(UsageError, match=r"two metrics are called 'score': .*/a/mine.py:score and .*/b/mine.py:score"):
        resolve([one, other])
