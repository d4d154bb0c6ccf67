"""What makes a model, a split's results or a finished run another one."""

import os

import pytest

from stylegauge.benchmark import device
from stylegauge.benchmark.adapters.identity import model_sha256
from stylegauge.benchmark.adapters.spec import parse_model
from stylegauge.benchmark.keys import split_key


@pytest.fixture
def model(tmp_path):
    """A model file with weights beside it, below it, behind a link, and elsewhere by argument."""
    elsewhere = tmp_path / "elsewhere"
    places = [tmp_path / "model", tmp_path / "model" / "runs" / "exp", elsewhere, tmp_path / "linked"]
    for place in places:
        place.mkdir(parents=True)
        (place / "best.pth").write_bytes(b"weights")
    (tmp_path / "model" / "link").symlink_to(tmp_path / "linked")
    (tmp_path / "model" / "net.py").write_text("def f(content, style):\n    return content\n")
    spec = parse_model(f"{tmp_path}/model/net.py:f weights={elsewhere}/best.pth")
    return spec, places


def test_changed_weights_make_another_model_wherever_they_are_kept(model):
    spec, places = model
    seen = {model_sha256(spec)}
    for place in places:
        (place / "best.pth").write_bytes(b"trained on")
        seen.add(model_sha256(spec))
    assert len(seen) == 1 + len(places)


def test_a_changed_source_or_argument_makes_another_model_and_a_log_does_not(model):
    spec, places = model
    before = model_sha256(spec)
    (places[0] / "run.log").write_text("step 1")
    assert model_sha256(spec) == before
    (places[0] / "helper.py").write_text("x = 1")
    assert model_sha256(spec) != before
    assert model_sha256(spec.model_copy(update={"arguments": {"weights": "other"}})) != model_sha256(spec)


def test_a_link_that_leads_back_to_its_own_folder_ends(tmp_path):
    (tmp_path / "net.py").write_text("def f(content, style): ...\n")
    (tmp_path / "again").symlink_to(tmp_path)
    assert model_sha256(parse_model(f"{tmp_path}/net.py:f"))


def test_a_run_kept_beside_the_model_does_not_change_it(tmp_path):
    (tmp_path / "net.py").write_text("def f(content, style): ...\n")
    before = model_sha256(parse_model(f"{tmp_path}/net.py:f"))
    (tmp_path / "out").mkdir()
    for name in ("plan.json", "split.json", "scores.parquet"):
        (tmp_path / "out" / name).write_text("{}")
    assert model_sha256(parse_model(f"{tmp_path}/net.py:f")) == before


def test_another_number_of_threads_is_another_environment(monkeypatch):
    keys = set()
    for threads in ("1", "2"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        assert device.thread_count() == int(threads)
        keys.add(split_key("split", "cpu"))
    assert len(keys) == 2


def test_without_a_wish_all_cores_of_the_process_are_used(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert device.thread_count() == len(os.sched_getaffinity(0))
