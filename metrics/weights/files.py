"""Where weights files lie on this machine, and whether they are the published ones. Imports no torch.

A file is used when its size and sha256 are the published ones, and refused by name otherwise.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stylegauge.datasets import cache
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fetch import agrees, bar, copy, fetch, mirror_folder, sha256_of
from stylegauge.metrics.weights.catalogue import WEIGHTS, WeightsFile

VARIABLE = "STYLEGAUGE_WEIGHTS"


@dataclass(frozen=True)
class Located:
    """A weights file that may be used.

    sha256: of the file as it is; verified: whether it is the published one
    """

    name: str
    path: Path
    sha256: str
    verified: bool


@dataclass(frozen=True)
class Found:
    """A file with the name of a published one.

    place: which folder it lies in, in words; fault: why it is not the published one, None where it is
    """

    path: Path
    place: str
    sha256: str
    fault: str | None


def locate(name: str, given: Path | None = None, allow_unverified: bool = False) -> Located:
    """The weights file of that name: `given`, or the first one found in `places()`. No connection is opened.

    raises: UsageError for an unknown name, a missing file, and one that is not the published one, which only a file
    that was given may be, where `allow_unverified` says so
    """
    weights = published(name)
    if given is not None:
        return _given(weights, given, allow_unverified)
    found = find(weights)
    if found is None:
        raise UsageError(
            f"no weights of {name} on this machine; `stylegauge weights fetch {name}`, or {VARIABLE}=DIR with "
            f"{weights.file} in it, or --backbone embedded"
        )
    return _sound(weights, found)


def published(name: str) -> WeightsFile:
    """The catalogue's entry; raises UsageError for an unknown name."""
    if name not in WEIGHTS:
        raise UsageError(f"no published weights '{name}'; there are: {', '.join(WEIGHTS)}")
    return WEIGHTS[name]


def places() -> dict[str, Path]:
    """The folders looked into, in this order: the mirror, this package's cache, torch hub's cache."""
    mirror = mirror_folder(VARIABLE, "weights files")
    torch = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "torch"
    return {
        **({f"the folder of {VARIABLE}": mirror} if mirror else {}),
        "the cache": own_folder(),
        "torch hub's cache": Path(torch).expanduser() / "hub" / "checkpoints",
    }


def own_folder() -> Path:
    """The only folder that weights are written to. It need not exist."""
    return cache.cache_folder() / "weights"


def find(weights: WeightsFile) -> Found | None:
    """The first file of that name in `places()`, sound or not; None where there is none."""
    return next(find_all(weights), None)


def find_all(weights: WeightsFile, again: bool = False) -> Iterator[Found]:
    """Every file of that name in `places()`; `again` reads the whole of each, however well it is remembered."""
    for place, folder in places().items():
        if (folder / weights.file).is_file():
            yield _inspect(weights, folder / weights.file, place, again)


def fetch_weights(name: str) -> Located:
    """The weights file of that name; where this machine has none, downloaded, or copied from the mirror if one is set.

    raises: UsageError where it cannot be had, or what came is not the published file
    """
    weights, mirror = published(name), mirror_folder(VARIABLE, "weights files")
    target = own_folder() / weights.file
    found = find(weights)
    if found and not found.fault and found.path.parent != mirror:
        return _sound(weights, found)
    if mirror is None:
        with bar(weights.file) as progress:
            fetch(weights.url, target, sha256=weights.sha256, size=weights.size, progress=progress)
    elif found and found.path.parent == mirror:
        copy(_sound(weights, found).path, target, sha256=weights.sha256, size=weights.size)
    else:
        raise UsageError(f"no {weights.file} in '{mirror}', which {VARIABLE} names; unset it to download from the web")
    return Located(name, target, digest(target), verified=True)


def digest(path: Path, again: bool = False) -> str:
    """A file's sha256, remembered for as long as its path, size and times stay what they are."""
    status = path.stat()
    # The time of the last change of any kind as well: copying tools set the time of writing back.
    facts = f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}"
    key = hashlib.sha256(facts.encode()).hexdigest()
    kept = None if again else cache.read("weights-digests", key)
    if kept is not None:
        return kept.decode()
    found = sha256_of(path)
    with suppress(UsageError):  # a cache that cannot be written costs the time of reading the file again, no more
        cache.write("weights-digests", key, found.encode())
    return found


def _given(weights: WeightsFile, path: Path, allow_unverified: bool) -> Located:
    if not path.is_file():
        raise UsageError(f"no file '{path}'; expected the weights of {weights.name}, published as {weights.file}")
    fault = _inspect(weights, path, "", again=False).fault
    if fault and not allow_unverified:
        raise UsageError(
            f"'{path}' is not the published {weights.file}: {fault}; --allow-unverified-weights uses it all the same "
            "and marks the run"
        )
    return Located(weights.name, path, digest(path), verified=not fault)


def _inspect(weights: WeightsFile, path: Path, place: str, again: bool) -> Found:
    size, found = path.stat().st_size, digest(path, again)
    if weights.size not in (None, size):
        kind = "truncated" if size < (weights.size or 0) else "too long"
        return Found(path, place, found, f"{kind}, found {size} bytes, expected {weights.size}")
    if not agrees(found, weights.sha256):
        return Found(path, place, found, f"found sha256 {found}, expected {weights.sha256}")
    return Found(path, place, found, None)


def _sound(weights: WeightsFile, found: Found) -> Located:
    """The file, if it is the published one; else raises UsageError that says what to do about it."""
    if not found.fault:
        return Located(weights.name, found.path, found.sha256, verified=True)
    command = f"`stylegauge weights fetch {weights.name}`"
    if found.path.parent == mirror_folder(VARIABLE, "weights files"):
        remedy = f"replace it there, or unset {VARIABLE}"
    elif found.path.parent == own_folder():
        remedy = f"{command} replaces it"
    else:
        remedy = f"{command} gets a sound one, which is then used instead"
    raise UsageError(f"'{found.path}' is not the published {weights.file}: {found.fault}; {remedy}")
