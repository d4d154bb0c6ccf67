"""Worker processes for work on many files: clean, one thread each, gone when whoever asked is done or dead.

A worker is a fresh interpreter, never a fork: a copy of a process whose OpenMP or torch threads have started can hang
at its first lock. It imports the module of its task and nothing else, so neither torch nor the caller's script.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import IO, Any

from stylegauge.datasets.errors import UsageError

_COUNT = struct.Struct("<Q")
_PIPE_BYTES = 1 << 20  # a picture of 512 pixels passes at once; the most that Linux gives without privileges
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# glibc gives the memory of every picture back to the system and faults it in again for the next; a worker keeps it.
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}


class Worker:
    """One process that applies `task` to what it is sent and answers in the same order."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        # It keeps the number of the item under way: a killed worker takes answers along that were not sent yet.
        self._begun: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  closed in `end`
        self._waiting: dict[int, Any] = {}
        self._sent = self._answered = 0
        number = self._begun.fileno()
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-P", "-c", f"from stylegauge.datasets.workers import serve; serve({number})"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(number,),
            process_group=0,  # Ctrl-C reaches us alone, and we end the workers
            env=os.environ | dict.fromkeys(_ONE_THREAD, "1") | _KEEP_MEMORY | {"PYTHONPATH": _paths()},
        )
        _widen(self._process.stdout)
        self._send(task)

    def ask(self, item: Any) -> None:
        """Send an item; never waits for an answer."""
        self._waiting[self._sent] = item
        self._sent += 1
        self._send(item)

    def answer(self) -> Any:
        """What the task made of the first item that is not answered yet; what it raised is raised here.

        raises: UsageError that names the item where the process was killed
        """
        try:
            succeeded, value = _receive(self._process.stdout)
        except EOFError:
            raise UsageError(self._death()) from None
        del self._waiting[self._answered]
        self._answered += 1
        if succeeded:
            return value
        raise value

    def end(self) -> None:
        """Kill the process, whatever it does; tasks leave nothing half done that a kill could harm."""
        self._process.kill()
        self._process.wait()
        for file in (self._process.stdin, self._process.stdout, self._begun):
            with contextlib.suppress(BrokenPipeError):  # what was still to be sent to a dead worker
                file.close()  # type: ignore[union-attr]

    def _send(self, thing: Any) -> None:
        with contextlib.suppress(BrokenPipeError):  # it is dead, which `answer` tells at the item's place
            pickle.dump(thing, self._process.stdin, protocol=5)  # type: ignore[arg-type]
            self._process.stdin.flush()  # type: ignore[union-attr]

    def _death(self) -> str:
        status = self._process.wait()
        begun = os.pread(self._begun.fileno(), _COUNT.size, 0)
        place = max(self._answered, _COUNT.unpack(begun)[0] if begun else 0)
        how = f"ended with status {status}"
        if status < 0:
            how = f"was killed by {signal.Signals(-status).name}"
        if status == -signal.SIGKILL:
            how += ", as the kernel does where memory runs out"
        return f"a worker process {how}; it was at '{self._waiting[place]}'"


def _paths() -> str:
    """Where the worker finds what this process can import; '' is the folder we are in."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)


def _widen(pipe: Any) -> None:
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):  # a system that allows less is as right, and slower by some wake-ups
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _receive(file: Any) -> Any:
    """One pickled thing; its arrays are read straight into their memory, without a copy between."""
    counts = [_COUNT.unpack(_exactly(file, _COUNT.size))[0]]
    counts += (_COUNT.unpack(_exactly(file, _COUNT.size))[0] for _ in range(counts[0]))
    data, *buffers = (_exactly(file, count) for count in counts[1:])
    return pickle.loads(data, buffers=buffers)  # noqa: S301  from our own process


def _exactly(file: Any, count: int) -> bytearray:
    data = bytearray(count)
    if file.readinto(data) != count:
        raise EOFError
    return data


def serve(begun: int) -> None:
    """What a worker does: a task from stdin, then items; answers to stdout, until stdin ends.

    begun: a file descriptor that is told the number of each item as it begins
    """
    asked = os.fdopen(os.dup(0), "rb")
    answers = os.dup(1)
    os.dup2(2, 1)  # what a decoder prints must not end up among the answers
    made: queue.SimpleQueue[list[Any]] = queue.SimpleQueue()
    # Answers wait here while nobody reads them, so that work goes on; the asker limits how many there are.
    threading.Thread(target=_write_all, args=(made, answers), daemon=True).start()
    number = 0
    try:
        task = pickle.load(asked)  # noqa: S301  from the process that started this one
        while True:
            item = pickle.load(asked)  # noqa: S301
            os.pwrite(begun, _COUNT.pack(number), 0)
            made.put(_packed(task, item))
            number += 1
    except EOFError:
        os._exit(0)  # nobody is left to read an answer


def _packed(task: Callable[[Any], Any], item: Any) -> list[Any]:
    try:
        return _pickled((True, task(item)))
    except BaseException as error:
        try:
            packed = _pickled((False, error))
            pickle.loads(packed[0])  # noqa: S301  some exceptions can be written and not read
        except Exception:
            packed = _pickled((False, RuntimeError(f"{type(error).__name__}: {error}")))
        return packed


def _pickled(thing: Any) -> list[Any]:
    """The pickle, then the memory of each array in it."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
    return [data, *(buffer.raw() for buffer in buffers)]


def _write_all(made: queue.SimpleQueue[list[Any]], answers: int) -> None:
    try:
        while True:
            parts = made.get()
            counts = [len(parts), *(len(part) for part in parts)]
            for part in (b"".join(map(_COUNT.pack, counts)), *parts):
                _write(answers, part)
    except BrokenPipeError:
        os._exit(0)


def _write(file: int, data: Any) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
