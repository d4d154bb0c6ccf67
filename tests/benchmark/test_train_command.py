"""`stylegauge train NAME`: into a folder, going on in it, and one line for what a person can mend."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from stylegauge.baselines.training.systems import SYSTEMS
from stylegauge.benchmark.cli import main

SMALL = ("--data", "pictures", "--size", "32", "--width", "4", "--batch", "2", "--out", "out", "--quiet")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    draw = np.random.default_rng(0)
    for name in ("trainA", "trainB"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(2):
            pixels = draw.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str):
    result = CliRunner().invoke(main, ["train", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_training_leaves_weights_their_provenance_a_curve_and_samples(folder):
    result = typed("noise-gan", *SMALL, "--domains", "ink", "--steps", "4", "--snapshots", "2", "--sample-every", "4")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.split() == ["out/snapshots/noise-gan-ink@2.safetensors", "out/noise-gan-ink.safetensors"]
    about = json.loads((folder / "out" / "noise-gan-ink.json").read_text())
    assert about["domains"] == ["ink"]
    assert about["settings"]["steps"] == about["step"] == 4
    names = {path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*") if path.is_file()}
    ours = {"noise-gan-ink.safetensors", "noise-gan-ink.json", "noise-gan-ink.curve.csv"}
    early = {f"snapshots/noise-gan-ink{end}" for end in ("@2.safetensors", "@2.json", ".curve.csv")}
    assert names == ours | early | {"state.safetensors", "curve.csv", "samples/000004.png"}


def test_a_training_ends_where_it_is_told_to_and_the_same_command_without_that_goes_on(folder):
    words = ("noise-gan", *SMALL, "--domains", "ink", "--steps", "4", "--snapshots", "1,2")
    snapshots = [f"out/snapshots/noise-gan-ink@{step}.safetensors" for step in (1, 2)]
    first = typed(*words, "--until", "2")
    assert (first.exit_code, first.stdout.split()) == (0, snapshots), first.stderr
    assert not (folder / "out" / "noise-gan-ink.safetensors").exists()
    again = typed(*words, "--until", "2")
    assert (again.exit_code, again.stdout.split()) == (0, snapshots), again.stderr
    whole = typed(*words)
    assert (whole.exit_code, whole.stdout.split()) == (0, [*snapshots, "out/noise-gan-ink.safetensors"]), whole.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("cyclgan", "--out", "out"), "No such command 'cyclgan'"),
        (("noise-gan",), "Missing option '--out'"),
        (("noise-gan", *SMALL, "--set", "loss"), "cannot read 'loss'; expected key=value"),
        (("noise-gan", *SMALL, "--set", "losss=1"), "'noise-gan' has no option 'losss'; there are: "),
        (("noise-gan", *SMALL, "--snapshots", "9", "--steps", "4"), "snapshots are steps from 1 to 4"),
        (
            ("noise-gan", *SMALL, "--until", "9", "--steps", "4"),
            "--until is a step from 1 to 4, which --steps has; found 9",
        ),
        (("noise-gan", *SMALL, "--until", "3", "--snapshots", "4"), "snapshots are steps from 1 to 3"),
        (("noise-gan", "--data", "nowhere", "--out", "out"), "no pictures to train on in 'nowhere'; possible: quick"),
        (("noise-gan", "--domains", "wax", "--out", "out"), "no domain 'wax' in quick; there are: hatching"),
        (("noise-gan", *SMALL, "--steps", "0"), "'--steps'"),
        (
            ("noise-gan", "--out", "file"),
            "--out file: 'file' is a file; expected a folder, new or of the same training",
        ),
        (
            ("noise-gan", "--out", "file/below"),
            "--out file/below: 'file' is a file; expected a folder, new or of the same",
        ),
        (("noise-gan", *SMALL, "--domains", "../ink"), "no domain can be called '../ink'"),
    ],
)
def test_a_mistake_is_one_line_with_exit_code_2(folder, words, says):
    result = typed(*words)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert says in result.stderr


def test_every_system_has_a_command_whose_help_loads_no_torch():
    code = (
        "import sys; from click.testing import CliRunner; from stylegauge.benchmark.cli import main\n"
        f"for name in {list(SYSTEMS)!r}:\n"
        "    assert '--width' in CliRunner().invoke(main, ['train', name, '--help']).output, name\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_ctrl_c_keeps_the_state_and_the_same_command_goes_on(folder):
    command = [sys.executable, "-m", "stylegauge.benchmark.cli", "train", "noise-gan", *SMALL, "--steps", "100000"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    running = subprocess.Popen(
        [*command, "--checkpoint-every", "5"], env=environment, stderr=subprocess.PIPE, text=True
    )
    state = Path("out/state.safetensors")
    for _ in range(1200):
        if state.exists() or running.poll() is not None:
            break
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "stopped; the same command goes on; the state is in out" in said
    assert state.exists()
    again = typed("noise-gan", *SMALL, "--steps", "7")
    assert again.exit_code == 2
    assert "holds another training: its steps is 100000, asked for is 7" in again.stderr
