"""The downloader against a real server on this machine that misbehaves in the ways servers do."""

import fcntl
import hashlib
import multiprocessing
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stylegauge.datasets import transfer
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fetch import Published, bar, copy, fetch, holds, sha256_of

CONTENT = bytes(range(256)) * 3000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
SIZE = len(CONTENT)


class Handler(BaseHTTPRequestHandler):
    """Serves `server.content` as the settings of the server say; remembers the Range of every request."""

    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.ranges.append(wanted)
        if self.headers.get("If-Range", server.tag) != server.tag:
            wanted = None
        if server.redirect:
            return self.answer(302, Location=server.redirect)
        if server.statuses:
            return self.answer(server.statuses.pop(0))
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.honours_range else 0
        if start and start >= len(server.content):
            return self.answer(416, **{"Content-Range": f"bytes */{len(server.content)}"})
        body = server.content[start:]
        extent = f"bytes {start + server.lies_by}-{len(server.content) - 1}/{len(server.content)}"
        headers = {"Content-Length": str(len(body))} if server.says_length else {}
        headers |= {"ETag": server.tag} if server.tag else {}
        self.answer(206 if start else 200, **headers, **({"Content-Range": extent} if start else {}))
        self.wfile.write(body[: server.cuts.pop(0)] if server.cuts else body)

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(transfer, "_PAUSE", 0.01)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.content, server.ranges, server.cuts, server.statuses = CONTENT, [], [], []
        server.honours_range = server.says_length = True
        server.redirect, server.lies_by, server.tag = None, 0, None
        server.url = f"http://127.0.0.1:{server.server_port}/some/file.bin"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "new" / "file.bin"


def part_of(target):
    return target.with_name("file.bin.part")


def leave(target, content):
    """What an earlier call that was stopped left behind."""
    target.parent.mkdir()
    part_of(target).write_bytes(content)


def test_a_file_arrives_whole_and_nothing_else_stays(server, target):
    fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("known", [SHA256, SHA256[:8]])
def test_a_published_prefix_is_enough_and_the_size_may_be_unknown(server, target, known):
    fetch(server.url, target, sha256=known)
    assert holds(target, SHA256, SIZE)


def test_what_is_no_digest_is_refused(server, target):
    with pytest.raises(ValueError, match="8 to 64"):
        fetch(server.url, target, sha256="")


def test_where_no_sha256_is_published_md5_decides(server, target):
    fetch(server.url, target, sha256=None, md5=MD5)
    assert target.read_bytes() == CONTENT
    server.content = CONTENT[:-1] + b"!"
    with pytest.raises(UsageError, match=f"found md5 {hashlib.md5(server.content).hexdigest()}, expected {MD5}"):
        fetch(server.url, target.with_name("other.bin"), sha256=None, md5=MD5, size=SIZE)
    assert list(target.parent.iterdir()) == [target]


def test_where_only_a_size_is_published_it_decides(server, target):
    fetch(server.url, target, sha256=None, size=SIZE)
    with pytest.raises(UsageError, match=f"has {SIZE} bytes, expected 5"):
        fetch(server.url, target.with_name("other.bin"), sha256=None, size=5)
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(
    ("published", "checked_by"),
    [
        (Published(SIZE, SHA256, MD5), "sha256"),
        (Published(SIZE, None, MD5), "md5"),
        (Published(SIZE), "size"),
        (Published(), "nothing"),
    ],
)
def test_it_is_said_what_a_file_is_compared_with(published, checked_by, tmp_path):
    assert published.checked_by == checked_by
    assert published.has_checksum == (checked_by in ("sha256", "md5"))
    (tmp_path / "file").write_bytes(CONTENT)
    assert published.fault(tmp_path / "file") == ""
    (tmp_path / "file").write_bytes(CONTENT[:-1] + b"!")
    assert bool(published.fault(tmp_path / "file")) == published.has_checksum


@pytest.mark.parametrize("published", [{"sha256": None, "size": SIZE}, {"sha256": None}, {"sha256": SHA256}])
def test_a_part_is_gone_on_with_only_while_the_server_has_the_same_version(server, target, published):
    server.tag, server.cuts = '"one"', [100_000, 0]
    with pytest.raises(UsageError, match="the same command goes on"):
        fetch(server.url, target, **published, retries=0)
    fetch(server.url, target, **published)
    assert server.ranges == [None, "bytes=100000-", "bytes=100000-"]
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_a_newer_version_is_not_pasted_onto_the_beginning_of_an_older_one(server, target):
    server.tag, server.content, server.cuts = '"one"', b"!" * SIZE, [100_000, 0]
    with pytest.raises(UsageError, match="100000 bytes are kept"):
        fetch(server.url, target, sha256=None, size=SIZE, retries=0)
    server.tag, server.content = '"two"', CONTENT
    fetch(server.url, target, sha256=None, size=SIZE)
    assert server.ranges[-1] == "bytes=100000-"
    assert target.read_bytes() == CONTENT


def test_a_weak_version_does_not_count(server, target):
    server.tag, server.cuts = 'W/"one"', [100_000, 0]
    with pytest.raises(UsageError, match="100000 bytes are kept"):
        fetch(server.url, target, sha256=None, size=SIZE, retries=0)
    fetch(server.url, target, sha256=None, size=SIZE)
    assert server.ranges == [None, "bytes=100000-", None]


def test_without_checksum_and_version_a_part_is_not_trusted(server, target):
    leave(target, b"!" * 1000)
    fetch(server.url, target, sha256=None, size=SIZE)
    assert server.ranges == [None]
    assert target.read_bytes() == CONTENT


def test_a_file_that_is_there_is_not_asked_for_again(server, target):
    fetch(server.url, target, sha256=SHA256)
    server.ranges.clear()
    fetch(server.url, target, sha256=SHA256)
    assert server.ranges == []


def test_a_damaged_file_is_replaced(server, target):
    target.parent.mkdir()
    target.write_bytes(CONTENT[:-1] + b"!")
    fetch(server.url, target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


def test_a_connection_cut_in_the_middle_is_gone_on_with(server, target):
    server.cuts = [100_000, 50_000]
    fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert target.read_bytes() == CONTENT


def test_attempts_that_bring_something_are_not_counted(server, target):
    server.cuts = [100_000] * 6
    fetch(server.url, target, sha256=SHA256, size=SIZE, retries=1)
    assert len(server.ranges) == 7


def test_a_server_that_keeps_cutting_is_given_up_and_what_came_is_kept(server, target):
    server.cuts = [1000, 0, 0, 0]
    with pytest.raises(UsageError, match=r"1000 of 768000 bytes; 1000 bytes are kept"):
        fetch(server.url, target, sha256=SHA256, size=SIZE, retries=2)
    assert part_of(target).read_bytes() == CONTENT[:1000]
    fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert server.ranges == [None, *["bytes=1000-"] * 4]


def test_a_cut_without_a_length_is_noticed_by_the_size(server, target):
    server.says_length, server.cuts = False, [70_000]
    fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert server.ranges == [None, "bytes=70000-"]


def test_a_server_that_ignores_ranges_starts_over(server, target):
    server.honours_range, server.cuts = False, [100_000]
    fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert target.read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_and_always_cuts_is_given_up(server, target):
    server.honours_range, server.cuts = False, [5000, 4000] * 5
    with pytest.raises(UsageError, match="5000 of 768000"):
        fetch(server.url, target, sha256=SHA256, size=SIZE, retries=3)
    assert len(server.ranges) == 5


def test_an_answer_with_another_range_is_not_pasted_in(server, target):
    leave(target, CONTENT[:1000])
    server.lies_by = 7
    fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert server.ranges == ["bytes=1000-", None]
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [SIZE, None])
def test_a_part_that_is_whole_only_gets_its_name(server, target, size):
    leave(target, CONTENT)
    fetch(server.url, target, sha256=SHA256, size=size)
    assert server.ranges == ([] if size else [f"bytes={SIZE}-"])
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("size", [SIZE, None])
def test_a_part_longer_than_the_file_is_thrown_away(server, target, size):
    leave(target, CONTENT + b"more")
    fetch(server.url, target, sha256=SHA256, size=size)
    assert target.read_bytes() == CONTENT


def test_a_part_of_another_file_is_thrown_away(server, target):
    leave(target, b"an older file of that name")
    fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert server.ranges == ["bytes=26-", None]
    assert target.read_bytes() == CONTENT


def test_wrong_bytes_are_deleted_and_both_digests_are_said(server, target):
    server.content = CONTENT[:-1] + b"!"
    found = hashlib.sha256(server.content).hexdigest()
    with pytest.raises(UsageError, match=f"found sha256 {found}, expected {SHA256}"):
        fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert list(target.parent.iterdir()) == []


def test_a_file_of_another_size_is_refused_before_it_is_downloaded(server, target):
    server.content = b"<html>moved</html>"
    with pytest.raises(UsageError, match=f"has 18 bytes, expected {SIZE}"):
        fetch(server.url, target, sha256=SHA256, size=SIZE)
    assert list(target.parent.iterdir()) == []


def test_a_server_that_never_ends_does_not_fill_the_disk(server, target):
    server.says_length, server.content, seen = False, CONTENT * 20, []
    with pytest.raises(UsageError, match=r"found \d+ bytes, expected 768000"):
        fetch(server.url, target, sha256=SHA256, size=SIZE, progress=lambda done, total: seen.append(done))
    assert max(seen) < 3 * SIZE
    assert list(target.parent.iterdir()) == []


def test_busy_is_waited_for_and_missing_is_not(server, target):
    server.statuses = [503, 429]
    fetch(server.url, target, sha256=SHA256)
    server.statuses = [404]
    with pytest.raises(UsageError, match=r"file\.bin: HTTP 404 Not Found"):
        fetch(server.url, target.with_name("other.bin"), sha256=SHA256)
    assert len(server.ranges) == 4
    assert list(target.parent.iterdir()) == [target]


def test_nobody_answering_is_said_in_one_line(server, target):
    server.shutdown()
    server.server_close()
    with pytest.raises(UsageError, match="Connection refused") as caught:
        fetch(server.url, target, sha256=SHA256, retries=1)
    assert "\n" not in str(caught.value)


def test_a_silent_server_is_given_up_after_the_timeout(target, monkeypatch):
    monkeypatch.setattr(transfer, "_PAUSE", 0.01)
    silent = ThreadingHTTPServer(("127.0.0.1", 0), Handler)  # accepts, and nobody serves
    with silent, pytest.raises(UsageError, match="timed out"):
        fetch(f"http://127.0.0.1:{silent.server_port}/", target, sha256=SHA256, timeout=0.05, retries=1)


@pytest.mark.parametrize("url", ["http://example.com/a", "ftp://127.0.0.1/a", "file:///etc/passwd", "//example.com/a"])
def test_only_https_is_fetched_and_http_from_this_machine(target, url):
    with pytest.raises(UsageError, match="only https"):
        fetch(url, target, sha256=SHA256)


def test_a_redirect_to_an_open_connection_elsewhere_is_refused(server, target):
    server.redirect = "http://example.com/file.bin?token=secret"
    with pytest.raises(UsageError, match="only https") as caught:
        fetch(server.url, target, sha256=SHA256)
    assert "secret" not in str(caught.value)


def test_a_redirect_from_https_to_http_is_refused_even_to_this_machine():
    asked = urllib.request.Request("https://example.com/a?token=secret")
    with pytest.raises(UsageError, match="leads away from https") as caught:
        transfer._Redirects().redirect_request(asked, None, 302, "Found", {}, "http://127.0.0.1/b?token=secret")
    assert "secret" not in str(caught.value)


def test_a_redirect_within_the_rules_is_followed_with_its_range(server, target):
    leave(target, CONTENT[:1000])
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as front:
        front.ranges, front.redirect, front.tag = [], server.url, None
        threading.Thread(target=front.serve_forever, args=(0.01,), daemon=True).start()
        fetch(f"http://127.0.0.1:{front.server_port}/", target, sha256=SHA256)
        front.shutdown()
    assert server.ranges == ["bytes=1000-"]


@pytest.mark.parametrize("url", ["https://user:secret@example.com/a", "http://user:secret@127.0.0.1/a?key=secret"])
def test_secrets_are_not_sent_and_not_said(target, url):
    with pytest.raises(UsageError, match="name or password") as caught:
        fetch(url, target, sha256=SHA256)
    assert "secret" not in str(caught.value)


def test_a_query_is_not_said(server, target):
    server.statuses = [403]
    with pytest.raises(UsageError, match="HTTP 403") as caught:
        fetch(f"{server.url}?key=secret", target, sha256=SHA256)
    assert "secret" not in str(caught.value)


def test_progress_counts_what_was_there_before(server, target):
    leave(target, CONTENT[:1000])
    seen = []
    fetch(server.url, target, sha256=SHA256, progress=lambda done, total: seen.append((done, total)))
    assert all(done > 1000 for done, _ in seen)
    assert seen[-1] == (SIZE, SIZE)


def test_there_is_no_bar_without_a_terminal():
    with bar("file") as progress:
        assert progress is None


def test_a_folder_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot write to the folder"):
        fetch(server.url, tmp_path / "file" / "below", sha256=SHA256)


def _fetch(url, target, barrier):
    barrier.wait()
    fetch(url, Path(target), sha256=SHA256, size=SIZE)


def test_two_processes_at_once_make_one_download(server, target):
    server.cuts = [100_000]
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(3)
    workers = [context.Process(target=_fetch, args=(server.url, str(target), barrier)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert server.ranges == [None, "bytes=100000-"]
    assert list(target.parent.iterdir()) == [target]
    assert sha256_of(target) == SHA256


def test_whoever_waited_for_a_part_that_is_gone_makes_a_new_one(server, target):
    leave(target, b"")
    with ThreadPoolExecutor(1) as pool, part_of(target).open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = pool.submit(fetch, server.url, target, sha256=SHA256)
        time.sleep(0.1)
        assert not waiting.done()
        part_of(target).unlink()
        held.close()
        waiting.result(10)
    assert list(target.parent.iterdir()) == [target]


def test_a_copy_is_checked_like_a_download(tmp_path, target):
    leave(target, b"an older part")
    source = tmp_path / "source.bin"
    source.write_bytes(CONTENT)
    copy(source, target, sha256=SHA256, size=SIZE)
    assert target.read_bytes() == CONTENT
    source.write_bytes(CONTENT[:-1])
    copy(source, target, sha256=SHA256, size=SIZE)  # there already: the source is not looked at
    with pytest.raises(UsageError, match=r"source.bin' is not the expected .* found 767999 bytes, expected 768000"):
        copy(source, target.with_name("again.bin"), sha256=SHA256, size=SIZE)
    assert list(target.parent.iterdir()) == [target]
