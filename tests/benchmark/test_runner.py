"""Runs over two small folders: what is kept, what is done again, and what a model's failure costs."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from stylegauge.benchmark.adapters.spec import parse_model
from stylegauge.benchmark.plan import make_plan
from stylegauge.benchmark.resume import finished
from stylegauge.benchmark.runner import execute
from stylegauge.benchmark.store import damaged_files, read_run
from stylegauge.datasets.errors import UsageError

SAME = ("scores.parquet", "sets.parquet", "noskill.parquet")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))


def plan_of(folders, *models, **fields):
    fields = {"metrics": ("psnr", "ssim", "content", "gram_rel"), "size": 32} | fields
    specs = tuple(parse_model(f"{m}={folders / 'models.py'}:{m}") for m in models)
    return make_plan({}, contents=folders / "contents", styles=folders / "styles", models=specs, **fields)


def run(folders, *models, out="run", **fields):
    plan = plan_of(folders, *models, **fields)
    return execute(plan, plan.pictures(), folders / out, "cpu", quiet=True)


def statuses(run, model):
    rows = run.scores[run.scores.model == model]
    return dict(zip(zip(rows.content, rows["style"]), rows.status))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("raises", "raised RuntimeError: no such luck"),
        ("leaves", "raised SystemExit: 3"),
        ("nothing", "returned nothing"),
        ("nans", "NaN or infinite"),
        ("small", "returned shape [1, 3, 16, 16]; expected [1, 3, 32, 32]"),
        ("bytes_", "divide by 255"),
        ("Unbuilt", "could not be built: raised OSError: weights are missing"),
    ],
)
def test_a_failing_model_is_a_row_with_its_reason_and_takes_no_other_down(folders, model, reason):
    done = run(folders, model, "good")
    assert set(statuses(done, model).values()) == {"failed"}
    assert done.failures[done.failures.model == model].reason.str.contains(reason, regex=False).all()
    assert set(statuses(done, "good").values()) == {"ok"}
    assert done.finished


def test_a_model_that_fails_on_some_pairs_keeps_the_others(folders):
    done = statuses(run(folders, "sometimes"), "sometimes")
    assert {pair for pair, status in done.items() if status == "failed"} == {("c0", f"s{i}") for i in range(3)}


def test_a_model_that_takes_one_pair_at_a_time_is_asked_one_by_one(folders):
    assert set(statuses(run(folders, "one_at_a_time"), "one_at_a_time").values()) == {"ok"}


def test_a_model_that_writes_into_its_inputs_changes_nobody_elses_scores(folders):
    alone, after = run(folders, "good", out="a"), run(folders, "greedy", "good", out="b")
    after_values = after.scores[after.scores.model == "good"].value.to_numpy()
    assert np.array_equal(alone.scores.value.to_numpy(), after_values)


def test_random_models_give_the_same_images_in_every_run(folders):
    one, two = run(folders, "drawn", out="a"), run(folders, "drawn", out="b")
    names = sorted(p.name for p in (one.folder / "outputs/drawn").iterdir())
    assert len(names) == 9
    for name in names:
        assert (one.folder / "outputs/drawn" / name).read_bytes() == (two.folder / "outputs/drawn" / name).read_bytes()


def test_an_image_folder_gets_the_same_score_as_the_model_that_wrote_it(folders):
    live = run(folders, "good", out="live")
    plan = plan_of(folders).model_copy(update={"models": (parse_model(f"made=folder:{live.folder}/outputs/good"),)})
    made = execute(plan, plan.pictures(), folders / "made", "cpu", quiet=True)
    assert np.array_equal(live.scores.value.to_numpy(), made.scores.value.to_numpy())


def test_a_finished_run_is_known_and_a_changed_model_is_not_mistaken_for_it(folders):
    plan = plan_of(folders, "good", "slow")
    split = plan.pictures()
    execute(plan, split, folders / "run", "cpu", quiet=True)
    assert finished(plan, split, folders / "run", "auto")
    assert damaged_files(folders / "run") == []
    source = (folders / "models.py").read_text()
    (folders / "models.py").write_text(source.replace("0.25 * content + 0.75 * style", "content"))
    assert not finished(plan, split, folders / "run", "auto")
    again = execute(plan, split, folders / "run", "cpu", quiet=True)
    slow = again.scores[(again.scores.model == "slow") & (again.scores.metric == "psnr")]
    assert np.isinf(slow.value).all()


def test_failed_pairs_are_tried_again_and_the_others_are_kept(folders):
    switch = folders.parent / f"{folders.name}-switch"
    (folders / "models.py").write_text(
        f"from pathlib import Path\n\nSWITCH = Path({str(switch)!r})\n\n"
        "def moody(content, style):\n    assert SWITCH.exists(), 'server down'\n    return content\n\n"
        "def good(content, style):\n    return style\n"
    )
    first = run(folders, "moody", "good")
    assert set(statuses(first, "moody").values()) == {"failed"}
    kept = (first.folder / "units" / "good" / "00000.json").stat().st_mtime_ns
    switch.touch()
    again = run(folders, "moody", "good")
    assert set(statuses(again, "moody").values()) == {"ok"}
    assert (first.folder / "units" / "good" / "00000.json").stat().st_mtime_ns == kept


def test_inputs_that_are_gone_or_changed_leave_nothing_behind(folders):
    before = run(folders, "good")
    (folders / "contents" / "c0.png").unlink()
    (folders / "contents" / "c1.png").write_bytes((folders / "contents" / "c2.png").read_bytes())
    after = run(folders, "good")
    assert sorted(p.name for p in (after.folder / "inputs" / "content").iterdir()) == ["c1.png", "c2.png"]
    assert after.input_path("content", "c1").read_bytes() == after.input_path("content", "c2").read_bytes()
    assert {p.name.partition("__")[0] for p in (after.folder / "outputs" / "good").iterdir()} == {"c1", "c2"}
    assert len(before.scores) > len(after.scores)


def test_a_page_of_an_earlier_state_does_not_stand_beside_a_new_run(folders):
    done = run(folders, "good")
    (done.folder / "report.html").write_text("old")
    (done.folder / ".scores.parquet.1.tmp").write_text("half")
    run(folders, "good")
    assert not (done.folder / "report.html").exists()
    assert not (done.folder / ".scores.parquet.1.tmp").exists()


def test_a_folder_that_holds_something_else_is_never_written_into(folders):
    run(folders, "good")
    with pytest.raises(UsageError, match=r"another plan \(different: models, seed\)"):
        run(folders, "slow", seed=1)
    (folders / "notes").mkdir()
    (folders / "notes" / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError, match="not empty and holds no run"):
        run(folders, "good", out="notes")


def test_without_the_metrics_of_the_plane_nothing_is_gated(folders):
    assert len(run(folders, "good", metrics=("psnr",)).noskill) == 0
    assert len(run(folders, "good", out="gated").noskill) == 9 * 20


def command(folders, out):
    models = [f"--model={m}={folders / 'models.py'}:{m}" for m in ("sometimes", "drawn", "slow")]
    words = ["run", f"--contents={folders / 'contents'}", f"--styles={folders / 'styles'}", "--size=32", *models]
    return [sys.executable, "-m", "stylegauge.benchmark.cli", *words, "--batch=1", f"--out={folders / out}", "--quiet"]


def units_done(folder):
    path = folder / "events.jsonl"
    return path.read_text().count('"unit"') if path.exists() else 0


def test_a_run_killed_twice_ends_as_one_that_was_never_stopped(folders):
    environment = os.environ | {"STYLEGAUGE_CACHE": str(folders / "cache")}
    whole = subprocess.run(command(folders, "whole"), env=environment, capture_output=True, text=True, check=False)
    assert whole.returncode == 0, whole.stderr
    for least in (1, 4):  # within the first model, then within the last
        process = subprocess.Popen(command(folders, "killed"), env=environment, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while units_done(folders / "killed") < least and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert process.poll() is None, "the run ended before it could be killed"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    last = subprocess.run(command(folders, "killed"), env=environment, capture_output=True, text=True, check=False)
    assert last.returncode == 0, last.stderr
    one, two = folders / "whole", folders / "killed"
    for name in SAME:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    outputs = sorted(p.relative_to(one) for p in (one / "outputs").rglob("*.png"))
    assert outputs == sorted(p.relative_to(two) for p in (two / "outputs").rglob("*.png"))
    assert all((one / p).read_bytes() == (two / p).read_bytes() for p in outputs)
    leaders = [json.loads((folder / "leaderboard.json").read_text())["models"] for folder in (one, two)]
    assert [[m["name"], m["rank"]] for m in leaders[0]] == [[m["name"], m["rank"]] for m in leaders[1]]
    assert read_run(two).finished


def test_layers_of_gram_distances_stand_beside_their_mean(folders):
    rows = run(folders, "good").scores.set_index(["content", "style", "metric"])["value"].unstack("metric")
    layers = [metric for metric in rows if metric.startswith("gram_rel@embedded:")]
    assert len(layers) == 5
    assert np.allclose(rows[layers].mean(axis=1), rows["gram_rel@embedded"], rtol=1e-12)
