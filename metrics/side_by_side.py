"""Pictures side by side: as many at once as there are cores, each computed by one thread.

A convolution of one small picture keeps two threads waiting for each other for half of the time, and how many share it
moves its last digits. One thread a picture is faster, and gives the same numbers on any number of cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Barrier
from typing import TypeVar

import torch

A = TypeVar("A")
B = TypeVar("B")


class SideBySide:
    """Works on several items at once, in so many threads; with one, in the caller's own."""

    def __init__(self, workers: int) -> None:
        self._pool = _started(workers) if workers > 1 else None

    def each(self, work: Callable[[A], B], items: Iterable[A]) -> list[B]:
        """What is made of every item, in their order; the caller's inference mode holds. Raises what `work` raises."""
        if self._pool is None:
            return [work(item) for item in items]
        inference = torch.is_inference_mode_enabled()

        def alike(item: A) -> B:
            with torch.inference_mode(inference):
                return work(item)

        return list(self._pool.map(alike, items))


@lru_cache(maxsize=4)
def _started(workers: int) -> ThreadPoolExecutor:
    """Threads that have all taken their setting: what one sets is what later threads begin with, so the caller's own
    is put back when the last has it."""
    pool = ThreadPoolExecutor(workers, "pictures", initializer=torch.set_num_threads, initargs=(1,))
    together, threads = Barrier(workers), torch.get_num_threads()
    list(pool.map(lambda _: together.wait(), range(workers)))
    torch.set_num_threads(threads)
    return pool
