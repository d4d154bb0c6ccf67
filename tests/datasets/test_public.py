"""The catalogue of public sets, and the way from a set to its folder: every archive here is small and served by us."""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections import namedtuple
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stylegauge.datasets import obtain as obtaining
from stylegauge.datasets import transfer
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fetch import Published
from stylegauge.datasets.obtain import available, obtain, obtained, own_folder
from stylegauge.datasets.public import PUBLIC_SETS, PublicFile, PublicSet, public_set

ROOT = Path(__file__).parents[2]
PICTURES = {"trainA/a.jpg": b"horse" * 9000, "trainB/b.jpg": b"zebra" * 9000, "testA/c.jpg": b"c", "testB/d.jpg": b"d"}
Usage = namedtuple("Usage", "total used free")


def zip_of(pictures):
    """The bytes of a zip with everything inside the folder `pairs`, one file that is no picture, and its readme."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {**pictures, "readme.txt": b"free", "run.sh": b"#!"}.items():
            archive.writestr(f"pairs/{name}", content)
    return buffer.getvalue()


def tar_of(pictures):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in pictures.items():
            info = tarfile.TarInfo(f"pairs/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


ZIP = zip_of(PICTURES)


class Handler(BaseHTTPRequestHandler):
    """Serves `server.content` with ranges; cuts answers where `server.cuts` says so."""

    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(server.content).hexdigest()}"')
        if start:
            size = len(server.content)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        self.wfile.write(body[: server.cuts.pop(0)] if server.cuts else body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(transfer, "_PAUSE", 0.01)
    monkeypatch.setattr("os.sync", lambda: None)  # it takes seconds on a busy disk
    monkeypatch.delenv("STYLEGAUGE_DATA", raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.content, server.ranges, server.cuts = ZIP, [], []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def pairs(server):
    """A set with a published checksum, at the server."""
    published = Published(len(ZIP), hashlib.sha256(ZIP).hexdigest())
    file = PublicFile("pairs.zip", f"http://127.0.0.1:{server.server_port}/pairs.zip", published, "here", "pairs")
    folders = ("trainA", "trainB", "testA", "testB")
    return PublicSet("pairs", "Pairs", (file,), "trainA/ ...", folders, "free", "us")


def with_published(wanted, **published):
    return replace(wanted, files=(replace(wanted.files[0], published=Published(**published)),))


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(root):
    return {path.name for path in root.iterdir()}


def test_every_entry_of_the_catalogue_is_usable():
    for name, each in PUBLIC_SETS.items():
        assert each.name == name
        assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name)
        assert each.files
        assert all((each.title, each.layout, each.licence, each.source))
        assert bool(each.by_hand) == any(not file.url for file in each.files)
        for file in each.files:
            assert file.evidence
            assert urlsplit(file.url).scheme in ("https", "")
            assert re.fullmatch(r"[0-9a-f]{64}", file.published.sha256 or "0" * 64)
            assert re.fullmatch(r"[0-9a-f]{32}", file.published.md5 or "0" * 32)


def test_the_sets_of_the_papers_are_there_with_the_checksums_that_are_published():
    assert {"coco-val2017", "wikiart", "artbench-10", "horse2zebra", "monet2photo", "vangogh2photo"} <= set(PUBLIC_SETS)
    unverified = {
        name for name, each in PUBLIC_SETS.items() if not all(file.published.has_checksum for file in each.files)
    }
    assert unverified == {"wikiart", "artbench-10"}
    assert [name for name, each in PUBLIC_SETS.items() if each.by_hand] == ["wikiart"]
    assert public_set("coco-val2017").size == 815_585_330
    assert public_set("artbench-10").size is None


def test_the_documentation_lists_every_set_and_the_size_of_each_archive():
    page = (ROOT / "docs" / "datasets.md").read_text()
    for name, each in PUBLIC_SETS.items():
        size = "not published" if each.size is None else f"{each.size / 1e6:,.1f} MB"
        assert re.search(rf"^\| `{name}` \|.*\| {re.escape(size)} \|", page, re.MULTILINE), (name, size)


def test_an_unknown_set_is_told_what_there_is():
    with pytest.raises(UsageError, match="no public set 'coco'; there are: coco-val2017, artbench-10, wikiart, horse"):
        public_set("coco")


def test_the_catalogue_imports_neither_torch_nor_numpy():
    code = "import sys, stylegauge.datasets.public; print({'torch', 'numpy', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout == "set()\n"


def test_a_set_becomes_a_folder_of_its_pictures_and_a_receipt(pairs, tmp_path):
    said = []
    folder = obtain(pairs, tmp_path / "new", said.append)
    assert folder == tmp_path / "new" / "pairs"
    assert tree(folder) == {**PICTURES, "readme.txt": b"free"}
    assert names(tmp_path / "new") == {"pairs", "pairs.receipt.json"}
    receipt = json.loads((tmp_path / "new" / "pairs.receipt.json").read_text())
    assert receipt["pictures"] == 4
    assert receipt["licence"] == "free"
    assert receipt["archives"] == [
        {
            "file": "pairs.zip",
            "url": pairs.files[0].url,
            "bytes": len(ZIP),
            "sha256": hashlib.sha256(ZIP).hexdigest(),
            "verified_by": "sha256",
        }
    ]
    assert said == []


def test_the_second_time_nobody_is_asked_and_nothing_is_unpacked(server, pairs, tmp_path, monkeypatch):
    obtain(pairs, tmp_path, print)
    server.ranges.clear()
    monkeypatch.setattr(obtaining.archives, "unpack", None)
    assert obtain(pairs, tmp_path, print) == tmp_path / "pairs"
    assert server.ranges == []


def test_archives_can_be_kept(pairs, tmp_path):
    obtain(pairs, tmp_path, print, keep_archives=True)
    assert (tmp_path / "downloads" / "pairs.zip").read_bytes() == ZIP


def test_a_download_that_was_stopped_goes_on_where_it_stopped(server, pairs, tmp_path, monkeypatch):
    server.cuts = [20_000, 0, 0, 0, 0, 0, 0]
    with pytest.raises(UsageError, match="20000 bytes are kept and the same command goes on from there"):
        obtain(pairs, tmp_path, print)
    assert names(tmp_path / "downloads") == {"pairs.zip.part", "pairs.zip.part.tag"}
    server.ranges.clear()
    server.cuts = []
    obtain(pairs, tmp_path, print)
    assert server.ranges == ["bytes=20000-"]
    assert tree(tmp_path / "pairs")["trainA/a.jpg"] == PICTURES["trainA/a.jpg"]


def test_unpacking_that_was_stopped_is_done_again_without_another_download(server, pairs, tmp_path, monkeypatch):
    real = obtaining.archives.unpack

    def stopped(*arguments, **options):
        real(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(obtaining.archives, "unpack", stopped)
    with pytest.raises(KeyboardInterrupt):
        obtain(pairs, tmp_path, print)
    assert names(tmp_path) == {"downloads"}
    monkeypatch.setattr(obtaining.archives, "unpack", real)
    server.ranges.clear()
    obtain(pairs, tmp_path, print)
    assert server.ranges == []
    assert len(tree(tmp_path / "pairs")) == 5
    assert names(tmp_path) == {"pairs", "pairs.receipt.json"}


@pytest.mark.parametrize("content", [ZIP[:-1] + b"!", ZIP[:-500], b"<html>moved</html>"])
def test_a_corrupted_or_truncated_archive_leaves_nothing(server, pairs, tmp_path, content):
    server.content = content
    with pytest.raises(UsageError, match=r"is not the (expected|published) file"):
        obtain(pairs, tmp_path, print)
    assert [path.name for path in tmp_path.rglob("*")] == ["downloads"]


def test_a_hostile_archive_leaves_no_folder_though_its_checksum_is_published(server, pairs, tmp_path):
    server.content = zip_of({**PICTURES, "../../../evil.jpg": b"evil"})
    wanted = with_published(pairs, size=len(server.content), sha256=hashlib.sha256(server.content).hexdigest())
    with pytest.raises(UsageError, match=r"member 'pairs/../../../evil.jpg': its path leads out"):
        obtain(wanted, tmp_path / "deep" / "root", print)
    assert [path.name for path in tmp_path.rglob("*")] == ["deep", "root", "downloads", "pairs.zip"]


def test_where_no_checksum_is_published_that_is_said_and_the_one_found_is_kept(server, pairs, tmp_path):
    said, wanted = [], with_published(pairs)
    obtain(wanted, tmp_path, said.append)
    caution = "NOT VERIFIED: pairs.zip has no published checksum (not even its size is); its sha256 is"
    assert said == [f"{caution} {hashlib.sha256(ZIP).hexdigest()}, which goes into the receipt"]
    archive = json.loads((tmp_path / "pairs.receipt.json").read_text())["archives"][0]
    assert archive["verified_by"] == "nothing"
    assert archive["sha256"] == hashlib.sha256(ZIP).hexdigest()


def test_without_a_checksum_the_archive_is_compared_with_the_one_of_before(server, pairs, tmp_path):
    wanted = with_published(pairs, size=len(ZIP))
    obtain(wanted, tmp_path, print)
    shutil.rmtree(tmp_path / "pairs")
    obtain(wanted, tmp_path, print)
    shutil.rmtree(tmp_path / "pairs")
    server.content = zip_of({**PICTURES, "testA/c.jpg": b"!"})
    with pytest.raises(UsageError, match=f"is not the pairs.zip of before.* says {hashlib.sha256(ZIP).hexdigest()}"):
        obtain(wanted, tmp_path, print)
    assert not (tmp_path / "pairs").exists()
    (tmp_path / "pairs.receipt.json").unlink()
    assert (obtain(wanted, tmp_path, print) / "testA" / "c.jpg").read_bytes() == b"!"


def test_md5_is_a_checksum_as_well(pairs, tmp_path):
    said = []
    obtain(with_published(pairs, md5=hashlib.md5(ZIP).hexdigest()), tmp_path, said.append)
    assert said == []


def test_a_tar_without_its_end_is_refused_though_nothing_is_published_of_it(server, pairs, tmp_path):
    server.content = tar_of(PICTURES)
    cut = server.content[: server.content.index(b"pairs/testB")]
    wanted = with_published(pairs)
    server.content = cut
    with pytest.raises(UsageError, match=r"downloads/pairs.zip' .*not the end; delete it to download it again"):
        obtain(wanted, tmp_path, print)


def test_a_mirror_is_read_with_the_same_checks_and_nothing_is_downloaded(server, pairs, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv("STYLEGAUGE_DATA", str(mirror))
    with pytest.raises(UsageError, match=f"no pairs.zip in '{mirror}', which STYLEGAUGE_DATA names; it is at http"):
        obtain(pairs, tmp_path / "root", print)
    (mirror / "pairs.zip").write_bytes(ZIP[:-1] + b"!")
    with pytest.raises(UsageError, match=r"mirror/pairs.zip' is not the published pairs.zip: found sha256"):
        obtain(pairs, tmp_path / "root", print)
    (mirror / "pairs.zip").write_bytes(ZIP)
    obtain(pairs, tmp_path / "root", print)
    assert server.ranges == []
    assert names(tmp_path / "root") == {"pairs", "pairs.receipt.json"}
    assert names(mirror) == {"pairs.zip"}


def test_a_mirror_that_is_no_folder_is_an_error(pairs, tmp_path, monkeypatch):
    monkeypatch.setenv("STYLEGAUGE_DATA", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="none', which is no folder"):
        obtain(pairs, tmp_path / "root", print)


def test_what_must_be_asked_for_by_hand_says_what_to_do_and_is_taken_from_where_it_was_put(server, pairs, tmp_path):
    file = replace(pairs.files[0], url="", published=Published())
    wanted = replace(pairs, files=(file,), by_hand="write to them")
    assert not available(wanted, tmp_path)
    says = f"must be asked for by hand: write to them; put pairs.zip into '{tmp_path}', or .*_DATA.*data fetch pairs"
    with pytest.raises(UsageError, match=says):
        obtain(wanted, tmp_path, print)
    (tmp_path / "pairs.zip").write_bytes(ZIP)
    assert available(wanted, tmp_path)
    obtain(wanted, tmp_path, print)
    assert names(tmp_path) == {"pairs", "pairs.receipt.json", "pairs.zip"}  # ours to read, not to delete


def test_too_little_room_is_told_before_anything_is_asked_for(server, pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(obtaining.shutil, "disk_usage", lambda place: Usage(10**9, 0, 64 << 20))
    with pytest.raises(
        UsageError, match=r"the archive and its pictures take about 0\.2 MB, 67.1 MB are free; --out DIR"
    ):
        obtain(pairs, tmp_path / "root", print)
    assert server.ranges == []


def test_where_no_size_is_published_the_servers_is_compared_with_the_room(server, pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(obtaining.shutil, "disk_usage", lambda place: Usage(10**9, 0, 64 << 20))
    with pytest.raises(UsageError, match=r"not enough room in .*: the archive and its pictures"):
        obtain(with_published(pairs), tmp_path, print)
    assert len(server.ranges) == 1
    assert not (tmp_path / "pairs").exists()


def test_another_layout_than_the_published_one_is_named(server, pairs, tmp_path):
    wanted = replace(with_published(pairs), folders=("trainA", "valA"))
    with pytest.raises(
        UsageError, match=r"found no valA; there is readme.txt, testA, testB, trainA, trainB; expected tra"
    ):
        obtain(wanted, tmp_path, print)
    with pytest.raises(UsageError, match="found 4 pictures, expected 5"):
        obtain(replace(with_published(pairs), pictures=5), tmp_path, print)
    assert not (tmp_path / "pairs").exists()


def test_pictures_that_went_away_are_noticed(pairs, tmp_path):
    obtain(pairs, tmp_path, print)
    (tmp_path / "pairs" / "trainA" / "a.jpg").unlink()
    with pytest.raises(UsageError, match="holds 3 pictures, and 4 were unpacked; delete it, then"):
        obtain(pairs, tmp_path, print)


def test_a_folder_of_somebody_elses_is_left_alone(server, pairs, tmp_path):
    (tmp_path / "pairs").mkdir()
    (tmp_path / "pairs" / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(UsageError, match="was not made by `data fetch`; move it away"):
        obtain(pairs, tmp_path, print)
    assert tree(tmp_path / "pairs") == {"mine.jpg": b"mine"}
    assert server.ranges == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema": 2}', '{"schema": 1, "pictures": "x", "archives": []}'])
def test_a_receipt_that_cannot_be_read_is_said(pairs, tmp_path, text):
    obtain(pairs, tmp_path, print)
    (tmp_path / "pairs.receipt.json").write_text(text)
    with pytest.raises(UsageError, match=r"cannot read the receipt .*(damaged|schema 2, expected 1)"):
        obtained(pairs, tmp_path)


def test_two_at_once_make_one_download(server, pairs, tmp_path):
    threads = [threading.Thread(target=obtain, args=(pairs, tmp_path, print)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert server.ranges == [None]
    assert len(tree(tmp_path / "pairs")) == 5


def test_the_cache_is_where_sets_go(monkeypatch, tmp_path):
    monkeypatch.setenv("STYLEGAUGE_CACHE", str(tmp_path))
    assert own_folder() == tmp_path / "data"
