"""`data fetch`: what a person types, what comes back, from a real server over loopback."""

import hashlib
import io
import re
import subprocess
import sys
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from stylegauge.benchmark.cli import Group
from stylegauge.benchmark.fetch_command import data_rows, fetch
from stylegauge.datasets import transfer
from stylegauge.datasets.fetch import Published
from stylegauge.datasets.public import PUBLIC_SETS, PublicFile, PublicSet

ROOT = Path(__file__).parents[2]
PICTURES = {"trainA/a.jpg": b"horse" * 9000, "testA/b.jpg": b"zebra" * 9000}


def packed(kind):
    """The bytes of a zip or tar with PICTURES in a folder."""
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in PICTURES.items():
                archive.writestr(f"top/{name}", content)
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, content in PICTURES.items():
                info = tarfile.TarInfo(f"top/{name}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


class Handler(BaseHTTPRequestHandler):
    """Serves `server.files` by name, with ranges, and at most `server.limit` bytes an answer."""

    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append((self.path, wanted))
        content = server.files[self.path.strip("/")]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", '"same"')
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(content[start:][: server.limit])

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A machine without sets, where a server has `one` (zip) and `two` (tar, no checksum); `three` is by hand."""
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("STYLEGAUGE_DATA", raising=False)
    monkeypatch.setattr(transfer, "_PAUSE", 0.001)
    monkeypatch.setattr("os.sync", lambda: None)  # it takes seconds on a busy disk
    monkeypatch.chdir(tmp_path)
    before = dict(PUBLIC_SETS)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.files = {"one.zip": packed("zip"), "two.tar.gz": packed("tar")}
        server.asked, server.limit = [], None
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        PUBLIC_SETS.clear()
        for name, file, by_hand in (("one", "one.zip", ""), ("two", "two.tar.gz", ""), ("three", "3.zip", "write")):
            url = "" if by_hand else f"http://127.0.0.1:{server.server_port}/{file}"
            known = hashlib.sha256(server.files["one.zip"]).hexdigest() if name == "one" else None
            size = len(server.files["one.zip"]) if known else None
            files = (PublicFile(file, url, Published(size, known), "here", "top"),)
            PUBLIC_SETS[name] = PublicSet(name, f"Set {name}", files, "trainA/", ("trainA",), "MIT", "us", by_hand)
        yield server
        server.shutdown()
        PUBLIC_SETS.clear()
        PUBLIC_SETS.update(before)


@pytest.fixture
def typed(server):
    main = Group("main", commands={"data": click.Group("data", commands={"fetch": fetch})})
    return lambda *words: CliRunner().invoke(main, ["data", "fetch", *words])


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_without_a_name_it_lists_what_there_is(typed, server, tmp_path):
    listed = typed()
    assert listed.exit_code == 0
    one, two, three = listed.stdout.splitlines()
    assert re.fullmatch(r"one    Set one; one.zip, 0.1 MB, sha256 published; licence: MIT; `data fetch`", one)
    assert "two.tar.gz, size not published, NO checksum published" in two
    assert three.endswith("by hand")
    assert [f"{name:<5}  {text}" for name, text in data_rows()] == [one, two, three]
    assert server.asked == []
    assert not (tmp_path / "cache").exists()


def test_the_folder_is_printed_and_terms_and_layout_are_told(typed, tmp_path):
    result = typed("one")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{tmp_path}/cache/data/one\n"
    assert result.stderr == "one: Set one\nlicence: MIT\nlayout: trainA/\n"
    assert tree(tmp_path / "cache" / "data" / "one") == PICTURES


def test_a_second_time_is_the_same_and_asks_nobody(typed, server):
    first = typed("one")
    server.asked.clear()
    again = typed("one")
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert server.asked == []


def test_out_names_another_folder(typed, tmp_path):
    assert typed("one", "two", "--out", "sets").stdout == "sets/one\nsets/two\n"
    assert tree(Path("sets/one")) == tree(Path("sets/two")) == PICTURES
    assert not (tmp_path / "cache").exists()


def test_what_no_checksum_vouches_for_is_told(typed, server):
    found = hashlib.sha256(server.files["two.tar.gz"]).hexdigest()
    said = f"NOT VERIFIED: two.tar.gz has no published checksum (not even its size is); its sha256 is {found}"
    assert said in typed("two").stderr
    assert found in Path("cache/data/two.receipt.json").read_text()


def test_all_gets_what_can_be_had_and_says_what_cannot(typed):
    result = typed("--all")
    assert result.exit_code == 0
    assert [Path(line).name for line in result.stdout.splitlines()] == ["one", "two"]
    assert "three: left out, its archive is not here; write" in result.stderr


def test_a_download_cut_in_the_middle_goes_on_when_the_command_is_typed_again(typed, server):
    server.limit = 0
    stopped = typed("one")
    assert stopped.exit_code == 2
    assert "the connection ended at 0 of" in stopped.stderr
    server.limit = 60_000
    server.asked.clear()
    assert typed("one").exit_code == 0
    assert server.asked == [("/one.zip", None), ("/one.zip", "bytes=60000-")]
    assert tree(Path("cache/data/one")) == PICTURES


@pytest.mark.parametrize("damage", [lambda data: data[:-1] + b"!", lambda data: data[:-100], lambda data: b"<html>"])
def test_a_wrong_archive_is_one_line_and_leaves_no_folder(typed, server, damage):
    for name in ("one", "two"):
        file = PUBLIC_SETS[name].files[0].file
        server.files[file] = damage(server.files[file])
        result = typed(name)
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1].startswith("error: ")
        assert not Path("cache/data", name).exists()


def test_a_mirror_serves_a_machine_without_a_network(typed, server, monkeypatch):
    Path("mirror").mkdir()
    Path("mirror/one.zip").write_bytes(server.files["one.zip"])
    Path("mirror/3.zip").write_bytes(server.files["one.zip"])
    monkeypatch.setenv("STYLEGAUGE_DATA", "mirror")
    result = typed("--all")
    assert result.exit_code == 0
    assert [Path(line).name for line in result.stdout.splitlines()] == ["one", "three"]
    assert "two: left out, its archive is not here; http" in result.stderr
    assert server.asked == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("four",), "no public set 'four'; there are: one, two, three"),
        (("one", "four"), "no public set 'four'"),
        (("one", "--all"), "NAME... or --all, not both; there are: one, two, three"),
        (("three",), "three must be asked for by hand: write; put 3.zip into"),
    ],
)
def test_a_mistake_is_exit_code_2_and_gets_nothing(typed, server, words, says):
    result = typed(*words)
    assert result.exit_code == 2
    assert says in result.stderr.splitlines()[-1]
    assert server.asked == []
    assert list(Path().rglob("*.jpg")) == []


def test_the_list_imports_neither_torch_nor_numpy():
    code = (
        "import sys, stylegauge.benchmark.fetch_command as c; c.data_rows()\n"
        "assert not {'torch', 'numpy', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent)
