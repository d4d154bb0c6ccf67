"""The engine against the pile of scripts it replaces: the same numbers of the same PNG files, side by side.

    python benchmarks/metrics_vs_peers.py [--generators 5] [--contents 20] [--styles 10] [--sides pile,vgg19,vgg,...]

The pile is what people run today: scikit-image for PSNR and SSIM, `lpips` with VGG-16, a plain torch loop for Gram
matrices of VGG-19, pytorch-fid, and KID on pytorch-fid's features. Ours is the engine on the same files:

    vgg19   the same metrics, Gram on VGG-19
    vgg     Gram on the VGG-16 pass that LPIPS needs anyway
    fast    the same with numerics "fast"
    bare    nothing but the forward passes that "vgg19" needs, on tensors in memory: the limit
    bare-vgg, bare-fast   the limits of the other two

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
from functools import lru_cache
from pathlib import Path

UNIT = 8  # outputs that are scored together, as in a run
INCEPTION = "inception-legacy"  # with the resize that the pile has
SIDES = ("pile", "vgg19", "bare", "vgg", "bare-vgg", "fast", "bare-fast")
LIMIT_OF = {"vgg19": "bare", "vgg": "bare-vgg", "fast": "bare-fast"}
SETS = ("fid@inception-legacy", "kid@inception-legacy")


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


def batched(items, size):
    items = iter(items)
    while batch := list(itertools.islice(items, size)):
        yield batch


def pairs_of(folder, generator):
    """(output, content, style) paths of one generator, contents in order."""
    for output in sorted((folder / f"generator{generator}").iterdir()):
        content, style = output.stem.split("__")
        yield output, folder / "content" / f"{content}.png", folder / "style" / f"{style}.png"


def pile(folder, weights, side):
    """generator -> numbers, as a person with four packages computes them (pile.py)."""
    from pile import Pile

    packages = Pile()
    return lambda generator: packages.measure(pairs_of(folder, generator), sorted((folder / "style").iterdir()))


def networks(names, weights, numerics):
    from stylegauge.metrics.backbones.load import load_backbone
    from stylegauge.metrics.backbones.names import BACKBONES
    from stylegauge.metrics.weights.catalogue import WEIGHTS

    paths = {name: weights / WEIGHTS[BACKBONES[name].weights].file for name in names}
    return {name: load_backbone(name, "cpu", numerics, path, True) for name, path in paths.items()}


def ours(folder, weights, side):
    """generator -> the same numbers from the engine, from files to means."""
    from stylegauge.benchmark.networks import needed
    from stylegauge.benchmark.units import read_ahead
    from stylegauge.datasets.images import load_image, to_tensor
    from stylegauge.metrics.kept import FeatureStore
    from stylegauge.metrics.registry import resolve
    from stylegauge.metrics.scorer import Scorer
    from stylegauge.metrics.sets import SetInputs, set_scores

    gram = "gram@vgg19" if side == "vgg19" else "gram@vgg"
    infos = resolve(["psnr", "ssim", "lpips@vgg", gram, *SETS])
    scorer = Scorer(infos, networks(needed(infos), weights, "fast" if side == "fast" else "exact"), FeatureStore(side))
    references = []

    def read(path):
        return to_tensor(load_image(path))

    known = lru_cache(maxsize=None)(read)  # contents and styles are decoded once, as in a run

    def measure(generator):
        import torch

        if not references:
            references.append(scorer.embed([known(path) for path in sorted((folder / "style").iterdir())]))
        rows = []
        units = [*batched(pairs_of(folder, generator), UNIT)]
        for unit, outputs in zip(units, read_ahead(lambda paths: [read(path) for path, _, _ in paths], units)):
            contents, styles = ([paths[role] for paths in unit] for role in (1, 2))
            rows.append(
                scorer.score(
                    outputs,
                    [path.stem for path in contents], [known(path) for path in contents],
                    [path.stem for path in styles], [known(path) for path in styles],
                )
            )  # fmt: skip
        features = torch.cat([row.embeddings[INCEPTION] for row in rows])
        sets = set_scores(infos, SetInputs({INCEPTION: features}, references[0]))
        means = [float(torch.cat([row.values[metric] for row in rows]).mean()) for metric in scorer.paired]
        return [*means, *(sets[metric].value for metric in SETS)]

    return measure


def bare(folder, weights, side):
    """generator -> nothing: the forward passes alone, with our layouts and numerics, on tensors in memory."""
    import torch

    from stylegauge.datasets.images import load_image, to_tensor

    names = ("vgg", "vgg19", INCEPTION) if side == "bare" else ("vgg", INCEPTION)
    deepest = {"vgg": "relu5_3", "vgg19": "relu5_1", INCEPTION: "pool3"}
    nets = networks(names, weights, "fast" if side == "bare-fast" else "exact")
    prepared = []

    @torch.inference_mode()
    def measure(generator):
        for image in prepared[generator]:
            for name, network in nets.items():
                network(image, (deepest[name],))
        return []

    def get_ready(generator):
        while len(prepared) <= generator:
            prepared.append([to_tensor(load_image(path))[None] for path, _, _ in pairs_of(folder, len(prepared))])
        if generator == 0:  # contents and styles pass the networks once a run: charged to the first generator
            others = sorted((folder / "content").iterdir()) + sorted((folder / "style").iterdir())
            prepared[0] += [to_tensor(load_image(path))[None] for path in others]

    measure.get_ready = get_ready
    return measure


def serve(side, folder, weights):
    """A side's process: for each generator named on standard input, the seconds it took and its numbers."""
    import time

    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    make = pile if side == "pile" else bare if side.startswith("bare") else ours
    measure = make(folder, weights, side)
    print("ready", flush=True)
    for line in sys.stdin:
        getattr(measure, "get_ready", lambda _: None)(int(line))
        start, cpu = time.perf_counter(), time.process_time()
        numbers = measure(int(line))
        print(json.dumps([time.perf_counter() - start, time.process_time() - cpu, numbers]), flush=True)


def start(side, folder, weights):
    environment = os.environ | {
        "TORCH_HOME": str(weights / "torch"),
        "STYLEGAUGE_CACHE": str(folder / "cache" / side),
        "OMP_WAIT_POLICY": "PASSIVE",  # as the command sets it, for all sides
        "GOMP_SPINCOUNT": "10000",
    }
    words = [sys.executable, __file__, "--serve", side, "--folder", str(folder), "--weights", str(weights)]
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
        if LIMIT_OF.get(side) in seconds:
            line += f"; {sum(each) / sum(seconds[LIMIT_OF[side]]):.3f} times the bare passes"
        print(line)
    names = ("psnr", "ssim", "lpips", "gram", "fid", "kid")
    for side in (s for s in ("vgg19", "vgg", "fast") if s in numbers and "pile" in numbers):
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
    parser.add_argument("--serve")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--weights", type=Path)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.folder, given.weights)
    else:
        compare(given)
