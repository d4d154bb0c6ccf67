"""Whether memory grows with the number of pictures: the whole command over 1,050 and over 19,950 outputs.

    python benchmarks/memory.py [--each 7 133] [--side 64]

Both over the same contents and styles, whose features are kept in memory up to a fixed size: it is the outputs that are
more. Makes a folder of outputs, runs `run --model folder:...` over it in a process of its own, and prints the highest
resident memory that the operating system accounts for it, the report included. The embedded backbone, so it needs no
weights; set_metrics.py does the same for sets of 2048 dimensions.
"""

import argparse
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from stylegauge.datasets.images import write_png

ROOT = Path(__file__).resolve().parents[1]
CONTENTS, STYLES = 150, 150
METRICS = "psnr,ssim,lpips,gram,fid,kid"  # without the gate, whose curve takes longer than all of them


def make(folder: Path, side: int) -> None:
    """Contents, styles and their outputs: noise over a colour, another for each."""
    rng = np.random.default_rng(0)

    def picture() -> np.ndarray:
        colour = rng.integers(40, 216, 3)
        return np.clip(colour + rng.normal(0, 25, (side, side, 3)), 0, 255).astype(np.uint8)

    for role, count in (("contents", CONTENTS), ("styles", STYLES)):
        (folder / role).mkdir(parents=True)
        for i in range(count):
            write_png(folder / role / f"{role[0]}{i:03d}.png", picture())
    (folder / "outputs").mkdir()
    for c, s in itertools.product(range(CONTENTS), range(STYLES)):
        write_png(folder / "outputs" / f"c{c:03d}__s{s:03d}.png", picture())


def peak(folder: Path, each: int, side: int) -> tuple[float, float]:
    """Peak MiB and seconds of the run over a folder."""
    words = [
        sys.executable, str(ROOT / "run_benchmark.py"), "run", "--quiet", "--metrics", METRICS, "--size", side,
        "--contents", folder / "contents", "--styles", folder / "styles", "--pairs", f"k={each}",
        "--model", f"folder:{folder / 'outputs'}", "--out", folder / f"run{each}",
    ]  # fmt: skip
    start = time.perf_counter()
    process = os.posix_spawn(
        sys.executable, [str(word) for word in words], os.environ | {"STYLEGAUGE_CACHE": str(folder / "cache")}
    )
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"the run ended with status {status}")
    return usage.ru_maxrss / 1024, time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--each", type=int, nargs="+", default=[7, 133], help="styles that each content meets")
    parser.add_argument("--side", type=int, default=64)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        make(Path(temporary), given.side)
        for each in given.each:
            memory, seconds = peak(Path(temporary), each, given.side)
            print(f"{each * CONTENTS:6} outputs: {memory:7.0f} MiB, {seconds:7.1f} s", flush=True)
