"""From pictures to their sketches: one pass through the backbone, and what the quality score keeps of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.quality import grain
from stylegauge.metrics.quality.relations import PROJECTIONS, TAPS, Eye, Seen, moments, pack, sketch


def see(images: Tensor, maps: Mapping[str, Tensor], eye: Eye) -> Seen:
    """What is kept of pictures [N, 3, H, W] in [0, 1]; maps: tap -> [N, C, H', W'] of them."""
    sketches = {tap: sketch(pack(maps[tap], tap), moments(maps[tap], tap), eye.weights[tap]) for tap in TAPS}
    return Seen(sketches, grain.measure(images))


@torch.inference_mode()
def make_eye(backbone: Backbone, images: Sequence[Tensor], seed: int) -> Eye:
    """Weights from some pictures, [3, H, W] each in [0, 1]; projections from the seed."""
    generator = torch.Generator().manual_seed(seed)
    squares: dict[str, list[Tensor]] = {tap: [] for tap in TAPS}
    for image in images:
        for tap, each in backbone(image[None], TAPS).items():
            squares[tap].append(each.var(dim=(0, 2, 3)))
    weights = {tap: 1 / torch.stack(each).mean(dim=0).clamp_min(1e-8) for tap, each in squares.items()}
    projections = {
        tap: torch.randn(len(weight), PROJECTIONS, generator=generator) / len(weight) ** 0.5
        for tap, weight in weights.items()
    }
    return Eye(weights, projections)
