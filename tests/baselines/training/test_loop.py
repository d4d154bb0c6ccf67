"""The training loop on a tiny system: exact resume, exact repeats, divergence, and what it writes."""

import csv
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from stylegauge.baselines.checkpoint import read_checkpoint
from stylegauge.baselines.training import train as training
from stylegauge.baselines.training.average import Average
from stylegauge.baselines.training.curve import Curve
from stylegauge.baselines.training.image_pool import ImagePool
from stylegauge.baselines.training.loop import Cadence
from stylegauge.baselines.training.pictures import Pictures
from stylegauge.baselines.training.state import read_about, read_state, write_state
from stylegauge.baselines.training.system import Batch, Exported, Settings, Turn
from stylegauge.baselines.training.systems import SYSTEMS, Recipe
from stylegauge.datasets.errors import UsageError

STEPS = 12
SETTINGS = Settings(steps=STEPS, size=32, width=4, batch=2, seed=3, average=0.9)
CADENCE = Cadence(row=4, sample=6, checkpoint=4, snapshots=(5,))


class Tiny:
    """A generator with dropout and a discriminator with batch norm, a pool, Adam and RMSProp: every kind of state."""

    stop_at = diverge_at = None

    def __init__(self, settings: Settings, domains: tuple[str, ...], *, weight: float = 1.0) -> None:
        self.weight, self.domains = weight, domains
        make = nn.Sequential(
            nn.Conv2d(3, settings.width, 3, padding=1), nn.Dropout(0.3), nn.Conv2d(settings.width, 3, 1)
        )
        judge = nn.Sequential(nn.Conv2d(3, 4, 4, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 1, 3))
        self.networks = {"make": make, "judge": judge}
        self.optimisers = {
            "make": torch.optim.Adam(make.parameters(), 1e-3),
            "judge": torch.optim.RMSprop(judge.parameters(), 1e-3),
        }
        self.pools = {"made": ImagePool(3)}

    def turns(self, batch: Batch) -> Iterator[Turn]:
        if batch.step == Tiny.stop_at:
            os.kill(os.getpid(), signal.SIGINT)
        made = self.networks["make"](batch.contents)
        grown = torch.inf if batch.step == Tiny.diverge_at else self.weight
        yield Turn(
            "make", {"fool": -self.networks["judge"](made).mean(), "near": grown * (made - batch.contents).abs().mean()}
        )
        shown = self.pools["made"].exchanged(made, batch.random)
        scores = self.networks["judge"](shown), self.networks["judge"](batch.styles)
        yield Turn("judge", {"tell": scores[0].mean() - scores[1].mean()})

    def rate(self, progress: float) -> float:
        return 1 - progress

    def sample(self, batch: Batch) -> Tensor:
        return self.networks["make"](batch.contents).clamp(0, 1)

    def exported(self) -> dict[str, Exported]:
        return {"tiny-hatching": Exported("tiny", self.domains, {"width": 4}, ("make",))}


@pytest.fixture(autouse=True)
def _tiny(monkeypatch):
    monkeypatch.setitem(SYSTEMS, "tiny", Recipe("tiny_system:Tiny", 1, 32, 4, 1, ("hatching",)))
    monkeypatch.setitem(sys.modules, "tiny_system", SimpleNamespace(Tiny=Tiny))
    monkeypatch.setattr(Tiny, "stop_at", None)
    monkeypatch.setattr(Tiny, "diverge_at", None)


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    draw = np.random.default_rng(0)
    made = [draw.integers(0, 256, (40, 44, 3), dtype=np.uint8) for _ in range(5)]
    return Pictures(made[:3], {"hatching": made[3:]}, "made up")


def trained(
    pictures: Pictures, out: Path, settings: Settings = SETTINGS, cadence: Cadence = CADENCE, **options
) -> list[Path] | None:
    told = {"command": "train tiny", "commit": "none", "say": lambda step, row: None}
    return training.train("tiny", pictures, settings, options, cadence, out, **told)


def bytes_of(out: Path) -> bytes:
    return (out / "state.safetensors").read_bytes() + (out / "tiny-hatching.safetensors").read_bytes()


def test_the_same_settings_give_the_same_weights_and_another_seed_gives_others(pictures, tmp_path):
    for name in ("a", "b"):
        trained(pictures, tmp_path / name)
    trained(pictures, tmp_path / "c", Settings(**{**vars(SETTINGS), "seed": 4}))
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")
    assert bytes_of(tmp_path / "a") != bytes_of(tmp_path / "c")


@pytest.mark.parametrize("stop", [0, 3, 6, 10])
def test_a_training_that_was_stopped_ends_with_the_weights_of_one_that_ran_through(
    pictures, tmp_path, monkeypatch, stop
):
    trained(pictures, tmp_path / "through")
    monkeypatch.setattr(Tiny, "stop_at", stop)
    assert trained(pictures, tmp_path / "stopped") is None
    monkeypatch.setattr(Tiny, "stop_at", None)
    assert trained(pictures, tmp_path / "stopped")
    assert bytes_of(tmp_path / "stopped") == bytes_of(tmp_path / "through")


@pytest.mark.parametrize("until", [3, 5, 8, STEPS])
def test_a_training_that_ends_early_keeps_its_state_and_goes_on_as_one_that_ran_through(pictures, tmp_path, until):
    snapshot = "snapshots/tiny-hatching@5"
    trained(pictures, tmp_path / "through")
    first = trained(pictures, tmp_path / "early", cadence=replace(CADENCE, until=until))
    assert read_about(tmp_path / "early" / "state.safetensors")["step"] == until
    names = [path.relative_to(tmp_path / "early").as_posix() for path in first]
    assert names == [f"{snapshot}.safetensors"][: until >= 5] + ["tiny-hatching.safetensors"][: until == STEPS]
    trained(pictures, tmp_path / "early")
    assert bytes_of(tmp_path / "early") == bytes_of(tmp_path / "through")
    for name in (f"{snapshot}.safetensors", "snapshots/tiny-hatching.curve.csv")[: 1 if until % 4 else 2]:
        assert (tmp_path / "early" / name).read_bytes() == (tmp_path / "through" / name).read_bytes()


def test_a_training_that_is_stopped_before_it_should_end_says_so(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(Tiny, "stop_at", 2)
    assert trained(pictures, tmp_path, cadence=replace(CADENCE, until=8)) is None


def test_a_training_that_was_killed_goes_on_from_its_last_checkpoint(pictures, tmp_path, monkeypatch):
    trained(pictures, tmp_path / "through")
    real = training.run.__globals__["_step"]

    def dies(system, pictures, settings, step, curve):
        if step == 9:
            raise MemoryError
        real(system, pictures, settings, step, curve)

    with monkeypatch.context() as patch:
        patch.setitem(training.run.__globals__, "_step", dies)
        with pytest.raises(MemoryError):
            trained(pictures, tmp_path / "killed")
    trained(pictures, tmp_path / "killed")
    assert bytes_of(tmp_path / "killed") == bytes_of(tmp_path / "through")
    assert (tmp_path / "killed" / "curve.csv").read_bytes() == (tmp_path / "through" / "curve.csv").read_bytes()


def test_a_diverging_training_stops_says_so_and_keeps_its_last_good_checkpoint(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(Tiny, "diverge_at", 9)
    with pytest.raises(
        UsageError, match=r"diverged: the loss make/fool became nan at or before step 12; the state of step 8 is kept"
    ):
        trained(pictures, tmp_path)
    assert all(torch.isfinite(value).all() for value in load_file(tmp_path / "state.safetensors").values())
    assert not (tmp_path / "tiny-hatching.safetensors").exists()


def test_another_training_in_the_same_folder_is_refused_and_named(pictures, tmp_path):
    trained(pictures, tmp_path)
    with pytest.raises(UsageError, match=r"holds another training: its weight is None, asked for is 2"):
        trained(pictures, tmp_path, weight=2)


def test_a_damaged_state_is_refused(pictures, tmp_path):
    (tmp_path / "state.safetensors").write_bytes(b"nothing")
    with pytest.raises(UsageError, match="is damaged"):
        trained(pictures, tmp_path)


def test_an_option_and_a_system_that_are_not_there_are_named(pictures, tmp_path):
    with pytest.raises(UsageError, match="'tiny' has no option 'wieght'; there are: weight"):
        trained(pictures, tmp_path, wieght=2)
    with pytest.raises(UsageError, match="no system 'tyni' to train; there are: adain"):
        training.build("tyni", SETTINGS, (), {})


@pytest.mark.parametrize("value", ["much", True, None])
def test_an_option_of_another_kind_is_refused(value):
    with pytest.raises(UsageError, match=r"the option 'weight' is a number, such as 1.0; found"):
        training.build("tiny", SETTINGS, (), {"weight": value})


def test_crops_that_a_network_cannot_halve_are_refused():
    with pytest.raises(UsageError, match="'cyclegan' trains on crops of a multiple of 4 pixels, found size 33"):
        training.build("cyclegan", Settings(1, 33, 4), ("hatching",), {"generator": "resnet6"})


def test_a_finished_training_asked_for_again_changes_no_file(pictures, tmp_path):
    trained(pictures, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    trained(pictures, tmp_path)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_other_code_does_not_go_on_with_a_training(pictures, tmp_path, monkeypatch):
    trained(pictures, tmp_path)
    monkeypatch.setattr(training, "code_sha256", lambda: "other")
    with pytest.raises(UsageError, match=r"holds another training: its code_sha256 is .*, asked for is other"):
        trained(pictures, tmp_path)


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_every_system_that_was_stopped_ends_as_one_that_ran_through(name, pictures, tmp_path):
    """With the very layout of weights that a GPU would have."""
    recipe = SYSTEMS[name]
    settings = Settings(6, 32, 4, 2, average=0.9)
    options = {key: value for key, value in recipe.options.items() if key not in ("initialisation", "halvings")}
    for folder, stops in (("through", (6,)), ("stopped", (3, 6))):
        for stop in stops:
            system = training.build(name, settings, ("hatching",), options)
            for network in system.networks.values():
                network.to(memory_format=torch.channels_last)
            average = Average(system.networks, settings.average)
            path = tmp_path / folder / "state.safetensors"
            first = read_about(path)["step"] if path.exists() else 0
            if first:
                read_state(path, system, average)
            curve = Curve(tmp_path / "curve.csv")
            for step in range(first, stop):
                training.run.__globals__["_step"](system, pictures, settings, step, curve)
                average.update(step)
            write_state(path, system, average, {"step": stop})
    through, stopped = (load_file(tmp_path / folder / "state.safetensors") for folder in ("through", "stopped"))
    assert through.keys() == stopped.keys()
    assert all(torch.equal(through[key], stopped[key]) for key in through)


def test_the_curve_has_a_row_every_so_many_steps_with_each_weighted_loss(pictures, tmp_path):
    trained(pictures, tmp_path)
    rows = list(csv.DictReader((tmp_path / "curve.csv").open()))
    assert [row["step"] for row in rows] == ["4", "8", "12"]
    assert list(rows[0]) == ["step", "rate", "make/fool", "make/near", "judge/tell"]
    assert [float(row["rate"]) for row in rows] == pytest.approx([1 - 3 / 12, 1 - 7 / 12, 1 - 11 / 12])


def test_weights_come_with_what_made_them(pictures, tmp_path):
    *_, path = trained(pictures, tmp_path)
    about = json.loads(path.with_suffix(".json").read_text())
    assert (about["command"], about["commit"], about["step"]) == ("train tiny", "none", STEPS)
    assert about["data_sha256"] == pictures.sha256()
    assert about["data"] == {"source": "made up", "pictures": {"contents": 3, "hatching": 2}}
    assert path.with_suffix(".curve.csv").read_bytes() == (tmp_path / "curve.csv").read_bytes()
    assert sorted(each.name for each in (tmp_path / "samples").iterdir()) == ["000006.png", "000012.png"]


def test_exported_weights_are_the_averaged_ones_and_snapshots_are_of_their_step(pictures, tmp_path):
    *_, path = trained(pictures, tmp_path)
    state = load_file(tmp_path / "state.safetensors")
    found = read_checkpoint(path, "tiny").tensors["make.0.weight"]
    assert torch.equal(found, state["average.make.0.weight"].half().float())
    assert not torch.equal(found, state["network.make.0.weight"].half().float())
    early = read_checkpoint(tmp_path / "snapshots" / "tiny-hatching@5.safetensors", "tiny")
    assert not torch.equal(found, early.tensors["make.0.weight"])
