"""How near the loader comes to bare processes that do nothing but decode and resize, and how fast it hashes.

    python benchmarks/loader.py [--rounds 5] [--pictures 600] [--facts 10000]

Bare: two processes with half of the files each, `Image.open(...).convert("RGB")`, Pillow's bicubic to the shorter side,
centre crop, as an array; nothing is sent anywhere. The loader: `decoded` with two workers, every picture received by
this process. Both are timed once they run (imports and starts left out), in turn, round by round. CPU seconds are of
all processes concerned and include the loader's own start, which is told apart.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from stylegauge.datasets.loading import decoded, facts
from stylegauge.datasets.resize import square
from stylegauge.datasets.scenes import render_scene

PROCESSES = 2
KINDS = (  # what, file's suffix, its width and height, size asked for
    ("JPEG 640x480 to 256", "jpg", (640, 480), 256),
    ("JPEG 640x480 to 512", "jpg", (640, 480), 512),
    ("PNG 512x512 to 256", "png", (512, 512), 256),
    ("JPEG 512x512 as it is", "jpg", (512, 512), 512),
    ("PNG 256x256 as it is", "png", (256, 256), 256),
)


def main() -> None:
    """Measure and print a table."""
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--pictures", type=int, default=600)
    words.add_argument("--facts", type=int, default=10_000)
    words.add_argument("--bare", nargs=2, metavar=("LIST", "SIZE"))
    asked = words.parse_args()
    if asked.bare:
        bare(Path(asked.bare[0]).read_text().split("\n"), int(asked.bare[1]))
        return
    with tempfile.TemporaryDirectory() as place:
        print("| pictures | bare, a second | loader | ratio (of each round) | CPU ms a picture: bare, loader |")
        print("|---|---|---|---|---|")
        for what, suffix, shape, size in KINDS:
            compare(what, repeated(written(Path(place), suffix, shape), asked.pictures), size, asked.rounds, place)
        verify(Path(place), asked.facts)


def written(folder: Path, suffix: str, shape: tuple[int, int]) -> list[Path]:
    """Sixteen rendered scenes as files of that shape."""
    paths = []
    for seed in range(100, 116):
        path = folder / f"{shape[0]}x{shape[1]}-{seed}.{suffix}"
        if not path.exists():
            picture = square(render_scene(seed, 256).image, max(shape))[: shape[1], : shape[0]]
            noise = np.random.default_rng(seed).normal(0, 4, picture.shape)  # as of a camera: flat areas decode fast
            Image.fromarray((picture + noise).clip(0, 255).astype(np.uint8)).save(path, quality=90)
        paths.append(path)
    return paths


def repeated(paths: list[Path], count: int) -> list[Path]:
    """`count` paths, over and over the same."""
    return (paths * (count // len(paths) + 1))[:count]


def compare(what: str, paths: list[Path], size: int, rounds: int, place: str) -> None:
    """One line of the table."""
    both = [(two_bare(paths, size, place), loader(paths, size)) for _ in range(rounds)]
    (bare_rate, bare_cpu), (rate, cpu) = (map(statistics.median, zip(*side)) for side in zip(*both))
    ratios = sorted(ours[0] / theirs[0] for theirs, ours in both)
    spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    print(f"| {what} | {bare_rate:.0f} | {rate:.0f} | {spread} | {bare_cpu * 1e3:.2f}, {cpu * 1e3:.2f} |", flush=True)


def two_bare(paths: list[Path], size: int, place: str) -> tuple[float, float]:
    """Pictures a second, and CPU seconds a picture, of processes that run beside each other."""
    team = []
    for number in range(PROCESSES):
        listed = Path(place, f"list-{number}")
        listed.write_text("\n".join(map(str, paths[number::PROCESSES])))
        command = [sys.executable, __file__, "--bare", str(listed), str(size)]
        team.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ONE_THREAD))
    for one in team:
        one.stdout.readline()
    start = time.perf_counter()
    for one in team:
        one.stdin.write("go\n")
        one.stdin.flush()
    cpu = sum(float(one.stdout.readline()) for one in team)
    seconds = time.perf_counter() - start
    for one in team:
        one.communicate()
    return len(paths) / seconds, cpu / len(paths)


ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def bare(paths: list[str], size: int) -> None:
    """What one bare process does."""
    plain(paths[0], size)
    print("ready", flush=True)
    sys.stdin.readline()
    before = time.process_time()
    for path in paths:
        plain(path, size)
    print(time.process_time() - before, flush=True)


def plain(path: str, size: int) -> np.ndarray:
    """The shorter side to `size`, then the centre, by Pillow alone."""
    picture = Image.open(path).convert("RGB")
    scale = size / min(picture.size)
    if scale != 1:
        picture = picture.resize([round(side * scale) for side in picture.size], Image.Resampling.BICUBIC)
    left, top = ((side - size) // 2 for side in picture.size)
    if (left, top) != (0, 0):
        picture = picture.crop((left, top, left + size, top + size))
    return np.asarray(picture)


def loader(paths: list[Path], size: int) -> tuple[float, float]:
    """Pictures a second from the first one on, and CPU seconds a picture."""
    before = sum(os.times()[:4])
    pictures = decoded(paths, size, workers=PROCESSES)
    early = len(list(islice(pictures, 8 * PROCESSES)))  # by then the workers run; what is done ahead is as much
    start = time.perf_counter()
    late = sum(1 for _ in pictures)
    rate = late / (time.perf_counter() - start)
    return rate, (sum(os.times()[:4]) - before) / (early + late)


def verify(folder: Path, count: int) -> None:
    """Hash that many PNG files of 256 pixels, of the file and of its pixels."""
    paths = repeated(written(folder, "png", (256, 256)), count)
    before, start = sum(os.times()[:4]), time.perf_counter()
    found = sum(not each.error for each in facts(paths, 256, workers=PROCESSES))
    seconds, cpu = time.perf_counter() - start, sum(os.times()[:4]) - before
    print(f"\n{found} PNG files of 256 pixels, file and pixels hashed: {seconds:.1f} s, {cpu:.1f} CPU seconds")


if __name__ == "__main__":
    main()
