"""What is costly to compute and always comes out the same, kept between runs. Deleting the folder costs time alone.

An entry begins with the sha256 of what follows, so a truncated or altered one is noticed and computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from stylegauge.datasets.errors import UsageError

VARIABLE = "STYLEGAUGE_CACHE"
_DIGEST = 64  # hex digits of a sha256


def cache_folder() -> Path:
    """The folder named by STYLEGAUGE_CACHE, else ~/.cache/stylegauge. It need not exist."""
    return Path(os.environ.get(VARIABLE) or Path.home() / ".cache" / "stylegauge")


def cached(kind: str, key: str, compute: Callable[[], bytes]) -> bytes:
    """The entry `key` of a kind, computed and kept where it is missing or damaged.

    raises: ValueError for a kind or key that is no plain file name; UsageError when the folder cannot be written
    """
    data = read(kind, key)
    if data is None:
        data = compute()
        write(kind, key, data)
    return data


def read(kind: str, key: str) -> bytes | None:
    """The entry's bytes, or None where there is no sound one."""
    path = _entry(kind, key)
    try:
        stored = path.read_bytes()
        with contextlib.suppress(OSError):  # somebody else's, read-only: it is read all the same
            os.utime(path)  # `trim` removes what was longest not read
    except OSError:
        return None
    digest, data = stored[:_DIGEST], stored[_DIGEST:]
    return data if hashlib.sha256(data).hexdigest().encode() == digest else None


def write(kind: str, key: str, data: bytes) -> None:
    """Keep an entry; whoever reads meanwhile sees the whole of the old or the new one."""
    path = _entry(kind, key)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    except OSError as error:
        place = f"cannot write to the cache folder '{path.parent}': {error.strerror}"
        raise UsageError(f"{place}; {VARIABLE} can name another") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(data).hexdigest().encode() + data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def trim(kind: str, limit_bytes: int) -> None:
    """Remove the entries of a kind that were longest not read, until the rest takes at most `limit_bytes`."""
    entries = []
    for path in (cache_folder() / kind).iterdir():
        with contextlib.suppress(FileNotFoundError):  # another run trims as well
            entries.append((path.stat().st_mtime, path.stat().st_size, path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= limit_bytes:
            return
        path.unlink(missing_ok=True)
        total -= size


def _entry(kind: str, key: str) -> Path:
    for name in (kind, key):
        if not re.fullmatch(r"\w[\w.@+-]*", name, re.ASCII):
            raise ValueError(f"'{name}' cannot name a cache entry; letters, digits and ._@+- can")
    return cache_folder() / kind / key
