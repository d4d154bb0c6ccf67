"""How long split files of 10,000 and 100,000 pictures take to load and how much memory, and what large pairings cost.

    python benchmarks/split_files.py [--runs 5] [--pictures DIR]

Files are of made-up hashes, as nothing else of a picture matters to loading; each is read in a fresh process, which
states its highest resident memory, the interpreter and imports included. With --pictures, also: the seconds in which
`faults` checks every file of a split locked from that folder of contents and styles.
"""

import argparse
import hashlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from stylegauge.datasets.pairs import balanced
from stylegauge.datasets.splits import Item, Split, lock_split, write_split
from stylegauge.datasets.splits.pairing import derive
from stylegauge.datasets.splits.verify import faults

READ = """
import re, sys, time
from stylegauge.datasets.splits import read_split
began, used = time.perf_counter(), time.process_time()
split = read_split(sys.argv[1])
seconds, used = time.perf_counter() - began, time.process_time() - used
# TRICKY: getrusage's figure would be that of this script, from which the process was forked.
peak = re.search("VmHWM:\\s+([0-9]+)", open("/proc/self/status").read())[1]
print(seconds, used, int(peak) // 1024, len(split.items), len(split.pairs))
"""
SPLITS = (
    (9_000, 1_000, 0, "k=4"),
    (10_000, 1_000, 89_000, "k=4"),
    (90_000, 10_000, 0, "k=1"),
    (90_000, 10_000, 0, "k=4"),
)  # contents, styles, pictures to train on, pairing


def item(role: str, number: int, groups: int) -> Item:
    """A picture that nobody has, with names as long as those of COCO and WikiArt."""
    digest = hashlib.sha256(f"{role} {number}".encode()).hexdigest()
    group = f"painter-number-{number % groups}" if role == "style" else f"{number:012}"
    file = f"{role}/{group}/{number:012}.jpg"
    facts = {"file_sha256": digest[::-1], "bytes": 100_000 + number, "width": 640, "height": 480}
    return Item(f"{role[0]}{number:012}", role, group, "", digest, None, file, file, **facts, licence="CC BY 2.0")


def write(path: Path, contents: int, styles: int, train: int, rule: str) -> None:
    roles = {"content": contents, "style": styles, "train": train}
    items = {role: tuple(item(role, number, 100) for number in range(count)) for role, count in roles.items()}
    pairs = derive(rule, items["content"], items["style"], 0)
    write_split(Split("large", 256, items["content"], items["style"], (), pairs, rule, 0, items["train"]), path)


def loaded(path: Path, runs: int) -> None:
    command = [sys.executable, "-c", READ, path]
    told = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(runs)]
    seconds, used = ([float(words[place]) for words in told] for place in (0, 1))
    print(f"{told[0][3]} pictures, {told[0][4]} pairs, {path.stat().st_size / 1e6:.0f} MB: {min(seconds):.2f} to "
          f"{max(seconds):.2f} s, {statistics.median(used):.2f} s of CPU, {told[0][2]} MiB")  # fmt: skip


def paired(contents: int, styles: int, k: int) -> None:
    names = [f"c{i}" for i in range(contents)], [f"s{i}" for i in range(styles)]
    began = time.perf_counter()
    pairs = balanced(*names, k)
    seconds = time.perf_counter() - began
    met: dict[str, list[str]] = {}
    for content, style in pairs:
        met.setdefault(content, []).append(style)
    uses = Counter(style for _, style in pairs)
    shared = Counter((a, b) for hand in met.values() for a in hand for b in hand if a < b)
    print(f"{contents} x {styles}, k = {k}: {seconds:.2f} s; each style {min(uses.values())} to {max(uses.values())} "
          f"times; two styles share at most {max(shared.values(), default=0)} contents")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pictures", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for contents, styles, train, rule in SPLITS:
            path = Path(folder, "split.json")
            write(path, contents, styles, train, rule)
            loaded(path, asked.runs)
    for design in ((20, 40, 3), (100, 100, 8), (1_000, 1_000, 4), (10_000, 1_000, 4)):
        paired(*design)
    if asked.pictures:
        split = lock_split([asked.pictures], "large", pairs_rule="k=1")
        began = time.perf_counter()
        found = list(faults(split))
        print(f"{len(split.items)} files verified in {time.perf_counter() - began:.1f} s: {len(found)} faults")


if __name__ == "__main__":
    main()
