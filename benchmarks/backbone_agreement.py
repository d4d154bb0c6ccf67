"""How far the embedded backbone orders candidates as the real VGG-19 does, pair by pair.

    python benchmarks/backbone_agreement.py REAL [--pairs 32] [--cache DIR]

REAL holds content/, style/, outputs/ with pairs.csv, and models/ (three generators and VGG-19's layers to relu3_1).
For each (content, style) pair the candidates are alpha blends, the generators' outputs and, for published pairs, the
published outputs; all are colour-matched to the style first, since otherwise plain RGB statistics explain nearly all of
the order. None of these images may be used in training. The score is the rank correlation between two networks'
distances over one pair's candidates, averaged over pairs; a network is never asked to compare across pairs.
"""

import argparse
import csv
import importlib.util
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kendalltau, spearmanr
from torch import Tensor

from stylegauge.datasets.images import load_image, quantise, to_tensor
from stylegauge.datasets.resize import square
from stylegauge.metrics.backbones.embedded import EMBEDDED_WEIGHTS, read_embedded
from stylegauge.metrics.content import content as content_distance
from stylegauge.metrics.embedded.network import EmbeddedNetwork, initialise
from stylegauge.metrics.embedded.training.teachers import load_vgg19
from stylegauge.metrics.gram import gram_matrix, gram_rel_per_layer

SIZE = 256
BLENDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
LAYERS = ("relu1_1", "relu2_1", "relu3_1")
GENERATORS = (("microast.py", "MicroAST"), ("cd_wct.py", "WCT"), ("cd_wct.py", "AdaIN"))
Maps = Callable[[Tensor], dict[str, Tensor]]


def read(path: Path) -> Tensor:
    """[3, SIZE, SIZE] in [0, 1]; published outputs of other shapes are squared like their contents."""
    return to_tensor(square(load_image(path), SIZE))


def choose_pairs(real: Path, n: int, seed: int) -> dict[tuple[Path, Path], list[Path]]:
    """n pairs, half of them with published outputs: (content, style) -> published outputs."""
    published = defaultdict(list)
    with (real / "pairs.csv").open() as rows:
        for row in csv.DictReader(rows):
            published[(row["content"], row["style"])].append(real / row["file"])
    files = {folder: {p.stem: p for p in sorted((real / folder).iterdir())} for folder in ("content", "style")}
    rng = random.Random(seed)
    known = sorted(published, key=lambda pair: (-len(published[pair]), pair))[: n // 2]
    contents, styles = ([k for k in files[f] if k.startswith("styleid")] for f in ("content", "style"))
    fresh = list(zip(rng.sample(contents, n - len(known)), rng.sample(styles, n - len(known))))
    return {(files["content"][c], files["style"][s]): published[(c, s)] for c, s in (*known, *fresh)}


def load_generators(real: Path) -> list[Callable[[Tensor, Tensor], Tensor]]:
    found = []
    for file, name in GENERATORS:
        spec = importlib.util.spec_from_file_location(file.removesuffix(".py"), real / "models" / file)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found.append(getattr(module, name)().stylize)
    return found


def match_colour(images: Tensor, style: Tensor, covariance: bool) -> Tensor:
    """Give each image the style's channel means and deviations, or its full colour covariance; then 8 bits."""
    rows, target = images.flatten(2).double(), style.flatten(1).double()
    centred, mean = rows - rows.mean(2, keepdim=True), target.mean(1)[:, None]
    spread = (target - mean).square().mean(1).sqrt()[:, None]
    if covariance:
        mapping = _root(torch.cov(target)) @ torch.stack([torch.linalg.inv(_root(torch.cov(x))) for x in centred])
        matched = mapping @ centred
    else:
        matched = centred / centred.square().mean(2, keepdim=True).sqrt().clamp_min(1e-4) * spread
    return quantise((matched + mean).view_as(images).float())


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    return vectors @ torch.diag(values.clamp_min(1e-8).sqrt()) @ vectors.T


def candidates(content: Tensor, style: Tensor, published: Iterable[Path], generators: list) -> Tensor:
    """[K, 3, SIZE, SIZE]: blends from content to style, generators, published outputs."""
    blends = [(1 - alpha) * content + alpha * style for alpha in BLENDS]
    made = [g(content[None], style[None])[0] for g in generators]
    return torch.stack([*blends, *made, *(read(path) for path in published)]).clamp(0, 1)


@torch.inference_mode()
def distances(maps: Maps, images: Tensor, content: Tensor, style: Tensor) -> dict[str, np.ndarray]:
    """question -> [K] distance of each candidate: gram_rel to the style by layer and on average, content at relu3_1."""
    ours, of_content, of_style = maps(images), maps(content[None]), maps(style[None])
    grams = {tap: gram_matrix(ours[tap]) for tap in LAYERS}
    wanted = {tap: gram_matrix(of_style[tap]).expand_as(grams[tap]) for tap in LAYERS}
    found = gram_rel_per_layer(grams, wanted)
    answers = {f"gram_rel {tap}": value.numpy() for tap, value in found.items()}
    answers["gram_rel mean"] = torch.stack(list(found.values())).mean(0).numpy()
    here = of_content["relu3_1"].expand_as(ours["relu3_1"])
    answers["content relu3_1"] = content_distance(ours["relu3_1"], here).numpy()
    return answers


def rgb_distances(images: Tensor, content: Tensor, style: Tensor) -> dict[str, np.ndarray]:
    """The same questions answered by nothing but RGB means and covariances."""

    def statistics(image: Tensor) -> Tensor:
        rows = image.flatten(1).double()
        return torch.cat([rows.mean(1), torch.cov(rows).flatten()])

    found = torch.stack([statistics(image) for image in images])
    to_style, to_content = ((found - statistics(x)).square().sum(1).numpy() for x in (style, content))
    return {**{f"gram_rel {name}": to_style for name in (*LAYERS, "mean")}, "content relu3_1": to_content}


def pixel_distances(images: Tensor, content: Tensor, style: Tensor) -> dict[str, np.ndarray]:
    """A stronger plain rival for content: mean squared pixel difference; it has no opinion on style."""
    return {"content relu3_1": (images - content).square().mean((1, 2, 3)).numpy()}


def untrained(seed: int) -> Maps:
    network = EmbeddedNetwork().eval()
    initialise(network, seed)
    return lambda images: network(images, LAYERS)


def build(real: Path, n: int, seed: int, cache: Path | None) -> list[dict]:
    """All pairs with candidates, both colour matches and the teacher's distances; read from the cache where it is."""
    kept = cache / f"agreement-{n}-{seed}.pt" if cache else None
    if kept and kept.exists():
        return torch.load(kept, weights_only=False)
    teacher, _ = load_vgg19(real / "models/weights/wct_vgg19_l1to3/vgg_conv3_1.pth")
    generators, cases = load_generators(real), []
    for (content_path, style_path), published in choose_pairs(real, n, seed).items():
        content, style = read(content_path), read(style_path)
        raw = candidates(content, style, published, generators)
        for kind in ("deviations", "covariance"):
            images = match_colour(raw, style, kind == "covariance")
            truth = distances(teacher, images, content, style)
            cases.append({"match": kind, "images": images, "content": content, "style": style, "truth": truth})
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        torch.save(cases, kept)
    return cases


def rank_agreement(cases: list[dict], answers: list[dict], first: int) -> dict[str, np.ndarray]:
    """question -> [Spearman, Kendall] with the teacher, averaged over pairs; candidates before `first` are left out.

    A pair on which a network gives all candidates one value counts as 0: it has no opinion there.
    """
    scores = defaultdict(list)
    for case, given in zip(cases, answers):
        for question, value in given.items():
            a, b = value[first:], case["truth"][question][first:]
            scores[question].append((spearmanr(a, b).statistic, kendalltau(a, b).statistic))
    return {question: np.nan_to_num(np.array(rows)).mean(axis=0) for question, rows in scores.items()}


def rivals(weights: Path, seeds: int) -> dict[str, Callable[..., dict[str, np.ndarray]]]:
    """Who answers: the trained network, untrained ones of its shape, and plain statistics."""

    def asked(maps: Maps) -> Callable[..., dict[str, np.ndarray]]:
        return lambda *case: distances(maps, *case)

    backbone = read_embedded(weights)
    networks = {"embedded": asked(lambda images: backbone(images, LAYERS))}
    networks |= {f"untrained {seed}": asked(untrained(seed)) for seed in range(1, seeds + 1)}
    return {**networks, "RGB mean+cov": rgb_distances, "pixels": pixel_distances}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path)
    parser.add_argument("--pairs", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--untrained-seeds", type=int, default=3)
    parser.add_argument("--weights", type=Path, default=EMBEDDED_WEIGHTS)
    parser.add_argument("--cache", type=Path, help="where the teacher's answers are kept between calls")
    options = parser.parse_args()
    every = build(options.real, options.pairs, options.seed, options.cache)
    for match in ("deviations", "covariance"):
        cases = [case for case in every if case["match"] == match]
        for name, answer in rivals(options.weights, options.untrained_seeds).items():
            answers = [answer(case["images"], case["content"], case["style"]) for case in cases]
            for label, first in (("all", 0), ("no blends", len(BLENDS))):
                row = rank_agreement(cases, answers, first)
                cells = "  ".join(f"{question} {s:.3f} ({k:.3f})" for question, (s, k) in row.items())
                print(f"{match:10} n={len(cases)} {label:9} {name:12} {cells}", flush=True)


if __name__ == "__main__":
    main()
