import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylegauge.benchmark.adapters.spec import parse_model
from stylegauge.benchmark.plan import make_plan
from stylegauge.benchmark.resume import finished
from stylegauge.benchmark.runner import execute

FAULTS = '''
import time
import torch


def good(content, style):
    return 0.5 * content + 0.5 * style


def slow(content, style):
    time.sleep(0.15)
    return 0.25 * content + 0.75 * style


def drawn(content, style):
    """Draws from the global generator, as many models do."""
    return (content + 0.1 * torch.randn(content.shape)).clamp(0, 1)


def greedy(content, style):
    """Writes into what it was given."""
    return content.mul_(0).add_(style)


def raises(content, style):
    raise RuntimeError("no such luck\\nsecond line")


def leaves(content, style):
    raise SystemExit(3)


def nothing(content, style):
    pass


def nans(content, style):
    return content / 0 * 0


def small(content, style):
    return content[:, :, ::2, ::2]


def bytes_(content, style):
    return content * 255


def sometimes(content, style):
    """Fails for dark contents only, alone or in a batch."""
    if (content.mean(dim=(1, 2, 3)) < 0.3).any():
        raise ValueError("too dark")
    return content


def one_at_a_time(content, style):
    if len(content) > 1:
        raise ValueError("batches are not supported")
    return content


class Unbuilt:
    def __init__(self):
        raise OSError("weights are missing")
'''


def picture(seed: int, size: tuple[int, int] = (40, 40), level: int = 128) -> Image.Image:
    """A smooth picture with some texture, so that features have something to see."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]]
    wave = ((rows * (seed + 1) + columns * 2) % 32)[..., None] * np.array([1, 2, 1])
    return Image.fromarray(np.clip(level - 32 + wave + rng.integers(0, 9, (*size, 3)), 0, 255).astype(np.uint8))


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """contents/ with three pictures (c0 dark), styles/ with three, models.py with everything that goes wrong."""
    for role, levels in (("contents", (40, 130, 180)), ("styles", (90, 150, 200))):
        (tmp_path / role).mkdir()
        for index, level in enumerate(levels):
            seed = index if role == "contents" else 10 + index
            picture(seed, level=level).save(tmp_path / role / f"{role[0]}{index}.png")
    (tmp_path / "models.py").write_text(FAULTS)
    return tmp_path


class Workshop:
    """contents/ and styles/ with three pictures of 72 px each, models/models.py and metrics/mine.py; and runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for role, levels in (("contents", (40, 130, 180)), ("styles", (90, 150, 200))):
            (folder / role).mkdir(parents=True)
            for index, level in enumerate(levels):
                seed = index + 10 * (role == "styles")
                picture(seed, (72, 72), level).save(folder / role / f"{role[0]}{index}.png")
        for path, source in (("models/models.py", "models.py"), ("metrics/mine.py", "metrics.py")):
            (folder / path).parent.mkdir()
            shutil.copyfile(Path(__file__).parent / "workshop" / source, folder / path)

    def own(self, name):
        """The specification of a metric in metrics/mine.py."""
        return f"{self.folder / 'metrics' / 'mine.py'}:{name}"

    def plan(self, *models, **fields):
        fields = {"metrics": ("psnr",), "size": 64, "allow_unverified_weights": True} | fields
        given = self.folder / "models" / "models.py"
        specs = tuple(parse_model(model if ":" in model else f"{model}={given}:{model}") for model in models)
        places = {role: self.folder / role for role in ("contents", "styles")}
        return make_plan({}, **places, models=specs, **fields)

    def run(self, *models, out="run", **fields):
        plan = self.plan(*models, **fields)
        return execute(plan, plan.pictures(), self.folder / out, "cpu", quiet=True)

    def finished(self, *models, out="run", **fields):
        plan = self.plan(*models, **fields)
        return finished(plan, plan.pictures(), self.folder / out, "cpu")

    def tables(self, out):
        """The bytes that two runs of one plan must share."""
        return [(self.folder / out / name).read_bytes() for name in ("scores.parquet", "sets.parquet")]


@pytest.fixture(scope="session")
def workshop():
    """workshop(folder) is a new one, for fixtures that outlive a test."""
    return Workshop


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A workshop with a cache of its own, and nothing of this machine's in reach."""
    for variable, name in (("STYLEGAUGE_CACHE", "cache"), ("TORCH_HOME", "torch")):
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.delenv("STYLEGAUGE_WEIGHTS", raising=False)
    return Workshop(tmp_path)


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """weights(name) is a file in the official format with random weights, made when it is first asked for."""
    write = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "official_files.py"))["write"]
    folder = tmp_path_factory.mktemp("weights")

    def path(name):
        with pytest.MonkeyPatch.context() as patch:
            for function in ("kaiming_normal_", "kaiming_uniform_", "normal_", "uniform_", "trunc_normal_"):
                patch.setattr(torch.nn.init, function, lambda tensor, *_, **__: tensor)  # all of it is loaded over
            return write(folder, name)

    return path


@pytest.fixture(scope="session")
def values():
    """values(run, metric, model) are a run's scores, in the order of its rows; of all models without one."""

    def find(run, metric, model=None):
        rows = run.scores[(run.scores.metric == metric) & ((run.scores.model == model) | (model is None))]
        return rows.value.to_numpy()

    return find


@pytest.fixture(scope="session")
def set_row():
    """set_row(run, metric, model) is the row of a number that only the whole set has."""

    def find(run, metric, model):
        rows = run.sets[(run.sets.metric == metric) & (run.sets.model == model) & (run.sets.group == "all")]
        assert len(rows) == 1
        return rows.iloc[0]

    return find
