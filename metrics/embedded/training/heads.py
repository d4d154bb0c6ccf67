"""LPIPS heads and the scale of the pooled embedding, fitted to the finished network on training pictures.

Heads start from equal weights, each channel divided by its mean response to distortions, and are then fitted so that
along every ladder (blur, noise, JPEG, blend) the distance grows from each step to the next, for as many pictures as
possible by as wide a margin as possible. Their scale makes two unrelated pictures 1 apart on average.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.datasets import distortions
from stylegauge.datasets.images import quantise
from stylegauge.metrics.embedded.network import CHANNELS, TAPS, EmbeddedNetwork

_STEPS = 300
_EPSILON = 1e-10  # as in the metric
Ladder = Callable[[Tensor, Tensor, float], Tensor]

LADDERS: dict[str, Ladder] = {
    "blur": lambda x, _, sigma: distortions.blur(x, sigma),
    "noise": lambda x, _, sigma: distortions.noise(x, sigma, range(len(x))),
    "jpeg": lambda x, _, quality: distortions.jpeg(x, int(quality)),
    "blend": distortions.blend,  # the last, and its last step is the other picture: the unit of distance
}


@torch.inference_mode()
def unit_maps(network: EmbeddedNetwork, images: Tensor) -> list[Tensor]:
    """Maps of all taps with every position's vector scaled to length 1."""
    maps = network(images)
    return [maps[tap] / (torch.linalg.vector_norm(maps[tap], dim=1, keepdim=True) + _EPSILON) for tap in TAPS]


def channel_distances(a: list[Tensor], b: list[Tensor]) -> Tensor:
    """[N, sum of channels]: squared difference of unit maps, mean over positions, taps side by side."""
    return torch.cat([(ours - theirs).square().mean(dim=(2, 3)) for ours, theirs in zip(a, b)], dim=1)


def fit_heads(network: EmbeddedNetwork, pictures: Tensor, others: Tensor) -> tuple[dict[str, Tensor], float]:
    """tap -> [C] heads, none below 0; and the share of ladder steps that they order rightly.

    pictures, others: [N, 3, H, W] in [0, 1]; blends go from the one to the other
    """
    origin = unit_maps(network, pictures)
    ladders = [
        torch.stack(
            [
                channel_distances(unit_maps(network, quantise(distort(pictures, others, strength))), origin)
                for strength in distortions.LADDERS[name]
            ]
        )
        for name, distort in LADDERS.items()
    ]
    rises = torch.cat([(ladder[1:] - ladder[:-1]).flatten(0, 1) for ladder in ladders])
    size = torch.cat([ladder.flatten(0, 1) for ladder in ladders]).mean(dim=0).clamp_min(1e-8)
    start = _equal(size)
    # Every step counts alike, however far it goes; one that quantisation swallowed (no difference at all) not at all.
    relative = rises / (rises.abs() @ start).clamp_min(1e-9)[:, None]
    weights = _fit(relative, start)
    weights = weights / (ladders[-1][-1] @ weights).mean()
    ordered = float((rises @ weights > 0).float().mean())
    parts = weights.split([CHANNELS[tap] for tap in TAPS])
    return {tap: part.clone() for tap, part in zip(TAPS, parts)}, ordered


def _equal(size: Tensor) -> Tensor:
    """Weights under which every tap contributes 1/5 of a typical distance; within a tap all channels weigh alike."""
    parts = size.split([CHANNELS[tap] for tap in TAPS])
    return torch.cat([torch.full_like(part, 1 / (len(TAPS) * float(part.sum()))) for part in parts])


def _fit(rises: Tensor, start: Tensor) -> Tensor:
    """Factors on the starting weights, by logistic ranking with a pull towards 1."""
    factors = torch.zeros(len(start), requires_grad=True)
    optimiser = torch.optim.Adam([factors], lr=0.02)
    for _ in range(_STEPS):
        optimiser.zero_grad()
        margins = rises @ (start * factors.exp())
        loss = F.softplus(-8 * margins).mean() + 0.02 * factors.square().mean()
        loss.backward()
        optimiser.step()
    return start * factors.detach().exp()


@torch.inference_mode()
def embedding_scale(network: EmbeddedNetwork, images: Tensor, taps: tuple[str, ...]) -> tuple[Tensor, Tensor]:
    """Mean and deviation [D] of the pooled maps over images [N, 3, H, W]."""
    pooled = []
    for batch in images.split(16):
        maps = network(batch)
        pooled.append(torch.cat([maps[tap].mean(dim=(2, 3)) for tap in taps], dim=1))
    values = torch.cat(pooled)
    return values.mean(dim=0), values.std(dim=0).clamp_min(1e-6)
