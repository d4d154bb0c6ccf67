"""What the quality score costs beside the bare forward pass of its backbone, with contents and styles known already.

    python benchmarks/quality.py [--rounds 15] [--size 256]

Bare is the embedded backbone over its five taps, picture by picture, as a run takes it; ours is a scorer that has the
quality score and nothing else. Both sides are taken in turn, round by round, in one process.
"""

from __future__ import annotations

import argparse
import time

import torch

from baselines import in_turn, line
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.quality.relations import TAPS
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer

ASKED = 1.3


def main() -> None:
    """Measure and print one row."""
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=15)
    words.add_argument("--size", type=int, default=256)
    asked = words.parse_args()
    backbone = load_backbone("embedded", "cpu")
    content, style, output = torch.rand(3, 3, asked.size, asked.size, generator=torch.Generator().manual_seed(0))
    scorer = Scorer(resolve(["quality"]), {"embedded": backbone})

    @torch.inference_mode()
    def bare() -> None:
        for _ in backbone.visit(output[None], TAPS):
            pass

    def ours() -> None:
        scorer.score([output], ["c"], [content], ["s"], [style])

    print("| what | bare, ms | ours, ms | ratio of medians (of each round) | asked |\n|---|---|---|---|---|")
    print(line(f"quality@embedded, {asked.size} px", *in_turn(bare, ours, asked.rounds, time.perf_counter), ASKED))


if __name__ == "__main__":
    main()
