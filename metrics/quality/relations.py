"""What the quality score looks at: how an output relates to its content and its style, patch by patch, layer by layer.

A patch is a window of 32 x 32 pixels. In each window and at each tap of a frozen backbone, the maps of output, content
and style are compared where they lie (a double exposure follows both, a copy follows the style, a stylisation follows
the content alone), by their energies (what a blur, noise or a codec changes), and by their channel statistics wherever
they lie in the style (texture has no place). Random projections across channels tell which channels gained or lost
energy, as projected GANs mix them (Sauer et al. 2021, arXiv:2111.01007). All of it is differentiable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from stylegauge.metrics.quality import grain

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
WINDOW = grain.SIDE  # pixels a side
# Points of a map that are looked at along a window's side, and every how many of the map's own. Correlations and
# energies of a sample are those of the whole, and cost a part of it; what single pixels tell `grain` reads off them.
STEPS = {"relu1_1": 4, "relu2_1": 2, "relu3_1": 2}
POINTS = {"relu1_1": 8, "relu2_1": 8, "relu3_1": 4, "relu4_1": 4, "relu5_1": 2}
PROJECTIONS = 12  # a tap and comparison
SCALARS = 25  # a tap
INPUTS = len(TAPS) * (SCALARS + 2 * PROJECTIONS) + grain.RELATIONS
_EPSILON = 1e-6
_NEAREST = 3
_FIRST, _SECOND = [0, 0, 1], [1, 2, 2]  # output with content, output with style, content with style


@dataclass(frozen=True)
class Eye:
    """How pictures are looked at; a part of the weights.

    weights: tap -> [C], one over each channel's usual mean square deviation
    projections: tap -> [C, PROJECTIONS], drawn once
    """

    weights: Mapping[str, Tensor]
    projections: Mapping[str, Tensor]


@dataclass(frozen=True)
class Sketch:
    """What is kept of pictures at one tap, each channel in its usual deviation.

    deviation: [N, W, P C] values at the P points of each of W windows, less the window's mean of each channel
    mean, energy: [N, W, C] each window's mean and mean square deviation of each channel
    bright: [N, W, P] how much goes on at each point, in whatever channels
    gram: [N, C, C] second moments over all points
    """

    deviation: Tensor
    mean: Tensor
    energy: Tensor
    bright: Tensor
    gram: Tensor


@dataclass(frozen=True)
class Seen:
    """What is kept of pictures: tap -> sketch, and [N, W, MEASURES] of their pixels (see `grain`)."""

    taps: Mapping[str, Sketch]
    grain: Tensor


def windows(feature: Tensor, tap: str) -> Tensor:
    """[N, C, H', W'] map to [N, W, P, C]: the points of each window."""
    step, points = STEPS.get(tap, 1), POINTS[tap]
    sampled = feature.permute(0, 2, 3, 1)[:, ::step, ::step].float()
    n, height, width, channels = sampled.shape
    rows, columns = max(height // points, 1), max(width // points, 1)
    cut = sampled[:, : rows * points, : columns * points]
    parts = cut.reshape(n, rows, cut.shape[1] // rows, columns, cut.shape[2] // columns, channels)
    return parts.transpose(2, 3).reshape(n, rows * columns, -1, channels)


def pack(feature: Tensor, tap: str) -> Tensor:
    """[N, W, P + 2, C] of a map: deviations, then mean and mean square deviation; made once a picture."""
    values = windows(feature, tap)
    mean = values.mean(dim=2, keepdim=True)
    deviation = values - mean
    return torch.cat([deviation, mean, deviation.square().mean(dim=2, keepdim=True)], dim=2)


def moments(feature: Tensor, tap: str) -> Tensor:
    """[N, C, C] second moments over all points of a map; made once a picture."""
    flat = windows(feature, tap).flatten(1, 2)
    return flat.transpose(1, 2) @ flat / flat.shape[1]


def sketch(packed: Tensor, gram: Tensor, weight: Tensor) -> Sketch:
    """Of what `pack` and `moments` made of a map; weight: [C], of an eye."""
    root = weight.sqrt()
    deviation, mean, energy = packed[:, :, :-2] * root, packed[:, :, -2] * root, packed[:, :, -1] * weight
    bright = torch.linalg.vecdot(deviation, deviation) / len(weight)
    return Sketch(deviation.flatten(2), mean, energy, bright, gram * root[:, None] * root)


def relations(output: Seen, content: Seen, style: Seen, eye: Eye) -> Tensor:
    """[N, W, INPUTS] of pictures of one size; content and style may be one for all outputs (N = 1).

    raises: ValueError for pictures of other sizes: nothing can then be compared where it lies
    """
    shapes = {tuple(each.taps[TAPS[0]].deviation.shape[1:]) for each in (output, content, style)}
    if len(shapes) > 1:
        raise ValueError("output, content and style must be of one size to be judged together")
    found = [_at(output.taps[tap], content.taps[tap], style.taps[tap], eye.projections[tap]) for tap in TAPS]
    return torch.cat([*found, grain.relations(output.grain, content.grain, style.grain)], dim=2)


def _at(o: Sketch, c: Sketch, s: Sketch, projection: Tensor) -> Tensor:
    """[N, W, SCALARS + 2 PROJECTIONS]. Output, content and style lie beside each other along the first axis, so that
    what is asked of all three, or of two pairs of them, is one operation."""
    mean, energy, bright, gram = (
        torch.stack([getattr(x, name).expand_as(getattr(o, name)) for x in (o, c, s)])
        for name in ("mean", "energy", "bright", "gram")
    )
    total, log = energy.sum(dim=3) + _EPSILON, energy.clamp_min(1e-5).log()  # [3, N, W] and [3, N, W, C]
    inner = torch.stack([torch.linalg.vecdot(a.deviation, b.deviation).expand_as(total[0]) for a, b in _pairs(o, c, s)])
    oc, os, cs = inner / bright.shape[3] / (total[_FIRST] * total[_SECOND]).sqrt()
    explained = ((oc.square() + os.square() - 2 * oc * os * cs) / (1.02 - cs.square())).clamp(0, 1)
    usual = log[2].mean(dim=1, keepdim=True)
    size, of_style = total.log(), total[2].mean(dim=1, keepdim=True).log()
    near, apart = _unplaced(mean, energy, projection)
    grams = relative(gram[_FIRST], gram[_SECOND])  # of (o, c), (o, s), (c, s)
    layout = _correlation(torch.stack([mean, log]), -2).mean(dim=-1)  # [2, 2, N]
    nearer = (grams[1] / (grams[2] + _EPSILON) + 1e-2).log(), apart[0] - apart[1]
    whole = [*grams, *nearer, *apart, *layout.flatten(0, 1)]
    plain = torch.stack(
        [
            oc, os, cs, explained, explained - oc.square(),
            size[0] - size[1], size[0] - of_style, size[1] - of_style,
            *((mean[:1] - mean[1:]).square().mean(dim=3) + 1e-3).log(), near[0], near[0] - near[1],
            *_correlation(bright, -1), *(each[:, None].expand_as(oc) for each in whole),
        ],
        dim=2,
    )  # fmt: skip
    return torch.cat([plain, (log[0] - log[1]) @ projection, (log[0] - usual) @ projection], dim=2)


def _pairs(o: Sketch, c: Sketch, s: Sketch) -> tuple[tuple[Sketch, Sketch], ...]:
    return (o, c), (o, s), (c, s)


def _correlation(of_three: Tensor, dim: int) -> Tensor:
    """Correlation along the axis `dim` from the end of the first of three, output, content and style, with the others.

    of_three: [..., 3, N, W, K] to [..., 2, N, .]
    """
    centred = of_three - of_three.mean(dim=dim, keepdim=True)
    first, others = centred.narrow(-4, 0, 1), centred.narrow(-4, 1, 2)
    size = first.square().sum(dim=dim) * others.square().sum(dim=dim)
    return (first * others).sum(dim=dim) / (size + _EPSILON**2).sqrt()


def _unplaced(mean: Tensor, energy: Tensor, projection: Tensor) -> tuple[Tensor, Tensor]:
    """How far the windows of output and content are from those of the style, wherever these lie.

    mean, energy: [3, N, W, C] of output, content and style
    returns: log distance of each window's channel statistics to the nearest windows of the style, [2, N, W]; and log
        sliced distance between all windows' statistics and all of the style's, [2, N]
    """
    described = torch.stack([mean, energy.add(1e-3).sqrt()], dim=3)  # [3, N, W, 2, C]
    ranked = (described @ projection).flatten(3).transpose(2, 3).contiguous().sort(dim=3).values
    apart = ((ranked[:2] - ranked[2]).abs().mean(dim=(2, 3)) + 1e-2).log()
    flat = described.flatten(3)
    distance = torch.cdist(flat[:2], flat[2:].expand(2, -1, -1, -1)) / flat.shape[3] ** 0.5
    nearest = min(_NEAREST, distance.shape[3])
    return (distance.topk(nearest, dim=3, largest=False).values.mean(dim=3) + 1e-2).log(), apart


def relative(a: Tensor, b: Tensor) -> Tensor:
    """[...]: |A - B|^2 / (|A|^2 + |B|^2) of Gram matrices [..., C, C]."""
    return (a - b).square().sum(dim=(-2, -1)) / (a.square() + b.square()).sum(dim=(-2, -1)).add(_EPSILON)
