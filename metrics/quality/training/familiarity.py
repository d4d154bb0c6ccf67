"""The density of a judge's training examples, and how far from it an example may lie before the judge abstains."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from stylegauge.metrics.quality.judge import Familiar, summary
from stylegauge.metrics.quality.network import Judge

DIRECTIONS = 40
# Of the training's own examples so many lie within the limit's two thirds; what is three halves as far is unheard of.
SHARE, MARGIN = 0.995, 1.5


@torch.inference_mode()
def fit_familiar(judge: Judge, inputs: Sequence[Tensor]) -> Familiar:
    """A Gaussian along the leading directions of the summaries of all examples, [N, W, INPUTS] each."""
    rows = torch.cat([summary(each.float(), judge) for each in inputs]).double()
    mean = rows.mean(dim=0)
    centred = rows - mean
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(rows))
    many = min(DIRECTIONS, len(rows) // 4)  # beside the directions something must be left of every example
    basis = vectors[:, -many:].flip(1).T
    basis = basis * torch.sign(basis.gather(1, basis.abs().argmax(dim=1, keepdim=True)))  # an axis has no sign
    rest = (centred - centred @ basis.T @ basis).square().sum(dim=1).sqrt()
    usual = torch.cat([values[-many:].flip(0).clamp_min(1e-9).sqrt(), rest.square().mean().sqrt()[None]])
    open_ended = Familiar(mean.float(), basis.float(), usual.float(), torch.tensor(1.0))
    limit = torch.quantile(open_ended.strangeness(rows.float()), SHARE) * MARGIN
    return Familiar(open_ended.mean, open_ended.basis, open_ended.deviation, limit)
