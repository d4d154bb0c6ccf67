import json
import os

import pandas as pd
import pytest

from stylegauge.benchmark import store
from stylegauge.benchmark.events import Events
from stylegauge.benchmark.seeding import item_seed
from stylegauge.datasets.errors import UsageError


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    store.write_json(path, {"old": 1})
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        store.write_json(path, {"new": 2})
    assert json.loads(path.read_text()) == {"old": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_the_same_rows_give_the_same_bytes():
    frame = pd.DataFrame({"model": ["a", "b"], "value": [0.1, float("nan")]})
    assert store.table_bytes(frame) == store.table_bytes(frame.copy())


def test_the_manifest_notices_changed_missing_and_added_files(tmp_path):
    for name in ("a.txt", "b.txt", "c.txt", "report.html"):
        (tmp_path / name).write_text(name)
    store.write_manifest(tmp_path)
    assert store.damaged_files(tmp_path) == []
    (tmp_path / "report.html").write_text("redrawn")
    assert store.damaged_files(tmp_path) == []
    (tmp_path / "a.txt").write_text("changed")
    (tmp_path / "b.txt").unlink()
    (tmp_path / "d.txt").write_text("added")
    assert store.damaged_files(tmp_path) == ["a.txt", "b.txt", "d.txt"]


def test_a_second_writer_is_refused(tmp_path):
    with store.locked(tmp_path), pytest.raises(UsageError, match="another run is writing"), store.locked(tmp_path):
        pass


def test_a_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(UsageError, match=r"no run in .*plan.json is missing"):
        store.read_run(tmp_path)


def test_a_line_torn_by_a_kill_does_not_swallow_the_next_event(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text('{"event": "started"}\n{"event": "uni')
    events = Events(path)
    events.write("resumed")
    events.close()
    lines = path.read_text().splitlines()
    assert lines[1] == '{"event": "uni'
    assert json.loads(lines[2])["event"] == "resumed"


def test_a_seed_belongs_to_its_pair_alone():
    assert item_seed(0, "a", "b", 0) == item_seed(0, "a", "b", 0)
    keys = [(1, "a", "b", 0), (0, "ab", "", 0), (0, "a", "b", 1), (0, "b", "a", 0)]
    others = [item_seed(*key) for key in keys]
    assert len({item_seed(0, "a", "b", 0), *others}) == 5
    assert all(0 <= seed < 2**63 for seed in others)
