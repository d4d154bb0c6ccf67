"""Ladders: a picture degraded step by step, and whether a metric finds each step worse than the one before.

What is degraded is what the metric would call perfect: the content for metrics that compare with the content, the style
image for those that compare with the style, and for those of the triple the best output that is known. So the order of
the steps is known, whatever the metric.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from stylegauge.benchmark.scene import rendered
from stylegauge.datasets import painterly
from stylegauge.datasets.distortions import LADDERS, distort
from stylegauge.datasets.images import quantise

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.scene import Scene
    from stylegauge.metrics.info import MetricInfo

ROUNDS = (1, 2, 4, 8)
SHARES = (0.25, 0.5, 0.75, 1.0)
BLENDS = LADDERS["blend"][1::2]
CONTENT, STYLE, TRIPLE = "o,c", "o,s", "o,c,s"
STARTS = {CONTENT: "the content", STYLE: "the style image", TRIPLE: "the best output known"}
# What a definition says nothing of is computed and shown, and no verdict follows from it.
_OF_STYLE = {"patch_shuffle": "moving patches about keeps most of what a style metric compares"}
_OF_LUMINANCE = dict.fromkeys(("hue", "colour_shift"), "it sees luminance alone")
_LUMINANCE_ONLY = ("lpips_gray",)


@dataclass(frozen=True)
class Ladder:
    """One picture and what becomes of it.

    strengths: of the steps after the start
    pictures: [1 + steps, 3, H, W] in [0, 1], 8 bits, the start first
    """

    name: str
    strengths: tuple[float, ...]
    pictures: Tensor


def ladders(compares: str, scene: Scene) -> Iterator[Ladder]:
    """Every ladder that a metric of this kind can be put on for this pair.

    compares: "o,c", "o,s" or "o,c,s"
    """
    starts = {CONTENT: scene.content, STYLE: scene.style, TRIPLE: scene.good}
    ends = {CONTENT: scene.style, STYLE: scene.content, TRIPLE: scene.content}
    start, end = starts[compares], ends[compares]
    for name, strengths in LADDERS.items():
        steps = BLENDS if name == "blend" else strengths
        yield _climbed(name, start, steps, [distort(name, start[None], s, [scene.seed], end[None])[0] for s in steps])
    if scene.recipe is not None:
        yield _rounds(scene, start, ROUNDS[1:] if compares == TRIPLE else ROUNDS)
    if scene.recipe is not None and compares != CONTENT:
        recipes = [painterly.moved(scene.recipe, scene.other, share) for share in SHARES]
        moved = [rendered(recipe, scene.content) for recipe in recipes]
        yield _climbed("oracle_degradation", scene.good, SHARES, moved)


def _rounds(scene: Scene, start: Tensor, rounds: Sequence[int]) -> Ladder:
    """The true renderer applied again and again to its own output.

    Recolouring in its place would stand still after the first round: means and deviations are then those asked for.
    """
    assert scene.recipe is not None  # noqa: S101  the caller looked
    first, image, kept = ROUNDS[0] if rounds[0] > ROUNDS[0] else 0, start, []
    for done in range(first + 1, rounds[-1] + 1):
        image = rendered(scene.recipe, image)
        if done in rounds:
            kept.append(image)
    return _climbed("rounds", start, tuple(rounds), kept)


def _climbed(name: str, start: Tensor, strengths: Sequence[float], steps: Sequence[Tensor]) -> Ladder:
    import torch

    return Ladder(name, tuple(strengths), quantise(torch.stack([start, *steps])))


def unasked(info: MetricInfo, ladder: str) -> str:
    """Why a metric's definition promises nothing about a ladder, "" where it does."""
    reasons = (_OF_STYLE if info.compares == STYLE else {}) | (_OF_LUMINANCE if info.name in _LUMINANCE_ONLY else {})
    return reasons.get(ladder, "")


def tau(values: Sequence[float]) -> float:
    """Kendall's tau-a against the known order: 1 where every later step is worse than every earlier one, -1 reversed.

    values: of the start and each step, the higher the better. Steps that are found equal count neither way, so a
    constant is 0. nan where a value is none.
    """
    if any(math.isnan(value) for value in values):
        return math.nan
    signs = [(earlier > later) - (earlier < later) for earlier, later in combinations(values, 2)]
    return sum(signs) / len(signs)


def violations(values: Sequence[float]) -> float:
    """The share of steps that are not found worse than the one before; nan where a value is none."""
    if any(math.isnan(value) for value in values):
        return math.nan
    steps = [earlier <= later for earlier, later in pairwise(values)]
    return sum(steps) / len(steps)
