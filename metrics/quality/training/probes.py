"""What could be told without looking at the picture: probes that must fail where the score must not lean on them.

A probe of the output's spectrum alone is trained on the same examples as a judge, to tell good from bad, and asked in
the same folds. On outputs that are only paired wrongly it must be at chance, since the very same pictures are good
elsewhere; on the other negatives the spectrum is a part of the truth, and the score must know more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.metrics.quality.training.examples_of import Pair
from stylegauge.metrics.quality.training.held_out import auroc, negative
from stylegauge.metrics.quality.training.labels import NO_SKILL, Row, is_valid

if TYPE_CHECKING:
    from stylegauge.metrics.quality.training.validation import Asked

_RIDGE = 1e-3


def spectrum_probe(
    asked: Asked, valid: Sequence[str], learnt: Sequence[Pair], everywhere: Sequence[Pair]
) -> dict[str, float]:
    """Negative -> AUROC of a logistic regression on log power spectra, trained as the fold's judge was.

    everywhere: the pairs of all folds. The re-paired negatives are asked about over all of them, against the same
    generators' outputs: good and bad are then the very same pictures, right in their own pair and wrong in another.
    """
    kept = [pair.of(asked.fold.trains_on) for pair in learnt]
    spectra = torch.cat([pair.spectrum for pair in kept]).double()
    label = torch.tensor([label_of(row, valid) for pair in kept for row in pair.rows], dtype=torch.float64)
    known = ~label.isnan()
    centre, spread = spectra[known].mean(dim=0), spectra[known].std(dim=0) + 1e-6
    weight = logistic(columns((spectra[known] - centre) / spread), label[known])

    def said(pair: Pair) -> list[float]:
        return list((columns((pair.spectrum.double() - centre) / spread) @ weight).tolist())

    return asked_auroc(asked, everywhere, valid, said)


def asked_auroc(
    asked: Asked, everywhere: Sequence[Pair], valid: Sequence[str], said: Callable[[Pair], list[float]]
) -> dict[str, float]:
    """Negative -> AUROC of the good examples of a fold against it; see `spectrum_probe`. said: [N] of a pair."""
    good: list[float] = []
    bad: dict[str, list[float]] = defaultdict(list)
    makers: dict[str, list[float]] = defaultdict(list)
    mine = [pair for pair, _ in asked.pairs]
    for pair in mine + [each for each in everywhere if not any(each is one for one in mine)]:
        for value, row in zip(said(pair), pair.rows):
            if row["kind"] == "output":
                makers[row["maker"]].append(value)
            if is_valid(row, valid) and asked.fold.asks(row):
                good.append(value)
            if row["kind"] == "control" and asked.fold.asks(row):
                bad[negative(row)].append(value)
            elif row["kind"] in NO_SKILL and row["kind"] != "control":
                bad[f"{row['kind']}/{row['maker']}"].append(value)
    found: dict[str, Any] = {}
    repaired: dict[str, list[float]] = defaultdict(list)
    for name, values in sorted(bad.items()):
        kind, _, maker = name.partition("/")
        if maker:  # against the same generator's outputs, which is what re-pairing leaves alike
            if makers.get(maker):
                repaired[kind].append(auroc(np.array(makers[maker]), np.array(values)))
        else:
            found[name] = auroc(np.array(good), np.array(values))
    return found | {kind: float(np.mean(values)) for kind, values in repaired.items()}


def label_of(row: Row, valid: Sequence[str]) -> float:
    """1 for what is good, 0 for what takes no skill or is paired wrongly, nan for all else."""
    if is_valid(row, valid):
        return 1.0
    return 0.0 if row["kind"] in NO_SKILL else float("nan")


def columns(x: Tensor) -> Tensor:
    """With squares, so that both too much and too little of a frequency can be told, and a constant."""
    return torch.cat([x, x.square().clamp_max(25), torch.ones(len(x), 1, dtype=x.dtype)], dim=1)


def logistic(x: Tensor, label: Tensor, weights: Tensor | None = None) -> Tensor:
    """[D] of a logistic regression with a ridge; x: [N, D]; label: [N] 0 or 1; weights: [N], each alike for None."""
    share = None if weights is None else weights / weights.mean()
    weight = torch.zeros(x.shape[1], dtype=x.dtype, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = F.binary_cross_entropy_with_logits(x @ weight, label, share) + _RIDGE * weight.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return weight.detach()
