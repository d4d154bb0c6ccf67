"""The one downloader. A file appears under its name only when its size and sha256 are the published ones.

Until then it is `<name>.part`, which a later call goes on from.
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
from pathlib import Path
from typing import IO

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.transfer import Progress, download, refuse_address, shown, start_over

_BLOCK = 1 << 20


def fetch(
    url: str,
    target: Path,
    *,
    sha256: str,
    size: int | None = None,
    progress: Progress | None = None,
    timeout: float = 30.0,
    retries: int = 5,
) -> None:
    """Download a file, unless it is there already. Two processes may fetch the same one: the second waits.

    sha256: all 64 digits, or a published prefix of at least 8; size: in bytes, None where it is not known
    progress: called with the bytes there are and the bytes expected
    timeout: seconds without an answer; retries: attempts in a row that may bring nothing new
    raises: UsageError for an address that is not https (or http on this machine), for a server that refuses or stays
    away, for a file that is not the expected one (its part is deleted), for a folder that cannot be written
    """
    refuse_address(url)
    if holds(target, sha256, size):
        return
    with _alone(target) as part:
        if holds(target, sha256, size):
            return
        kept = part.tell()
        download(url, part, size, progress, timeout, retries)
        # What was kept may be the beginning of an older file of that name.
        if kept and not holds(Path(part.name), sha256, size):
            start_over(part)
            download(url, part, size, progress, timeout, retries)
        _keep(part, target, sha256, size, shown(url))


def copy(source: Path, target: Path, *, sha256: str, size: int | None = None) -> None:
    """Copy a file with the checks of `fetch`, unless it is there already; raises UsageError naming a wrong source."""
    if holds(target, sha256, size):
        return
    with _alone(target) as part:
        start_over(part)
        with source.open("rb") as original:
            shutil.copyfileobj(original, part, _BLOCK)
        _keep(part, target, sha256, size, f"'{source}'")


def sha256_of(path: Path) -> str:
    """The 64 hex digits of a file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def agrees(found: str, sha256: str) -> bool:
    """Whether a file's digest is the published one, or begins with the published prefix."""
    if not re.fullmatch(r"[0-9a-f]{8,64}", sha256):
        raise ValueError(f"'{sha256}' is no sha256: expected 8 to 64 lower-case hex digits")
    return found.startswith(sha256)


def holds(path: Path, sha256: str, size: int | None = None) -> bool:
    """Whether `path` is a file of that size and sha256."""
    return path.is_file() and size in (None, path.stat().st_size) and agrees(sha256_of(path), sha256)


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
        path.unlink()


def _keep(part: IO[bytes], target: Path, sha256: str, size: int | None, source: str) -> None:
    """Give a part its name, if it is the file that was expected; else delete it."""
    part.flush()
    os.fsync(part.fileno())
    path = Path(part.name)
    if size not in (None, path.stat().st_size):
        found, expected = f"{path.stat().st_size} bytes", f"{size}"
    else:
        found, expected = sha256_of(path), sha256
        if agrees(found, sha256):
            path.replace(target)
            _sync(target.parent)
            return
        found = f"sha256 {found}"
    path.unlink()
    raise UsageError(f"{source} is not the expected file for '{target}': found {found}, expected {expected}")


def _sync(folder: Path) -> None:
    """Make a rename last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
