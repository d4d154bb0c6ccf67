"""Pictures out of zip and tar archives that nobody vouches for, into a folder that appears only when it is whole.

Refused by name: paths that lead elsewhere, links, devices, encrypted members, duplicates, names that would overwrite
each other, and archives that unpack to far more than they weigh. Sizes are counted while bytes are written: what a
header says of a size is never believed. Nothing of a member but its bytes is taken over: no owner, mode or time.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stylegauge.datasets.archive_members import Member, faults, members
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import SUFFIXES
from stylegauge.datasets.transfer import Progress

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What an archive of pictures may hold at most; beyond it, it is taken for an attack and refused.

    members: COCO's largest archive holds 118,287 pictures, WikiArt's about 81,000: eight times that
    member: bytes of one file; the largest picture that is decoded, 100 million pixels of 16-bit RGB, has 600 MB
    total: bytes of all files kept; ten times WikiArt, the largest set of the catalogue
    ratio: bytes written for one byte of the archive; photographs are compressed already and give 1, flat BMP files 50;
    deflate reaches 1032
    slack: bytes that may be written whatever the ratio, so that a small archive of flat pictures is none
    """

    members: int = 1_000_000
    member: int = 1 << 30
    total: int = 256 << 30
    ratio: int = 100
    slack: int = 16 << 20


LIMITS = Limits()


@dataclass
class Unpacked:
    """What has been written of an archive: files kept, and their bytes."""

    files: int = 0
    bytes: int = 0


@contextmanager
def staged(folder: Path) -> Iterator[Path | None]:
    """A folder beside `folder` to fill, which takes its name when the block ends without an error.

    Until then nothing exists under that name; what an earlier call that was killed left is removed. Of several
    processes one fills and the others wait; they are given None once the folder is there.
    raises: UsageError where the folder cannot be written
    """
    staging = folder.with_name(f".{folder.name}.part")
    handle = _held(staging)
    try:
        if folder.exists():
            shutil.rmtree(staging)
            yield None
            return
        _empty(staging)
        yield staging
        os.sync()  # else a power cut could leave the finished name over files without their bytes
        staging.rename(folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    finally:
        os.close(handle)


def unpack(
    archive: Path,
    folder: Path,
    *,
    within: str = "",
    texts: Iterable[str] = (),
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Unpacked:
    """Write the pictures of a zip or tar(.gz) into an existing folder, `staged` by the caller; returns what was kept.

    within: the folder of the archive that is left out of the paths; texts: names of other files that are kept
    progress: called with the bytes written and the bytes expected, None where the archive does not say
    raises: UsageError naming the archive, the member and the reason; the folder is then not to be used
    """
    kept, names = Unpacked(), frozenset(text.casefold() for text in texts)
    weight = archive.stat().st_size if archive.is_file() else 0
    ceiling = min(limits.total, limits.slack + limits.ratio * weight)
    declared, taken = 0, dict[str, str]()
    # What one name would overwrite on this disk: macOS and Windows take A.jpg and a.jpg for one file.
    key = str.casefold if _ignores_case(folder) else str
    for count, member in enumerate(members(archive), 1):
        if count > limits.members:
            raise _refused(archive, member.name, f"there are more than {limits.members:,} members")
        declared += member.size  # of those not kept as well: they cost time
        if declared > ceiling:
            raise _refused(archive, member.name, f"with it, the archive holds more than {ceiling:,} bytes")
        path = _within(member.path, within)
        if not _wanted(path, names) or member.is_folder:
            continue
        if key(path) in taken:
            raise _refused(archive, member.name, _collision(taken[key(path)], member.name))
        taken[key(path)] = member.name
        _write(archive, member, folder / path, kept, limits.member, ceiling, progress)
    if not kept.files:
        raise UsageError(f"'{archive}' holds no picture; expected files of {', '.join(SUFFIXES)}")
    return kept


def _within(path: str, top: str) -> str:
    return path.removeprefix(f"{top}/") if top else path


def _wanted(path: str, texts: frozenset[str]) -> bool:
    """Whether a member is kept: pictures and named texts, but nothing hidden and nothing that macOS adds."""
    parts = path.split("/")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return False
    name = parts[-1].casefold()
    return name.endswith(SUFFIXES) or name in texts


def _write(
    archive: Path, member: Member, target: Path, kept: Unpacked, largest: int, ceiling: int, progress: Progress | None
) -> None:
    before = kept.bytes
    with faults(archive, member.name):
        for block in _blocks(member, target):
            kept.bytes += len(block)
            if kept.bytes - before > largest:
                raise ValueError(f"it unpacks to more than {largest:,} bytes")
            if kept.bytes > ceiling:
                raise ValueError(f"with it, the archive unpacks to more than {ceiling:,} bytes")
        if kept.bytes - before != member.size:
            raise ValueError(f"it ends after {kept.bytes - before:,} of {member.size:,} bytes")
    kept.files += 1
    if progress:
        progress(kept.bytes, None)


def _blocks(member: Member, target: Path) -> Iterator[bytes]:
    """Each block of a member, once it is written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        file = target.open("xb")  # follows no link and overwrites nothing
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError("it would overwrite another member") from error
    source = member.open()
    assert source is not None  # noqa: S101  only folders have none
    with file, source:
        while block := source.read(_BLOCK):
            file.write(block)
            yield block


def _collision(other: str, name: str) -> str:
    if other == name:
        return "the archive holds it twice"
    return f"it would overwrite '{other}' on this disk"


def _refused(archive: Path, name: str, why: str) -> UsageError:
    return UsageError(f"'{archive}' is refused for its member {name!r}: {why}")


def _ignores_case(folder: Path) -> bool:
    probe = folder / ".case"
    probe.touch()
    try:
        return (folder / ".CASE").exists()
    finally:
        probe.unlink()


def _held(staging: Path) -> int:
    """The folder, made where it is missing, open and locked by this process; the lock ends with the handle."""
    while True:
        try:
            staging.mkdir(parents=True, exist_ok=True)
            handle = os.open(staging, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:  # renamed in between by whoever held it
            continue
        except OSError as error:
            raise UsageError(f"cannot write to the folder '{staging.parent}': {error.strerror}") from error
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(handle), staging.stat()):
                return handle
        except FileNotFoundError:
            pass
        os.close(handle)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
