"""The engine against the pile of scripts it replaces: the same numbers of the same PNG files, side by side.

    python benchmarks/metrics_vs_peers.py [--generators 5] [--contents 20] [--styles 10] [--sides pile,vgg19,vgg,...]

The pile is what people run today: scikit-image for PSNR and SSIM, `lpips` with VGG-16, a plain torch loop for Gram
matrices of VGG-19, pytorch-fid, and KID on pytorch-fid's features. Ours is the engine on the same files:

    vgg19   the same metrics, Gram on VGG-19
    vgg     Gram on the VGG-16 pass that LPIPS needs anyway
    fast    the same with numerics "fast"
    bare    nothing but the forward passes that "vgg19" needs, on tensors in memory, by torch's own layers: the limit
    bare-vgg, bare-fast   the limits of the other two
    passes, passes-vgg, passes-fast   the same by the engine's layers (metrics/backbones/fused.py)

At the end it says where the time goes that is not spent in the networks.

Each side is a process of its own that has imported everything; generator by generator they take turns, so that a
machine that slows down slows all of them. Weights are random ones in the official formats (official_files.py): times
are the same, and both sides read the same files, so their numbers must agree too. Contents and styles are met in the
first generator and known in the others, as in a run. No cache of an earlier run is used.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from sides import PLANS

SIDES = ("pile", "vgg19", "bare", "passes", "vgg", "bare-vgg", "passes-vgg", "fast", "bare-fast", "passes-fast")
LIMITS = {"vgg19": ("bare", "passes"), "vgg": ("bare-vgg", "passes-vgg"), "fast": ("bare-fast", "passes-fast")}


def make_pictures(folder, generators, contents, styles, size):
    """Contents, styles and outputs as PNG: smooth random fields, mixed by each generator in its own way."""
    import numpy as np
    from scipy.ndimage import gaussian_filter

    from stylegauge.datasets.images import write_png

    rng = np.random.default_rng(0)

    def field(blur):
        noise = gaussian_filter(rng.standard_normal((size, size, 3)), (blur, blur, 0))
        return np.clip(0.5 + 0.2 * noise / noise.std(), 0, 1)

    drawn = {"content": [field(6) for _ in range(contents)], "style": [field(1.5) for _ in range(styles)]}
    for role, images in drawn.items():
        (folder / role).mkdir(parents=True)
        for i, image in enumerate(images):
            write_png(folder / role / f"{role[0]}{i:02d}.png", (image * 255).round().astype(np.uint8))
    for generator in range(generators):
        out = folder / f"generator{generator}"
        out.mkdir()
        for c, s in itertools.product(range(contents), range(styles)):
            mixed = (0.7 - 0.1 * generator) * drawn["content"][c] + (0.3 + 0.1 * generator) * drawn["style"][s]
            mixed = np.clip(mixed + 0.03 * rng.standard_normal(mixed.shape), 0, 1)
            write_png(out / f"c{c:02d}__s{s:02d}.png", (mixed * 255).round().astype(np.uint8))


def start(side, folder, weights):
    environment = os.environ | {
        "TORCH_HOME": str(weights / "torch"),
        "STYLEGAUGE_CACHE": str(folder / "cache" / side),
        "OMP_WAIT_POLICY": "PASSIVE",  # as the command sets it, for all sides
        "GOMP_SPINCOUNT": "10000",
    }
    words = [sys.executable, str(Path(__file__).with_name("sides.py")), side, str(folder), str(weights)]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    assert process.stdout.readline().strip() == "ready", f"{side} did not start"
    return process


def compare(arguments):
    import runpy

    write = runpy.run_path(str(Path(__file__).with_name("official_files.py")))["write"]
    with tempfile.TemporaryDirectory() as temporary:
        folder, weights = Path(temporary) / "pictures", Path(temporary) / "weights"
        make_pictures(folder, arguments.generators, arguments.contents, arguments.styles, arguments.size)
        for name in ("vgg", "vgg19", "inception"):
            write(weights, name)
        hub = weights / "torch" / "hub"
        hub.mkdir(parents=True)
        (hub / "checkpoints").symlink_to(weights)
        processes = {side: start(side, folder, weights) for side in arguments.sides}
        seconds = {side: [] for side in arguments.sides}
        numbers = {side: [] for side in arguments.sides}
        for generator in range(arguments.generators):
            for side, process in processes.items():
                process.stdin.write(f"{generator}\n")
                process.stdin.flush()
                wall, cpu, found = json.loads(process.stdout.readline())
                seconds[side].append(wall)
                numbers[side].append(found)
                print(f"generator {generator}, {side}: {wall:.1f} s wall, {cpu:.1f} s CPU", flush=True)
        for side in (side for side in PLANS if side in processes):
            processes[side].stdin.write("where\n")
            processes[side].stdin.flush()
            spent, images = json.loads(processes[side].stdout.readline()), arguments.contents * arguments.styles
            parts = (f"{what} {1000 * seconds / images:.1f}" for what, seconds in spent.items())
            print(f"{side}, ms an image under a profiler: {', '.join(parts)}", flush=True)
        for process in processes.values():
            process.stdin.close()
            process.wait()
    report(arguments, seconds, numbers)


def report(arguments, seconds, numbers):
    pairs = arguments.contents * arguments.styles
    images = arguments.generators * pairs
    print(f"\n{arguments.generators} generators x {pairs} pairs, {arguments.size} px")
    for side, each in seconds.items():
        line = f"{side:9} {sum(each):7.1f} s in all, {1000 * sum(each) / images:6.0f} ms an image, median "
        line += f"{statistics.median(each):6.1f} s a generator"
        if "pile" in seconds and side != "pile":
            ratio = statistics.median(a / b for a, b in zip(seconds["pile"], each))
            line += f"; pile takes {sum(seconds['pile']) / sum(each):.2f} times as long (median {ratio:.2f})"
        for limit in (limit for limit in LIMITS.get(side, ()) if limit in seconds):
            line += f"; {sum(each) / sum(seconds[limit]):.3f} times {limit}"
        print(line)
    names = ("psnr", "ssim", "lpips", "gram", "fid", "kid")
    for side in (s for s in PLANS if s in numbers and "pile" in numbers):
        both = list(zip(numbers[side], numbers["pile"], strict=True))
        differences = [max(abs(a[i] - b[i]) / max(abs(b[i]), 1e-12) for a, b in both) for i in range(len(names))]
        print(f"{side}: largest relative difference from the pile: "
              + ", ".join(f"{name} {value:.1e}" for name, value in zip(names, differences)))  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--generators", type=int, default=5)
    parser.add_argument("--contents", type=int, default=20)
    parser.add_argument("--styles", type=int, default=10)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--sides", type=lambda text: text.split(","), default=list(SIDES))
    compare(parser.parse_args())
