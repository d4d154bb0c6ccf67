"""What set metrics cost at 2048 dimensions: the distance, the refits behind an interval, and memory as sets grow.

    python benchmarks/set_metrics.py [--threads 2] [--sizes 1000 5000 20000]

Features are drawn: rectified, with a steep spectrum and some channels that are never active, as an Inception's are.
Memory is the highest resident size (VmHWM, so Linux) of a process of its own that reads units of 8 outputs and makes
their rows of FID and KID, intervals included, next to what Python and its imports took.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from threadpoolctl import threadpool_limits

from stylegauge.benchmark.sets import Outputs, ReferenceSet, set_rows
from stylegauge.benchmark.unit_features import unit_features
from stylegauge.datasets.splits import Item, Split
from stylegauge.metrics.frechet import FrechetRefits, frechet
from stylegauge.metrics.info import MetricInfo

WIDTH, UNIT, SOURCE = 2048, 8, "inception"
GRIDS = {1_000: (50, 20), 5_000: (100, 50), 20_000: (200, 100)}  # contents, styles
REFERENCES = 384
SETS = tuple(
    MetricInfo(f"{name}@{SOURCE}", "set", "set", False, "", (SOURCE,), "", f"stylegauge.metrics.{name}:{name}", "")
    for name in ("fid", "kid")
)


def features(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    """[n, WIDTH] float32."""
    mix = np.random.default_rng(0).standard_normal((WIDTH, WIDTH)) * (np.arange(1, WIDTH + 1) ** -0.8)[:, None] * 0.3
    x = np.random.default_rng(seed).standard_normal((n, WIDTH)) @ mix + 0.1 + shift
    x[:, :7] = 0
    return np.maximum(x, 0).astype(np.float32)


def timed(title: str, work: Callable[[], object], repeats: int = 3) -> None:
    """Print the least time of some runs, other processes only ever adding to it, and the processor time of that run."""
    seconds = []
    for _ in range(repeats):
        start, cpu = time.perf_counter(), time.process_time()
        work()
        seconds.append((time.perf_counter() - start, time.process_time() - cpu))
    print("{:<58} {:7.3f} s, {:7.3f} s of CPU".format(title, *min(seconds)))


def highest_mib() -> float:
    """Of this process; unlike getrusage's, nothing of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def jackknifed(outputs: np.ndarray, references: np.ndarray, paired: bool) -> None:
    """The whole and the 60 refits of 20 contents by 40 styles."""
    refits = FrechetRefits(outputs, references)
    contents, styles = np.divmod(np.arange(800), 40)
    refits.distance()
    for groups, count in ((contents, 20), (styles, 40)):
        for group in range(count):
            kept = groups != group
            refits.distance(kept, kept if paired else None)


def split_of(n: int) -> Split:
    """A full grid of n pairs."""

    def item(role: str, number: int) -> Item:
        return Item(f"{role}{number}", role, f"{role}{number}", "", None, "", None, "")

    rows, columns = GRIDS[n]
    contents = tuple(item("content", number) for number in range(rows))
    styles = tuple(item("style", number) for number in range(columns))
    pairs = tuple((content.id, style.id) for content in contents for style in styles)
    return Split("grid", 32, contents, styles, (), pairs)


def write_units(folder: Path, n: int) -> None:
    """n outputs in units, and the references."""
    folder.mkdir()
    for start in range(0, n, 1000):
        block = features(1000, seed=start + 1)
        for i in range(0, 1000, UNIT):
            save_file({SOURCE: block[i : i + UNIT]}, folder / f"{start + i:06d}.safetensors")
    save_file({SOURCE: features(REFERENCES, seed=1_000_000, shift=0.02)}, folder / "references.safetensors")


def make_rows(folder: Path, n: int) -> None:
    """In a process of its own: the rows of the units, and what they took."""
    before, start, cpu = highest_mib(), time.perf_counter(), time.process_time()
    *files, references = sorted(folder.iterdir())
    split = split_of(n)
    outputs = Outputs(list(split.pairs), unit_features(files, [UNIT] * len(files), [SOURCE]))
    against = unit_features([references], [REFERENCES], [SOURCE])
    nowhere = ("",) * REFERENCES
    rows = set_rows("m", SETS, outputs, ReferenceSet(against, nowhere, tuple(map(str, range(REFERENCES))), ""), split)
    seconds = f"{time.perf_counter() - start:.1f} s, {time.process_time() - cpu:.1f} s of CPU"
    print(f"rows of {n} outputs: {seconds}, {highest_mib():.0f} MiB at its peak, {before:.0f} before")
    for row in rows:
        print("   ", *row[1:3], *(f"{number:.6g}" for number in row[3:6]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="*", default=sorted(GRIDS), choices=sorted(GRIDS))
    parser.add_argument("--rows-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    threadpool_limits(options.threads)
    if options.rows_of:
        make_rows(options.rows_of, options.sizes[0])
        return
    print(f"{WIDTH} dimensions, {options.threads} threads")
    for n in (500, 5000):
        a, b = features(n, 1), features(n, 2, 0.02)
        timed(f"Frechet distance, {n} against {n}", lambda a=a, b=b: frechet(a, b))
    outputs, others, styles = features(800, 1), features(800, 2, 0.02), features(40, 3, 0.02)
    repeated = styles[np.arange(800) % 40]
    for title, references, paired in (
        ("40 references", styles, False),
        ("800 references, 40 of them different, left out alike", repeated, True),
        ("800 references, all different", others, False),
    ):
        timed(f"60 refits, {title}", lambda r=references, p=paired: jackknifed(outputs, r, p), repeats=1)
    for n in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_units(Path(folder, "units"), n)
            words = [sys.executable, __file__, "--threads", str(options.threads), "--sizes", str(n)]
            subprocess.run([*words, "--rows-of", f"{folder}/units"], check=True)


if __name__ == "__main__":
    main()
