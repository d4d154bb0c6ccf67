"""Fit an ensemble of judges to known orders: Bradley-Terry losses within pairs, and an anchor across them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.metrics.quality.network import MEMBERS, Judge, initialise, overall


@dataclass(frozen=True)
class Group:
    """The examples of one pair.

    inputs: [N, W, INPUTS] float16; order: [N, N] bool, i better than j; by_head: [3, N, N], as one head must see it
    anchor: [N] 1 for what is good, 0 for what is bad, nan where neither is known
    voted: [N, N] those of the orders that people voted for
    """

    inputs: Tensor
    order: Tensor
    by_head: Tensor
    anchor: Tensor
    voted: Tensor


@dataclass(frozen=True)
class Schedule:
    """steps of the optimiser; pairs a step; rate, decay: AdamW's, the rate falls to 0 by a cosine;
    windows: looked at one by one in a step; heads, anchor, votes: weights of losses; width: of the hidden layers."""

    steps: int = 900
    pairs: int = 6
    rate: float = 2e-3
    decay: float = 0.02
    dropout: float = 0.2
    heads: float = 0.5
    anchor: float = 0.3
    votes: float = 1.0
    windows: int = 20
    width: int = 48


def fit(
    groups: Sequence[Group], schedule: Schedule, seed: int, members: int = MEMBERS,
    say: Callable[[int, dict[str, float]], None] = lambda step, row: None,
) -> Judge:  # fmt: skip
    """Train on some pairs; the same groups and seed give the same weights on one machine."""
    torch.manual_seed(seed)
    judge = Judge(members, groups[0].inputs.shape[2], schedule.width)
    initialise(judge, 1000 * seed)
    _normalise(judge, groups)
    optimiser = torch.optim.AdamW(judge.parameters(), lr=schedule.rate, weight_decay=schedule.decay)
    draw = np.random.default_rng(seed)
    shares = torch.from_numpy(draw.poisson(1.0, (members, len(groups)))).float()  # each member's own bootstrap
    for step in range(schedule.steps):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate * 0.5 * (1 + np.cos(np.pi * step / schedule.steps))
        chosen = draw.choice(len(groups), min(schedule.pairs, len(groups)), replace=False)
        losses = _losses(judge, [groups[i] for i in chosen], shares[:, chosen], schedule)
        total = losses["order"] + schedule.heads * losses["heads"] + schedule.anchor * losses["anchor"]
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        if step % 25 == 0 or step == schedule.steps - 1:
            say(step, {name: float(value.detach()) for name, value in losses.items()})
    return judge.eval().requires_grad_(False)


@torch.no_grad()
def _normalise(judge: Judge, groups: Sequence[Group]) -> None:
    sample = torch.cat([group.inputs.float().flatten(0, 1)[::7] for group in groups])
    judge.centre.copy_(sample.mean(dim=0))
    judge.spread.copy_(sample.std(dim=0).clamp_min(1e-3))


def _losses(judge: Judge, groups: Sequence[Group], shares: Tensor, schedule: Schedule) -> dict[str, Tensor]:
    inputs = torch.cat([group.inputs for group in groups]).float()
    heads = judge.hurried(inputs, torch.randperm(inputs.shape[1])[: schedule.windows], schedule.dropout)
    found: dict[str, list[Tensor]] = {"order": [], "heads": [], "anchor": []}
    for group, mine in zip(groups, heads.split([len(group.inputs) for group in groups], dim=1)):
        score = overall(mine)  # [E, N]
        # A vote is one order among hundreds, and the only one that is about taste: votes weigh what all others do.
        found["order"].append(_ranked(score, group.order) + schedule.votes * _ranked(score, group.voted))
        found["heads"].append(torch.stack([_ranked(mine[..., k], group.by_head[k]) for k in range(3)]).mean(dim=0))
        known = ~group.anchor.isnan()
        target = group.anchor[known].expand(len(score), -1)
        found["anchor"].append(F.binary_cross_entropy_with_logits(score[:, known], target, reduction="none").mean(1))
    return {name: (torch.stack(each, dim=1) * shares).mean() for name, each in found.items()}


def _ranked(score: Tensor, order: Tensor) -> Tensor:
    """[E]: mean of -log P(i over j) over the known orders, each example that is beaten counting alike."""
    if not order.any():
        return score.sum(dim=1) * 0
    loss = F.softplus(score[:, None, :] - score[:, :, None]) * order  # [E, i, j]: i better than j
    beaten = order.sum(dim=0)
    return (loss.sum(dim=1)[:, beaten > 0] / beaten[beaten > 0]).mean(dim=1)
