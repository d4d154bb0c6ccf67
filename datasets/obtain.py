"""From a public set to a folder of its pictures: archives found or downloaded, checked, unpacked, written down."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from stylegauge.datasets import archives, cache, receipts
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fetch import bar, fetch, mirror_folder, sha256_of
from stylegauge.datasets.images import SUFFIXES
from stylegauge.datasets.public import PublicFile, PublicSet
from stylegauge.datasets.receipts import Archive
from stylegauge.datasets.transfer import Progress

VARIABLE = "STYLEGAUGE_DATA"
_DOWNLOADS = "downloads"  # what lies there is ours to delete; an archive beside the sets is somebody's
_SPARE = 64 << 20  # bytes a disk should have left: file systems keep some for themselves

Say = Callable[[str], None]


def own_folder() -> Path:
    """Where sets go unless another folder is named. It need not exist."""
    return cache.cache_folder() / "data"


def obtained(wanted: PublicSet, root: Path) -> Path | None:
    """The set's folder below `root`, None where it is not there yet; its pictures are counted, not read.

    raises: UsageError where something else has its name, or pictures are missing
    """
    folder = root / wanted.name
    if not folder.exists():
        return None
    receipt = receipts.read(wanted, root)
    if receipt is None or not folder.is_dir():
        raise UsageError(f"'{folder}' was not made by `data fetch`; move it away, or name another folder with --out")
    found, expected = _count(folder), receipt.get("pictures")
    if found != expected:
        raise UsageError(
            f"'{folder}' holds {found} pictures, and {expected} were unpacked; delete it, then "
            f"`stylegauge data fetch {wanted.name}`"
        )
    return folder


def obtain(wanted: PublicSet, root: Path, say: Say, *, keep_archives: bool = False) -> Path:
    """The folder of the set's pictures below `root`; at once where it is there.

    Archives come from the folder that STYLEGAUGE_DATA names, and then nothing is downloaded; else from `root` itself,
    if somebody put one there; else from their publisher. say: what a person must be told, one line each
    raises: UsageError where one cannot be had, is not the published one or holds what is refused, or room is lacking
    """
    folder = obtained(wanted, root)
    if folder is not None:
        return folder
    with archives.staged(root / wanted.name) as staging:
        if staging is None:  # another process was faster
            return obtained(wanted, root) or root / wanted.name
        had = [_archive(wanted, file, root, say) for file in wanted.files]
        for each in had:
            receipts.refuse_another(wanted, each, root)
        _refuse_full_disk(root, sum(each.path.stat().st_size for each in had), "its pictures")
        for each in had:
            _unpack(each, staging)
        _check_layout(wanted, staging)
        # Before the folder gets its name, so that a folder without a receipt is nobody's.
        receipts.write(wanted, had, root, _count(staging))
    for each in had:
        if each.downloaded and not keep_archives:
            each.path.unlink(missing_ok=True)
            with suppress(OSError):  # other sets' archives are in it
                each.path.parent.rmdir()
    return root / wanted.name


def available(wanted: PublicSet, root: Path) -> bool:
    """Whether `obtain` could have the set without somebody asking for it by hand first."""
    if (root / wanted.name).exists():
        return True
    place = mirror_folder(VARIABLE, "the sets' archives")
    if place:
        return all((place / file.file).is_file() for file in wanted.files)
    return all(file.url or (root / file.file).is_file() for file in wanted.files)


def _archive(wanted: PublicSet, file: PublicFile, root: Path, say: Say) -> Archive:
    """The archive, checked against what is published of it."""
    mirror, target = mirror_folder(VARIABLE, "the sets' archives"), root / _DOWNLOADS / file.file
    if mirror:
        path = mirror / file.file
        if not path.is_file():
            raise UsageError(f"no {file.file} in '{mirror}', which {VARIABLE} names; {_where(wanted, file)}")
        return _placed(file, path, say)
    if (root / file.file).is_file():
        return _placed(file, root / file.file, say)
    if not file.url:
        raise UsageError(
            f"{wanted.name} must be asked for by hand: {wanted.by_hand}; put {file.file} into '{root}', or into a "
            f"folder that {VARIABLE} names, then type `stylegauge data fetch {wanted.name}`"
        )
    _download(file, root, target)
    return _told(Archive(file, target, sha256_of(target), downloaded=True), say)


def _download(file: PublicFile, root: Path, target: Path) -> None:
    published, part = file.published, target.with_name(f"{target.name}.part")
    there = part.stat().st_size if part.is_file() else 0
    if published.size is not None and not target.is_file():
        _refuse_full_disk(root, 2 * published.size - there, "the archive and its pictures")
    with bar(file.file) as progress:
        watching = _watching_the_disk(root, progress)
        fetch(file.url, target, sha256=published.sha256, md5=published.md5, size=published.size, progress=watching)


def _placed(file: PublicFile, path: Path, say: Say) -> Archive:
    fault = file.published.fault(path)
    if fault:
        raise UsageError(f"'{path}' is not the published {file.file}: {fault}; replace it or move it away")
    return _told(Archive(file, path, sha256_of(path), downloaded=False), say)


def _told(archive: Archive, say: Say) -> Archive:
    """The archive, once it is said where no checksum vouches for it."""
    published = archive.file.published
    if not published.has_checksum:
        known = "its size alone is" if published.size is not None else "not even its size is"
        say(
            f"NOT VERIFIED: {archive.path.name} has no published checksum ({known}); its sha256 is {archive.sha256}, "
            "which goes into the receipt"
        )
    return archive


def _where(wanted: PublicSet, file: PublicFile) -> str:
    return f"it is at {file.url}" if file.url else f"it must be asked for by hand: {wanted.by_hand}"


def _watching_the_disk(root: Path, progress: Progress | None) -> Progress:
    """Progress that stops a download as soon as the server says a size for which there is no room."""
    checked = False

    def watching(done: int, total: int | None) -> None:
        nonlocal checked
        if total is not None and not checked:
            _refuse_full_disk(root, 2 * total - done, "the archive and its pictures")
            checked = True
        if progress:
            progress(done, total)

    return watching


def _refuse_full_disk(root: Path, needed: int, what: str) -> None:
    """Pictures are compressed already, so those of an archive take about what the archive takes."""
    place = root
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < needed + _SPARE:
        raise UsageError(
            f"not enough room in '{root}': {what} take about {_mb(needed)}, {_mb(free)} are free; --out DIR names "
            "another place"
        )


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _unpack(archive: Archive, staging: Path) -> None:
    file = archive.file
    try:
        with bar(f"{file.file}: unpacking") as progress:
            archives.unpack(archive.path, staging, within=file.within, texts=file.texts, progress=progress)
    except UsageError as error:
        if archive.downloaded and not file.published.has_checksum:
            raise UsageError(f"{error}; delete it to download it again") from error
        raise


def _check_layout(wanted: PublicSet, folder: Path) -> None:
    missing = [name for name in wanted.folders if not (folder / name).is_dir()]
    count = _count(folder)
    if missing:
        fault = f"no {', '.join(missing[:3])}; there is {', '.join(sorted(path.name for path in folder.iterdir())[:8])}"
    elif wanted.pictures not in (None, count):
        fault = f"{count} pictures, expected {wanted.pictures}"
    else:
        return
    raise UsageError(f"the archive of {wanted.name} is not as published: found {fault}; expected {wanted.layout}")


def _count(folder: Path) -> int:
    return sum(name.lower().endswith(SUFFIXES) for _, _, names in os.walk(folder) for name in names)
