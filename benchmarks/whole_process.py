"""What the command costs as a whole process: the quick suite, the same again, `--help` and `list`.

    python benchmarks/whole_process.py [--quick]

Prints wall and CPU seconds and the peak resident memory of the largest process, as the operating system accounts for
them, next to Python's own start in the same sitting. `--quick` also runs the whole quick suite, with an empty cache.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, str(Path(__file__).resolve().parents[1] / "run_benchmark.py")]


def measure(words: list[str], environment: dict[str, str] | None = None) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MiB of one process and its children."""
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(words)} ended with status {status}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def median_cpu(words: list[str], runs: int = 7) -> float:
    """Median CPU seconds over some runs, one warm-up left out."""
    measure(words)
    return sorted(measure(words)[1] for _ in range(runs))[runs // 2]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="also run the quick suite from nothing (minutes)")
    quick = parser.parse_args().quick
    start = median_cpu([sys.executable, "-c", "pass"])
    print(f"python's own start: {start:.3f} s of CPU")
    for words in (["--help"], ["list", "models"], ["list", "metrics"], ["list", "suites"]):
        cpu = median_cpu([*COMMAND, *words])
        print(f"{' '.join(words):<14} {cpu - start:.3f} s of CPU beyond it, {cpu / start:.1f} x its own start")
    if not quick:
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"STYLEGAUGE_CACHE": f"{folder}/cache"}
        words = [*COMMAND, "run", "--out", f"{folder}/run"]
        for title in ("quick suite, first run", "quick suite, again"):
            wall, cpu, memory = measure(words, environment)
            print(f"{title}: {wall:.1f} s of wall, {cpu:.1f} s of CPU, {memory:.0f} MiB at its peak")
        page = Path(folder, "run", "report.html").stat().st_size
        print(f"report.html: {page / 1e6:.2f} MB")
    print(f"largest child: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
