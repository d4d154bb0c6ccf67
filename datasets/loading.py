"""Many pictures at once: decoded in worker processes, in a fixed order, never more than a few ahead of the reader."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import ImageError, load_image, pixels_sha256
from stylegauge.datasets.resize import square, squared
from stylegauge.datasets.workers import Worker

T = TypeVar("T")
R = TypeVar("R")
Pixels = NDArray[np.uint8]

FEW = 16  # items that are done before a worker has started
OnError = Literal["stop", "skip"]
ON_ERROR: tuple[str, ...] = get_args(OnError)


@dataclass(frozen=True)
class Decoded:
    """One picture, uint8 [H, W, 3]; or None and, in `error`, why it cannot be read."""

    path: Path
    pixels: Pixels | None
    error: str


@dataclass(frozen=True)
class Facts:
    """What a split file states of a picture.

    file_sha256, bytes: of the file as it lies there
    width, height: of the picture upright, before it is squared
    pixels_sha256: of the pixels at the size asked for, as `images.pixels_sha256` makes it
    error: why the picture cannot be read, and then width and height are 0 and pixels_sha256 is ""
    """

    path: Path
    file_sha256: str
    bytes: int
    width: int
    height: int
    pixels_sha256: str
    error: str


def decoded(
    paths: Iterable[str | Path], size: int | None, *, workers: int | None = None, on_error: OnError = "stop"
) -> Iterator[Decoded]:
    """The pictures of `paths` in their order, as `resize.square` makes them of `size` pixels; None: as stored.

    on_error: "stop" raises the ImageError of a picture that cannot be read, which names its file; "skip" yields it with
    its error and goes on. What else goes wrong is raised under both.
    """
    _check_policy(on_error)
    return ordered_map(partial(_decoded, size=size, on_error=on_error), map(Path, paths), workers=workers)


def facts(
    paths: Iterable[str | Path], size: int | None, *, workers: int | None = None, on_error: OnError = "stop"
) -> Iterator[Facts]:
    """File and pixel hashes of `paths` in their order; the pixels stay in the workers.

    size: what the pixels are squared to before they are hashed, None: as stored; on_error: as for `decoded`
    """
    _check_policy(on_error)
    return ordered_map(partial(_facts, size=size, on_error=on_error), map(Path, paths), workers=workers)


def ordered_map(
    task: Callable[[T], R], items: Iterable[T], *, workers: int | None = None, ahead: int = 4
) -> Iterator[R]:
    """`task` of each item, in the items' order, computed in worker processes.

    task: importable, that is a function of a module or a `partial` of one, never of the script itself
    workers: None for as many as there are cores for this process. With one, or for less than FEW items, this process
    does the work itself: a worker takes a fifth of a second to start.
    ahead: how many items a worker may have that nobody has read yet
    raises: what the task raises, at its item's place; UsageError that names the item where a worker was killed
    Workers end with the iterator, whether it is read to its end, closed, dropped or left by an exception or Ctrl-C.
    """
    if workers is None:
        workers = cores()
    if workers < 1 or ahead < 1:
        raise ValueError(f"ordered_map takes at least 1 worker and 1 item ahead, found {workers} and {ahead}")
    if getattr(getattr(task, "func", task), "__module__", "") == "__main__":
        raise ValueError(f"{task} is defined in the script that runs, which workers do not import; move it to a module")
    rest = iter(items)
    first = list(islice(rest, FEW))
    if workers == 1 or len(first) < FEW:
        return map(task, chain(first, rest))
    return _mapped(task, chain(first, rest), workers, ahead)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _mapped(task: Callable[[T], R], items: Iterator[T], workers: int, ahead: int) -> Iterator[R]:
    """Item by item to one worker after the other, and the answers in the same turn: that is their order."""
    team: list[Worker] = []
    try:
        team += [Worker(task) for _ in range(workers)]
        asked = answered = 0
        for item in islice(items, workers * ahead):
            team[asked % workers].ask(item)
            asked += 1
        while answered < asked:
            answer = team[answered % workers].answer()
            for item in islice(items, 1):
                team[asked % workers].ask(item)
                asked += 1
            answered += 1
            yield answer
    finally:
        for worker in team:
            worker.end()


def _check_policy(on_error: str) -> None:
    if on_error not in ON_ERROR:
        raise UsageError(f"no policy '{on_error}' for pictures that cannot be read; there are: {', '.join(ON_ERROR)}")


def _decoded(path: Path, size: int | None, on_error: str) -> Decoded:
    try:
        return Decoded(path, load_image(path) if size is None else squared(path, size), "")
    except ImageError as error:
        if on_error == "stop":
            raise
        return Decoded(path, None, str(error))


def _facts(path: Path, size: int | None, on_error: str) -> Facts:
    digest, length = "", 0
    try:
        data = _read(path)
        digest, length = hashlib.sha256(data).hexdigest(), len(data)
        pixels = load_image(path)
        height, width = pixels.shape[:2]
        return Facts(
            path, digest, length, width, height, pixels_sha256(pixels if size is None else square(pixels, size)), ""
        )
    except ImageError as error:
        if on_error == "stop":
            raise
        return Facts(path, digest, length, 0, 0, "", str(error))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"cannot read image '{path}': {error.strerror}") from error
