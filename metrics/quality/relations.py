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

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
WINDOW = 32  # pixels a side
# Points of a map that are looked at along a window's side. Shallow maps are looked at in every second row and column:
# correlations and energies of a sample are those of the whole, and cost a quarter.
STEPS = {"relu1_1": 2, "relu2_1": 2}
POINTS = {"relu1_1": 16, "relu2_1": 8, "relu3_1": 8, "relu4_1": 4, "relu5_1": 2}
PROJECTIONS = 12  # a tap and comparison
SCALARS = 21  # a tap
BLOCKS = 2  # at the shallowest tap alone
INPUTS = len(TAPS) * (SCALARS + 2 * PROJECTIONS) + BLOCKS
_EPSILON = 1e-6
_NEAREST = 3


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
    """What is kept of pictures at one tap.

    deviation: [N, W, C, P] values at the P points of each of W windows, less the window's mean of each channel
    mean, energy: [N, W, C] each window's mean and mean square deviation of each channel, in its usual deviation
    gram: [N, C, C] second moments over all points, likewise
    """

    deviation: Tensor
    mean: Tensor
    energy: Tensor
    gram: Tensor


def windows(feature: Tensor, tap: str) -> Tensor:
    """[N, C, H', W'] map to [N, W, C, P]: the points of each window."""
    step, points = STEPS.get(tap, 1), POINTS[tap]
    sampled = feature[:, :, ::step, ::step].float()
    n, channels = sampled.shape[:2]
    rows, columns = max(sampled.shape[2] // points, 1), max(sampled.shape[3] // points, 1)
    cut = sampled[:, :, : rows * points, : columns * points]
    parts = cut.reshape(n, channels, rows, cut.shape[2] // rows, columns, cut.shape[3] // columns)
    return parts.permute(0, 2, 4, 1, 3, 5).reshape(n, rows * columns, channels, -1)


def pack(feature: Tensor, tap: str) -> Tensor:
    """[N, W, C, P + 2] of a map: deviations, then mean and mean square deviation; made once a picture."""
    values = windows(feature, tap)
    mean = values.mean(dim=3, keepdim=True)
    deviation = values - mean
    return torch.cat([deviation, mean, deviation.square().mean(dim=3, keepdim=True)], dim=3)


def moments(feature: Tensor, tap: str) -> Tensor:
    """[N, C, C] second moments over all points of a map."""
    flat = windows(feature, tap).transpose(1, 2).flatten(2)  # [N, C, W * P]
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def sketch(packed: Tensor, gram: Tensor, weight: Tensor) -> Sketch:
    """Of what `pack` and `moments` made of a map, each channel in its usual deviation."""
    root = weight.sqrt()
    return Sketch(packed[..., :-2], packed[..., -2] * root, packed[..., -1] * weight, gram * root[:, None] * root[None])


def relations(
    output: Mapping[str, Sketch], content: Mapping[str, Sketch], style: Mapping[str, Sketch], eye: Eye
) -> Tensor:
    """[N, W, INPUTS] of pictures of one size; content and style may be one for all outputs (N = 1).

    raises: ValueError for pictures of other sizes: nothing can then be compared where it lies
    """
    shapes = {tuple(each[TAPS[0]].deviation.shape[1:]) for each in (output, content, style)}
    if len(shapes) > 1:
        raise ValueError("output, content and style must be of one size to be judged together")
    blocks = [_blockiness(each[TAPS[0]], eye.weights[TAPS[0]]) for each in (output, content)]
    ends = torch.stack([blocks[0], blocks[0] - blocks[1]], dim=2)
    return torch.cat([*(_at(output[tap], content[tap], style[tap], tap, eye) for tap in TAPS), ends], dim=2)


def _at(o: Sketch, c: Sketch, s: Sketch, tap: str, eye: Eye) -> Tensor:
    weight, projection = eye.weights[tap], eye.projections[tap]
    oo, cc, ss = (x.energy.sum(dim=2) + _EPSILON for x in (o, c, s))
    oc, os, cs = (
        _together(a, b, weight) / (x * y).sqrt() for a, b, x, y in ((o, c, oo, cc), (o, s, oo, ss), (c, s, cc, ss))
    )
    explained = ((oc.square() + os.square() - 2 * oc * os * cs) / (1.02 - cs.square())).clamp(0, 1)
    log_o, log_c = (x.energy.clamp_min(1e-5).log() for x in (o, c))
    usual = s.energy.mean(dim=1, keepdim=True).clamp_min(1e-5).log()
    shift = (o.mean - c.mean).square().mean(dim=2), (o.mean - s.mean).square().mean(dim=2)
    near, near_c = _nearest(o, s), _nearest(c, s)
    shape = oc.shape
    grams = [relative(a.gram, b.gram)[:, None].expand(shape) for a, b in ((o, s), (c, s), (o, c))]
    scalars = [
        oc, os, cs, explained, explained - oc.square(),
        (oo / cc).log(), (oo / ss.mean(dim=1, keepdim=True)).log(), (cc / ss.mean(dim=1, keepdim=True)).log(),
        (shift[0] + 1e-3).log(), (shift[1] + 1e-3).log(),
        near, near - near_c,
        *grams,
    ]  # fmt: skip
    scalars += [_bright(o, c, weight), _bright(o, s, weight)]
    for field in ((lambda x: x.mean), (lambda x: x.energy.clamp_min(1e-5).log())):
        scalars += [_layout(field(o), field(c)), _layout(field(o), field(s))]
    plain = torch.stack([each.expand(shape) for each in scalars], dim=2)
    return torch.cat([plain, (log_o - log_c) @ projection, (log_o - usual) @ projection], dim=2)


def _together(a: Sketch, b: Sketch, weight: Tensor) -> Tensor:
    """[N, W]: the inner product of two pictures' deviations in each window."""
    return (a.deviation * b.deviation).mean(dim=3) @ weight


def _bright(a: Sketch, b: Sketch, weight: Tensor) -> Tensor:
    """[N, W]: correlation over a window's points of how much goes on there, in whatever channels."""
    mine, other = (torch.einsum("nwcp,c->nwp", x.deviation.square(), weight) / len(weight) for x in (a, b))
    return _correlation(mine, other, 2)


def _blockiness(a: Sketch, weight: Tensor) -> Tensor:
    """[N, W]: log of how much more steps across the edges of 8 x 8 pixels differ than steps within: a codec's grid.

    Windows begin where blocks do, and the shallowest tap's points lie two pixels apart, so every fourth step is one.
    """
    points = POINTS[TAPS[0]]
    square = a.deviation.unflatten(3, (points, -1))
    across = [square.diff(dim=axis).square().mean(dim=7 - axis) for axis in (3, 4)]  # [N, W, C, steps] each
    steps = [torch.einsum("nwcp,c->nwp", each, weight) for each in across]
    at_edge = torch.tensor([place % 4 == 3 for place in range(points - 1)], device=weight.device)
    edge, within = (
        steps[0][..., chosen].mean(dim=2) + steps[1][..., chosen].mean(dim=2) for chosen in (at_edge, ~at_edge)
    )
    return ((edge + _EPSILON) / (within + _EPSILON)).log()


def _layout(a: Tensor, b: Tensor) -> Tensor:
    """[N, 1]: correlation over the windows of [N, W, C], channel by channel and then in the mean."""
    return _correlation(a, b, 1).mean(dim=1, keepdim=True)


def _correlation(a: Tensor, b: Tensor, dim: int) -> Tensor:
    a, b = a - a.mean(dim=dim, keepdim=True), b - b.mean(dim=dim, keepdim=True)
    size = a.square().sum(dim=dim) * b.square().sum(dim=dim)
    return (a * b).sum(dim=dim) / (size + _EPSILON**2).sqrt()


def _nearest(a: Sketch, b: Sketch) -> Tensor:
    """[N, W]: log distance of each window's channel statistics to the nearest windows of the other picture."""
    mine, other = (torch.cat([x.mean, x.energy.add(1e-3).sqrt()], dim=2) for x in (a, b))
    distance = torch.cdist(mine, other.expand(len(mine), -1, -1)) / mine.shape[2] ** 0.5
    nearest = min(_NEAREST, distance.shape[2])
    return (distance.topk(nearest, dim=2, largest=False).values.mean(dim=2) + 1e-2).log()


def relative(a: Tensor, b: Tensor) -> Tensor:
    """[N]: |A - B|^2 / (|A|^2 + |B|^2) of two Gram matrices."""
    return (a - b).square().sum(dim=(1, 2)) / (a.square().sum(dim=(1, 2)) + b.square().sum(dim=(1, 2)) + _EPSILON)
