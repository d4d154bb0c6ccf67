"""Models share one process: what one of them sets, imports or cannot be asked must stay its own."""

import os
import sys

import pytest
import torch

from stylegauge.benchmark.adapters.guard import read_settings, settings_restored
from stylegauge.benchmark.adapters.load import load
from stylegauge.benchmark.adapters.protocol import NotApplicableError
from stylegauge.benchmark.adapters.spec import ModelSpec
from stylegauge.benchmark.attempts import attempt
from stylegauge.benchmark.batches import Batch, Pair, Pictures
from stylegauge.benchmark.device import pin_numerics
from stylegauge.benchmark.records import FAILED, NOT_APPLICABLE, OK
from stylegauge.datasets.splits import lock_split

CHANGES = """
import os, sys, torch

def change():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    sys.path.append("elsewhere")
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.set_grad_enabled(False)
    torch.use_deterministic_algorithms(not torch.are_deterministic_algorithms_enabled(), warn_only=False)
    backends = torch.backends
    backends.cuda.matmul.allow_tf32 = not backends.cuda.matmul.allow_tf32
    backends.cudnn.allow_tf32 = not backends.cudnn.allow_tf32
    backends.cudnn.benchmark = not backends.cudnn.benchmark
    backends.cudnn.deterministic = not backends.cudnn.deterministic
"""
WHEN = {
    "on import": "change()\ndef model(content, style): return content",
    "when built": "def model():\n    change()\n    return lambda content, style: content",
    "when called": "def model(content, style):\n    change()\n    return content",
    "when failing": "def model(content, style):\n    change()\n    raise RuntimeError('after the harm')",
    "by the new flags": "def model(content, style):\n    torch.backends.fp32_precision = 'tf32'\n"
    "    torch.backends.cudnn.conv.fp32_precision = 'tf32'\n"
    "    torch.set_float32_matmul_precision('medium')\n    return content",
}


@pytest.fixture
def batch(folders):
    split = lock_split([folders / "contents", folders / "styles"], "folders", size=32, pairs_rule="zip")
    return Batch(Pictures(split, "cpu", 0), tuple(Pair(c, s, 0) for c, s in split.pairs[:2]))


def model(path, role="entry"):
    return load(ModelSpec(name="m", spec=str(path), role=role), "cpu")


@pytest.mark.parametrize("when", WHEN)
def test_a_model_that_sets_every_global_changes_nothing_for_the_next(tmp_path, batch, when):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "model.py").write_text(CHANGES + WHEN[when])
    before = read_settings()
    attempts = attempt(model(f"{tmp_path / 'm' / 'model.py'}:model"), batch, [])
    assert [one.status for one in attempts] == [FAILED if when == "when failing" else OK] * 2
    assert read_settings() == before
    assert torch.zeros(1).dtype == torch.float32
    assert torch.zeros(1).device.type == "cpu"


def test_what_a_model_set_when_it_was_loaded_holds_while_it_is_called(tmp_path, batch):
    source = "import os\nos.chdir(os.path.dirname(__file__))\n"
    source += "def model(content, style): return content * float(open('half.txt').read())"
    (tmp_path / "model.py").write_text(source)
    (tmp_path / "half.txt").write_text("0.5")
    here = os.getcwd()
    assert torch.equal(model(f"{tmp_path / 'model.py'}:model").prepared(batch)(), batch.contents() / 2)
    assert os.getcwd() == here


@pytest.mark.parametrize("lazily", [False, True])
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_two_models_with_neighbours_of_one_name_each_run_their_own(tmp_path, batch, order, lazily):
    inside = "    import helper\n" if lazily else ""
    for name, share in (("a", 0.25), ("b", 0.5)):
        (tmp_path / name / "parts").mkdir(parents=True)
        (tmp_path / name / "helper.py").write_text("from parts.share import SHARE\n")
        (tmp_path / name / "parts" / "share.py").write_text(f"SHARE = {share}\n")
        source = f"{'' if lazily else 'import helper'}\ndef model(content, style):\n{inside}"
        (tmp_path / name / "model.py").write_text(source + "    return content * helper.SHARE\n")
    models = {name: model(f"{tmp_path / name / 'model.py'}:model") for name in order}
    for _ in range(2):
        for name, share in (("a", 0.25), ("b", 0.5)):
            assert torch.equal(models[name].prepared(batch)(), batch.contents() * share)
    assert not {"helper", "parts", "parts.share"} & set(sys.modules)


def test_a_neighbour_is_found_before_anybody_elses_module_of_its_name(tmp_path, batch, monkeypatch):
    for name in ("mine", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper.py").write_text(f"SHARE = {0.5 if name == 'mine' else 1.0}\n")
    (tmp_path / "mine" / "model.py").write_text(
        "import helper\ndef model(content, style): return content * helper.SHARE"
    )
    monkeypatch.syspath_prepend(tmp_path / "other")
    import helper

    try:
        assert torch.equal(model(f"{tmp_path / 'mine' / 'model.py'}:model").prepared(batch)(), batch.contents() / 2)
        assert sys.modules["helper"] is helper
    finally:
        del sys.modules["helper"]


def test_a_failure_to_read_the_runs_own_inputs_is_not_the_models(batch, folders, monkeypatch):
    def unreadable(*_):
        raise OSError("the disk is gone")

    monkeypatch.setattr(Pictures, "contents", unreadable)
    with pytest.raises(OSError, match="the disk is gone"):
        attempt(model(f"{folders / 'models.py'}:good"), batch, [])


def test_a_control_without_what_it_needs_is_not_applicable(batch, monkeypatch):
    oracle = attempt(model("oracle", "control"), batch, [])
    assert [(one.status, "recipe" in one.reason) for one in oracle] == [(NOT_APPLICABLE, True)] * 2

    def none_left(self, content):
        raise NotApplicableError("no content of another group")

    monkeypatch.setattr(Pictures, "other_content", none_left)
    wrong = attempt(model("wrong-content", "control"), batch, [])
    assert [(one.status, one.reason) for one in wrong] == [(NOT_APPLICABLE, "no content of another group")] * 2


def test_an_entry_cannot_excuse_itself_nor_borrow_a_controls_privilege(batch, folders):
    source = "from stylegauge.benchmark.adapters.protocol import NotApplicableError\n"
    source += "def model(content, style): raise NotApplicableError('too hard')"
    (folders / "excuse.py").write_text(source)
    assert {one.status for one in attempt(model(f"{folders / 'excuse.py'}:model"), batch, [])} == {FAILED}
    borrowed = attempt(model("stylegauge.baselines.controls:Oracle"), batch, [])
    assert {one.status for one in borrowed} == {FAILED}
    assert all("was shown no privilege" in one.reason and "\n" not in one.reason for one in borrowed)


def test_scores_are_in_float32_whatever_the_caller_allowed_and_he_has_it_again_afterwards():
    torch.set_float32_matmul_precision("medium")  # bfloat16 on processors that have it
    torch.backends.mkldnn.conv.fp32_precision = "bf16"
    try:
        before = read_settings()
        with settings_restored():
            pin_numerics()
            assert torch.get_float32_matmul_precision() == "highest"
            for layer in (torch.backends.mkldnn.matmul, torch.backends.mkldnn.conv):
                assert layer.fp32_precision == "ieee"
        assert read_settings() == before
        assert (before["matmul"], torch.get_float32_matmul_precision()) == ("medium", "medium")
        assert torch.backends.mkldnn.conv.fp32_precision == "bf16"
    finally:
        torch.set_float32_matmul_precision("highest")
        torch.backends.mkldnn.conv.fp32_precision = "none"
