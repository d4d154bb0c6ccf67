"""How far a change that nobody sees moves a score: the attack margin.

An output may be changed by at most two levels of 255 in each value, so as to score better. Where the metric has a slope
the change follows its sign, step by step (projected gradient: Madry et al. 2018, arXiv:1706.06083); elsewhere it is the
best of some random patterns, which is a lower bound and no more. What is scored in the end is a picture of 8 bits, as
outputs are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import quantise

RADIUS = 2 / 255
STEPS = 10
STRIDE = RADIUS / 4
PATTERNS = 16
GRADIENT, RANDOM = "gradient", "random signs"
Goodness = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Attacked:
    """One output before and after: start, end: its score, the higher the better, end at least start; how: by what."""

    start: float
    end: float
    how: str
    picture: Tensor


def attack(goodness: Goodness, output: Tensor, seed: int) -> Attacked:
    """Change an output so that it scores better.

    goodness: [N, 3, H, W] to [N], the higher the better; differentiable or not
    output: [3, H, W] in [0, 1], 8 bits
    seed: of the random patterns
    """
    with torch.no_grad():
        start = float(goodness(output[None]))
        climbed = _climb(goodness, output)
        tried, how = ([climbed], GRADIENT) if climbed is not None else (_patterns(output, seed), RANDOM)
        found = [(float(goodness(each[None])), each) for each in tried]
    end, picture = max(found, key=lambda one: one[0])
    return Attacked(start, end, how, picture) if end > start else Attacked(start, start, how, output)


def _climb(goodness: Goodness, output: Tensor) -> Tensor | None:
    """The output after STEPS steps along the gradient's sign, 8 bits; None where there is no slope to follow."""
    low, high = (output - RADIUS).clamp_min(0), (output + RADIUS).clamp_max(1)
    image = output
    for _ in range(STEPS):
        gradient = _gradient(goodness, image)
        if gradient is None:
            return None
        image = torch.minimum(torch.maximum(image + STRIDE * gradient.sign(), low), high)
    return quantise(image)


@torch.enable_grad()
def _gradient(goodness: Goodness, image: Tensor) -> Tensor | None:
    asking = image[None].clone().requires_grad_()
    try:
        value = goodness(asking).sum()
        (gradient,) = torch.autograd.grad(value, asking)
    except (RuntimeError, UsageError):  # somebody's own metric may leave torch on its way
        return None
    usable = bool(gradient.isfinite().all()) and bool((gradient != 0).any())
    return gradient[0] if usable else None


def _patterns(output: Tensor, seed: int) -> list[Tensor]:
    """The output plus RADIUS times random signs, PATTERNS times; one sign a value, of the seed."""
    generator = torch.Generator().manual_seed(seed)
    signs = [2 * torch.randint(0, 2, output.shape, generator=generator).to(output) - 1 for _ in range(PATTERNS)]
    return [quantise(output + RADIUS * each) for each in signs]
