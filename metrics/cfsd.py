"""Content feature structural distance: how an image resembles itself from place to place (Chung et al. 2024, StyleID).

As the authors' evaluation code computes it: features at relu3_1 divided by C, inner products of every two positions,
softmax along each row, and the divergence of the output's rows from the content's, KL(content | output), **summed over
rows**. So it grows with resolution: say at which. The paper's rows are at 512 px, 16384 positions. Not symmetric.

Done in blocks of rows, for a whole matrix at 512 px is 1 GB: beside the features this needs 70 MB. Softmax and
sums are in float64: the divergence is a small difference of numbers near log(positions), and all in float32, as the
authors have it, it is off by 1e-4 of its value at 0.2 and by 1e-2 where images are nearly alike.
"""

import torch
from torch import Tensor

from stylegauge.metrics.shapes import require_same_maps

LAYER = "relu3_1"

_BLOCK = 2**19  # products at once; 4 MB in float64, about what a processor's cache holds


def cfsd(output: Tensor, content: Tensor) -> Tensor:
    """Divergence of the output's self-similarity from the content's, summed over positions.

    output, content: [N, C, H, W] at `LAYER`
    returns: [N] float64, at least 0, exactly 0 for equal features, nan where a feature is nan or inf; ValueError where
        the shapes differ
    """
    require_same_maps(output, content)
    scores = [_divergence(_columns(a), _columns(b)) for a, b in zip(output, content)]
    return torch.stack(scores) if scores else output.new_zeros(0, dtype=torch.float64)


def _columns(feature: Tensor) -> Tensor:
    """[C, H, W] to [C, H * W], divided by C."""
    return feature.flatten(1).contiguous() / len(feature)


def _divergence(output: Tensor, content: Tensor) -> Tensor:
    """Sum over rows of KL(content | output) for two [C, P]: a float64 scalar."""
    step = max(1, _BLOCK // output.shape[1])
    blocks = zip(output.split(step, dim=1), content.split(step, dim=1))
    rows = [_row_divergences(a.T @ output, b.T @ content) for a, b in blocks]
    return torch.cat(rows).sum().clamp_min(0)  # rounding alone can take it below 0


def _row_divergences(output: Tensor, content: Tensor) -> Tensor:
    """KL of the softmaxes of two [R, P] blocks of products, row by row: [R] float64.

    With logits a of the content and b of the output, and p = softmax(a), this is the mean of a - b under p, plus the
    difference of the rows' log sums: one matrix of exponentials for each, no matrix of logarithms.
    """
    b, a = output.double(), content.double()
    excess = a - b
    largest_a, largest_b = a.amax(dim=1, keepdim=True), b.amax(dim=1, keepdim=True)
    p = a.sub_(largest_a).exp_()
    below = b - largest_b if b.requires_grad else b.sub_(largest_b)  # a gradient passes no memory written over
    total_a, total_b = p.sum(dim=1), below.exp_().sum(dim=1)
    mean_excess = p.mul_(excess).sum(dim=1) / total_a
    return mean_excess + (total_b.log() + largest_b[:, 0]) - (total_a.log() + largest_a[:, 0])
