"""What `numerics = "fast"` costs in accuracy: every score of it against the exact one, on pictures of known quality.

    python benchmarks/fast_numerics.py [--weights DIR]

The outputs are the quick suite's contents under the controls (colour match, blends, blur, noise), each against its
content and style. Prints for each metric the median and largest relative difference, and Kendall's tau between the two
orders of all outputs: 1 where "fast" would never have ordered two of them otherwise. DIR holds weights files by their
published names; without it the networks get random weights in the official formats (official_files.py), and only the
embedded backbone has trained ones.
"""

import argparse
import runpy
import tempfile
from pathlib import Path

import torch
from scipy.stats import kendalltau

from stylegauge.benchmark.batches import Pictures
from stylegauge.benchmark.networks import needed
from stylegauge.datasets.colour import colour_match
from stylegauge.datasets.distortions import blend, blur, noise
from stylegauge.datasets.images import quantise
from stylegauge.datasets.splits import load_split
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.backbones.names import BACKBONES
from stylegauge.metrics.frechet import frechet
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer
from stylegauge.metrics.weights.catalogue import WEIGHTS

PAIRED = ("lpips", "content", "gram", "gram_rel", "adain")
BACKBONE_METRICS = {
    "embedded": [f"{name}@embedded" for name in PAIRED] + ["fid@embedded"],
    "vgg": [f"{name}@vgg" for name in PAIRED],
    "vgg19": [f"{name}@vgg19" for name in PAIRED[1:]],
    "alex": ["lpips@alex"],
    "inception": ["sifid@inception", "fid@inception"],
}


def outputs(pictures, pairs):
    """(pair, output) of each pair under each control."""
    for content_id, style_id in pairs:
        content, style = pictures.contents([content_id]), pictures.styles([style_id])
        matched = colour_match(content, style)
        for made in (matched, blend(content, style, 0.5), blur(matched, 2), noise(matched, 0.1, [7])):
            yield (content_id, style_id), quantise(made)


def scores(names, networks, pictures, made):
    """Metric -> values of every output, and the embeddings of all."""
    scorer = Scorer(resolve(names), networks)
    rows = [scorer.score(image, [c], pictures.contents([c]), [s], pictures.styles([s])) for (c, s), image in made]
    values = {metric: torch.cat([row.values[metric] for row in rows]) for metric in scorer.paired}
    return values, {source: torch.cat([row.embeddings[source] for row in rows]) for source in scorer.sources}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--pairs", type=int, default=12)
    given = parser.parse_args()
    split = load_split("quick")
    pictures = Pictures(split, "cpu", 0)
    made = list(outputs(pictures, split.pairs[:: len(split.pairs) // given.pairs]))
    with tempfile.TemporaryDirectory() as temporary:
        write = runpy.run_path(str(Path(__file__).with_name("official_files.py")))["write"]

        def network(name, numerics):
            weights = BACKBONES[name].weights
            if weights is None:
                return load_backbone(name, "cpu", numerics)
            path = given.weights / WEIGHTS[weights].file if given.weights else write(temporary, weights)
            return load_backbone(name, "cpu", numerics, path, True)

        kind = f"weights of {given.weights}" if given.weights else "random weights, but for the embedded backbone"
        print(f"{len(made)} outputs; {kind}")
        for names in BACKBONE_METRICS.values():
            found = {}
            for numerics in ("exact", "fast"):
                networks = {name: network(name, numerics) for name in needed(resolve(names))}
                found[numerics] = scores(names, networks, pictures, made)
            exact, fast = found["exact"], found["fast"]
            for metric, values in exact[0].items():
                difference = (fast[0][metric] - values).abs() / values.abs()
                tau = kendalltau(values, fast[0][metric]).statistic
                print(f"{metric:20} median {difference.median():.1e}, largest {difference.max():.1e}, tau {tau:.4f}")
            for source, features in exact[1].items():
                half = len(features) // 2
                a, b = (frechet(each[:half], each[half:]) for each in (features, fast[1][source]))
                print(f"fid@{source:16} {a:.6g} exact, {b:.6g} fast, {abs(a - b) / a:.1e}")


if __name__ == "__main__":
    main()
