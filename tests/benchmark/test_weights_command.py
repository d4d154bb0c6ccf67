"""`weights`: what a person types, what comes back, and that it comes from a real server over loopback."""

import hashlib
import re
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from stylegauge.benchmark.cli import Group
from stylegauge.benchmark.weights_command import weights, weights_rows
from stylegauge.metrics.weights.catalogue import WEIGHTS, WeightsFile

ROOT = Path(__file__).parents[2]
CONTENTS = {"one": b"first " * 500, "two": b"second " * 700}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """Type `weights ...` on a machine without weights, where a server publishes `one` and `two`."""
    (tmp_path / "web").mkdir()
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("STYLEGAUGE_WEIGHTS", raising=False)
    monkeypatch.chdir(tmp_path)
    published = dict(WEIGHTS)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web"))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        WEIGHTS.clear()
        for name, content in CONTENTS.items():
            (tmp_path / "web" / f"{name}.pth").write_bytes(content)
            url = f"http://127.0.0.1:{server.server_port}/{name}.pth"
            sha256 = hashlib.sha256(content).hexdigest()
            WEIGHTS[name] = WeightsFile(name, f"{name}.pth", url, len(content), sha256, "MIT", "nobody")
        main = Group("main", commands={"weights": weights})
        yield lambda *words: CliRunner().invoke(main, ["weights", *words])
        server.shutdown()
        WEIGHTS.clear()
        WEIGHTS.update(published)


def test_the_list_says_what_there_is_where_and_whether_it_is_sound(typed, tmp_path):
    typed("fetch", "one")
    (tmp_path / "torch" / "hub" / "checkpoints").mkdir(parents=True)
    (tmp_path / "torch" / "hub" / "checkpoints" / "two.pth").write_bytes(b"no")
    listed = typed("list")
    assert listed.exit_code == 0
    one, two = listed.stdout.splitlines()
    assert re.match(r"one +one.pth, 0.0 MB, sha256 \w{64}, http://.*; licence: MIT; in the cache \(.*\), verified", one)
    assert re.search(r"in torch hub's cache \(.*\), WRONG: truncated, found 2 bytes, expected 4900", two)
    assert [f"{name}  {text}" for name, text in weights_rows()] == [one, two]


def test_fetching_prints_the_path_and_needs_no_server_again(typed, tmp_path):
    first = typed("fetch", "one")
    assert first.exit_code == 0
    assert first.stdout == f"{tmp_path}/cache/weights/one.pth\n"
    assert "licence: MIT" in first.stderr
    (tmp_path / "web" / "one.pth").unlink()
    again = typed("fetch", "one")
    assert (again.exit_code, again.stdout, again.stderr) == (0, first.stdout, "")


def test_all_of_them_can_be_fetched_at_once(typed, tmp_path):
    assert typed("fetch", "--all").exit_code == 0
    for name, content in CONTENTS.items():
        assert (tmp_path / "cache" / "weights" / f"{name}.pth").read_bytes() == content


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("fetch",), "which weights.* there are: one, two"),
        (("fetch", "--all", "one"), "which weights"),
        (("fetch", "three"), "no published weights 'three'; there are: one, two"),
        (("fetch", "one", "three"), "no published weights 'three'"),
        (("export", "out"), "no weights on this machine; `stylegauge weights fetch NAME`"),
        (("export",), "Missing argument 'DIR'"),
        (("verfy",), "No such command 'verfy'"),
    ],
)
def test_a_mistake_is_one_line_with_exit_code_2_and_does_nothing(typed, tmp_path, words, says):
    result = typed(*words)
    assert result.exit_code == 2
    assert re.search(says, result.stderr)
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "cache" / "weights").exists()
    assert not (tmp_path / "out").exists()


def test_wrong_bytes_from_the_server_are_exit_code_2(typed, tmp_path):
    (tmp_path / "web" / "one.pth").write_bytes(CONTENTS["one"][:-1] + b"!")
    result = typed("fetch", "one")
    assert result.exit_code == 2
    assert "found sha256" in result.stderr
    assert list((tmp_path / "cache" / "weights").iterdir()) == []


def test_verify_reads_every_file_found(typed, tmp_path):
    assert "no weights on this machine" in typed("verify").stderr
    typed("fetch", "--all")
    sound = typed("verify")
    assert (sound.exit_code, sound.stderr) == (0, "2 found, all as published\n")
    path = tmp_path / "cache" / "weights" / "two.pth"
    path.write_bytes(CONTENTS["two"][:-1])
    wrong = typed("verify")
    assert wrong.exit_code == 2
    assert f"WRONG  {path}  truncated, found 4899 bytes, expected 4900" in wrong.stdout
    assert f"error: not the published files: {path}" in wrong.stderr


def test_an_export_serves_as_a_mirror_elsewhere(typed, tmp_path, monkeypatch):
    typed("fetch", "--all")
    exported = typed("export", "out/deep")
    assert exported.exit_code == 0
    assert exported.stdout == "out/deep/one.pth\nout/deep/two.pth\n"
    assert {path.name for path in Path("out/deep").iterdir()} == {"one.pth", "two.pth", "SHA256SUMS"}
    subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], check=True, cwd="out/deep", capture_output=True)

    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("STYLEGAUGE_WEIGHTS", "out/deep")
    (tmp_path / "web" / "one.pth").unlink()
    assert typed("fetch", "one").stdout == f"{tmp_path}/elsewhere/weights/one.pth\n"


def test_an_export_with_a_wrong_file_writes_nothing(typed, tmp_path):
    typed("fetch", "--all")
    (tmp_path / "cache" / "weights" / "two.pth").write_bytes(b"no")
    result = typed("export", "out")
    assert result.exit_code == 2
    assert "two.pth' (truncated, found 2 bytes, expected 4900); nothing was exported" in result.stderr
    assert not Path("out").exists()


def test_the_command_imports_no_torch():
    code = "import sys, stylegauge.benchmark.weights_command as c; c.weights_rows(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent)
