"""The sides that `metrics_vs_peers.py` times: the pile, the engine, and the bare passes, each a process of its own.

    python benchmarks/sides.py SIDE PICTURES WEIGHTS

It prints "ready", and then answers each generator named on standard input with the seconds it took and its numbers.
"""

import itertools
import json
import os
import sys
from functools import lru_cache
from pathlib import Path

UNIT = 8  # outputs that are scored together, as in a run
INCEPTION = "inception-legacy"  # with the resize that the pile has
PLANS = ("vgg19", "vgg", "fast")
SETS = ("fid@inception-legacy", "kid@inception-legacy")
# What is timed apart at the end, by the functions that do it.
WORK = {
    "walk": "networks", "prepare": "their inputs", "lpips_of_layer": "LPIPS", "gram_matrix": "Gram matrices",
    "gram_per_layer": "Gram distances", "ssim": "SSIM", "psnr": "PSNR", "set_scores": "sets",
}  # fmt: skip


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
    from stylegauge.metrics.backbones import base

    if side.startswith("bare"):
        base.fuse = lambda network: None
    names = ("vgg", "vgg19", INCEPTION) if side in ("bare", "passes") else ("vgg", INCEPTION)
    deepest = {"vgg": "relu5_3", "vgg19": "relu5_1", INCEPTION: "pool3"}
    nets = networks(names, weights, "fast" if side.endswith("fast") else "exact")
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
    make = pile if side == "pile" else ours if side in PLANS else bare
    measure = make(folder, weights, side)
    print("ready", flush=True)
    for line in sys.stdin:
        if line.startswith("where"):
            print(json.dumps(where_it_goes(measure)), flush=True)
            continue
        getattr(measure, "get_ready", lambda _: None)(int(line))
        start, cpu = time.perf_counter(), time.process_time()
        numbers = measure(int(line))
        print(json.dumps([time.perf_counter() - start, time.process_time() - cpu, numbers]), flush=True)


def where_it_goes(measure):
    """Seconds that the first generator takes, all contents and styles known, by what is done in them."""
    import cProfile
    import pstats

    with cProfile.Profile() as profile:
        measure(0)
    spent = dict.fromkeys(WORK.values(), 0.0)
    for (_, _, function), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items():
        if function in WORK:
            spent[WORK[function]] += cumulative
    return {**spent, "in all": pstats.Stats(profile).total_tt}


if __name__ == "__main__":
    side, folder, weights = sys.argv[1:]
    serve(side, Path(folder), Path(weights))
