"""The members of a zip or tar archive, one after the other, each with a path that has been found harmless.

Only these two modules of the standard library are asked, for names and bytes; nothing is extracted by them.
"""

from __future__ import annotations

import errno
import gzip
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

from stylegauge.datasets.errors import UsageError

_MAX_PART = 255  # bytes between two slashes, on every file system in use
_MAX_PATH = 1024  # bytes; systems allow 4096 for this and the folder that it goes to
_MAX_HEADERS = 1 << 20  # bytes of headers before one member of a tar; tarfile reads them into memory whole
_STREAM_BLOCK = 1 << 18
_DAMAGE = (
    ValueError, RuntimeError, EOFError, struct.error, zlib.error,
    gzip.BadGzipFile, zipfile.BadZipFile, tarfile.TarError,
)  # fmt: skip
_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others are decompressed without a bound on memory


@dataclass(frozen=True)
class Member:
    """One member: a file or a folder, as nothing else gets here.

    name: as it is stored; path: the same, relative, parts joined by "/", leading nowhere else
    size: of its bytes, as the header says; open: gives them, before the next member is asked for, None of a folder
    """

    name: str
    path: str
    size: int
    is_folder: bool
    open: Callable[[], IO[bytes] | None]


def members(archive: Path) -> Iterator[Member]:
    """Every member of a zip, tar or tar.gz, told apart by their content.

    raises: UsageError naming the archive, and the member where it is one, for what is no such archive, damaged, ends
    early, or holds what is refused: links, devices, encrypted or sparse files, paths that lead elsewhere
    """
    try:
        with archive.open("rb") as file:
            magic = file.read(512)
    except OSError as error:
        raise UsageError(f"cannot read the archive '{archive}': {error.strerror}") from error
    if magic.startswith((b"PK\3\4", b"PK\5\6")):
        yield from _zip(archive)
    elif magic.startswith(b"\x1f\x8b") or magic[257:262] == b"ustar":
        yield from _tar(archive, compressed=magic.startswith(b"\x1f\x8b"))
    else:
        raise UsageError(f"'{archive}' is no archive that is read; expected a zip, tar or tar.gz")


def harmless(name: str) -> str:
    """A member's path, relative and normalised; raises ValueError saying what is wrong with its name."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        raise ValueError("its name has control characters, or is not UTF-8")
    if "\\" in name:
        raise ValueError("its name has a backslash, which separates folders on Windows")
    if name.startswith("/") or name[1:2] == ":":
        raise ValueError("its path is absolute")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError("its path leads out of the folder")
    if len(name.encode()) > _MAX_PATH or any(len(part.encode()) > _MAX_PART for part in parts):
        raise ValueError(f"its path is longer than {_MAX_PATH} bytes, or a part of it than {_MAX_PART}")
    return "/".join(parts)


def _zip(archive: Path) -> Iterator[Member]:
    with faults(archive) as at, zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            # TRICKY: `filename` ends at a NUL, so that it can differ from what other programs see.
            at.name = info.orig_filename
            path = harmless(info.orig_filename)
            _refuse_zip(info)
            yield Member(at.name, path, info.file_size, info.is_dir(), partial(opened.open, info))


def _refuse_zip(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ValueError("it is a link" if kind == stat.S_IFLNK else "it is a device or another special file")
    if info.flag_bits & 1:
        raise ValueError("it is encrypted")
    if info.compress_type not in _READ:
        raise ValueError(f"compression method {info.compress_type} is not read, only stored and deflated; repack it")


def _tar(archive: Path, compressed: bool) -> Iterator[Member]:
    with faults(archive) as at, archive.open("rb") as raw:
        guard = _Guard(gzip.GzipFile(fileobj=raw) if compressed else raw)
        # A stream is read once, from its beginning to its end; gzip would start again at each step back.
        with tarfile.open(fileobj=guard, mode="r|", bufsize=_STREAM_BLOCK) as opened:  # type: ignore[call-overload]
            for info in opened:
                at.name = info.name
                path = harmless(info.name)
                _refuse_tar(info)
                guard.allow(info.size)
                yield Member(info.name, path, info.size, info.isdir(), partial(opened.extractfile, info))
                opened.members = []  # it keeps all that it has seen
            guard.finish(opened.offset)


def _refuse_tar(info: tarfile.TarInfo) -> None:
    if info.issym() or info.islnk():
        raise ValueError(f"it is a {'hard' if info.islnk() else 'symbolic'} link to '{info.linkname}'")
    if info.issparse():
        raise ValueError("it is a sparse file, which unpacks to any size")
    if not (info.isreg() or info.isdir()):
        raise ValueError("it is a device or another special file")


class _Guard:
    """What a tar is read from: gives no more than one member and its headers at a time, and knows where zeros begin."""

    def __init__(self, source: Any):
        self._source, self._position, self._zeros_from, self._left = source, 0, 0, 0
        self.allow(0)

    def allow(self, size: int) -> None:
        """Let a member of that size be read, and the headers after it."""
        self._left = size + _MAX_HEADERS + 2 * _STREAM_BLOCK  # it is asked for whole blocks, so it is ahead by one

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`."""
        block: bytes = self._source.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise ValueError(f"more than {_MAX_HEADERS:,} bytes of headers follow it")
        filled = block.rstrip(b"\0")
        if filled:
            self._zeros_from = self._position + len(filled)
        self._position += len(block)
        return block

    def finish(self, end: int) -> None:
        """Read the rest; raises tarfile.ReadError unless it is what a tar ends with, two blocks of zeros or more.

        TRICKY: tarfile takes a damaged header, and the end of a file that was cut, for the end of the archive.
        """
        self._left = 1 << 62
        while self.read(_STREAM_BLOCK):
            pass
        if self._zeros_from > end or self._position < end + 2 * tarfile.BLOCKSIZE:
            raise tarfile.ReadError("what follows it is no member and not the end")


class _At:
    """The member that is being looked at."""

    def __init__(self, name: str):
        self.name = name


@contextmanager
def faults(archive: Path, name: str = "") -> Iterator[_At]:
    """What zipfile, tarfile, gzip and the checks above raise, as one UsageError that names archive and member."""
    at = _At(name)
    try:
        yield at
    except UsageError:
        raise
    except (*_DAMAGE, OSError) as error:
        # A damaged zip sends zipfile to a place before the file's beginning; other errors are the disk's.
        if isinstance(error, OSError) and not isinstance(error, _DAMAGE) and error.errno != errno.EINVAL:
            raise
        where = f" for its member {at.name!r}" if at.name else ""
        damaged = "" if type(error) is ValueError else "it is damaged or cut: "
        raise UsageError(f"'{archive}' is refused{where}: {damaged}{error}") from error
