"""The one downloader. A file appears under its name only when its size and checksum are the published ones.

Until then it is `<name>.part`, which a later call goes on from. Where less than a sha256 is published the caller types
so (`sha256=None`), and `Published.checked_by` says in words what a file was compared with.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.transfer import Progress, download, refuse_address, shown, start_over, tag_of

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Published:
    """What is published of a file; None for what is not.

    size: in bytes; sha256: all 64 digits, or a prefix of at least 8; md5: all 32 digits, used where there is no sha256
    """

    size: int | None = None
    sha256: str | None = None
    md5: str | None = None

    @property
    def checked_by(self) -> str:
        """What a file is compared with: "sha256", "md5", "size" or "nothing"."""
        published = {"sha256": self.sha256, "md5": self.md5, "size": self.size}
        return next((name for name, value in published.items() if value is not None), "nothing")

    @property
    def has_checksum(self) -> bool:
        """Whether a wrong file of the right size would be noticed."""
        return self.checked_by in {"sha256", "md5"}

    def fault(self, path: Path) -> str:
        """Why the file is not the published one, as "found ..., expected ..."; empty where it is, or could be."""
        if self.size not in (None, path.stat().st_size):
            return f"found {path.stat().st_size} bytes, expected {self.size}"
        if self.sha256 is not None:
            found = sha256_of(path)
            return "" if agrees(found, self.sha256) else f"found sha256 {found}, expected {self.sha256}"
        if self.md5 is not None:
            found = md5_of(path)
            return "" if found == self.md5 else f"found md5 {found}, expected {self.md5}"
        return ""


def fetch(
    url: str,
    target: Path,
    *,
    sha256: str | None,
    md5: str | None = None,
    size: int | None = None,
    progress: Progress | None = None,
    timeout: float = 30.0,
    retries: int = 5,
) -> None:
    """Download a file, unless it is there already. Two processes may fetch the same one: the second waits.

    sha256: all 64 digits, or a published prefix of at least 8; None where none is published: then md5 counts, then size
    size: in bytes, None where it is not known
    progress: called with the bytes there are and the bytes expected
    timeout: seconds without an answer; retries: attempts in a row that may bring nothing new
    raises: UsageError for an address that is not https (or http on this machine), for a server that refuses or stays
    away, for a file that is not the expected one (its part is deleted), for a folder that cannot be written
    """
    refuse_address(url)
    published = Published(size, sha256, md5)
    if _there(target, published):
        return
    with _alone(target) as part:
        if _there(target, published):
            return
        # Without a checksum, a part of which nobody knows what version it begins could be ended with another one.
        if part.tell() and not published.has_checksum and not tag_of(part).exists():
            start_over(part)
        kept = part.tell()
        download(url, part, size, progress, timeout, retries)
        # What was kept may be the beginning of an older file of that name.
        if kept and published.fault(Path(part.name)):
            start_over(part)
            download(url, part, size, progress, timeout, retries)
        _keep(part, target, published, shown(url))


def copy(source: Path, target: Path, *, sha256: str, size: int | None = None) -> None:
    """Copy a file with the checks of `fetch`, unless it is there already; raises UsageError naming a wrong source."""
    if holds(target, sha256, size):
        return
    with _alone(target) as part:
        start_over(part)
        with source.open("rb") as original:
            shutil.copyfileobj(original, part, _BLOCK)
        _keep(part, target, Published(size, sha256), f"'{source}'")


def mirror_folder(variable: str, holds: str) -> Path | None:
    """The folder that an environment variable names, never written to; None where it is not set.

    holds: what should be in it, in words
    raises: UsageError where there is no such folder
    """
    named = os.environ.get(variable)
    if not named:
        return None
    if not Path(named).is_dir():
        raise UsageError(f"{variable} is '{named}', which is no folder; expected one with {holds} in it")
    return Path(named)


def sha256_of(path: Path) -> str:
    """The 64 hex digits of a file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def md5_of(path: Path) -> str:
    """The 32 hex digits of a file's md5: against accidents, not against somebody who wants to deceive."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def agrees(found: str, sha256: str) -> bool:
    """Whether a file's digest is the published one, or begins with the published prefix."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", sha256):
        raise ValueError(f"'{sha256}' is no sha256: expected 8 to 64 lower-case hex digits")
    return found.startswith(sha256)


def holds(path: Path, sha256: str, size: int | None = None) -> bool:
    """Whether `path` is a file of that size and sha256."""
    return _there(path, Published(size, sha256))


def _there(path: Path, published: Published) -> bool:
    return path.is_file() and not published.fault(path)


@contextmanager
def bar(label: str) -> Iterator[Progress | None]:
    """What to give `fetch` as progress: a bar where stderr is a terminal, None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=label, unit="B", unit_scale=True, unit_divisor=1024, dynamic_ncols=True, leave=False) as drawn:

        def progress(done: int, total: int | None) -> None:
            drawn.total = total
            drawn.update(done - drawn.n)

        yield progress


@contextmanager
def _alone(target: Path) -> Iterator[IO[bytes]]:
    """The part file of `target`, open at its end, held by this process only; an empty one is not left behind."""
    path = target.with_name(f"{target.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = _locked(path)
    except OSError as error:
        raise UsageError(f"cannot write to the folder '{path.parent}': {error.strerror}") from error
    with part:
        try:
            yield part
        finally:
            part.flush()
            _forget_empty(part)


def _locked(path: Path) -> IO[bytes]:
    while True:
        part = path.open("ab")
        fcntl.flock(part, fcntl.LOCK_EX)
        # TRICKY: whoever held the lock may have renamed or deleted the file meanwhile; the lock is then on nobody's.
        try:
            if os.path.samestat(os.fstat(part.fileno()), path.stat()):
                return part
        except FileNotFoundError:
            pass
        part.close()


def _forget_empty(part: IO[bytes]) -> None:
    path = Path(part.name)
    if os.fstat(part.fileno()).st_nlink and not os.fstat(part.fileno()).st_size and path.exists():
        tag_of(part).unlink(missing_ok=True)
        path.unlink()


def _keep(part: IO[bytes], target: Path, published: Published, source: str) -> None:
    """Give a part its name, if it is the file that was expected; else delete it."""
    part.flush()
    os.fsync(part.fileno())
    path = Path(part.name)
    fault = published.fault(path)
    if fault:
        path.unlink()
    else:
        path.replace(target)
        _sync(target.parent)
    tag_of(part).unlink(missing_ok=True)
    if fault:
        raise UsageError(f"{source} is not the expected file for '{target}': {fault}")


def _sync(folder: Path) -> None:
    """Make a rename last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
