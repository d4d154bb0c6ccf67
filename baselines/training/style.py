"""The style distance of the gate as a loss, for trainings that are judged by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from stylegauge.metrics.gram import gram_matrix, gram_rel


def gram_loss(made: Mapping[str, Tensor], styles: Mapping[str, Tensor], taps: Iterable[str]) -> Tensor:
    """`gram_rel` of Gram matrices at these taps, mean over images; a scalar in [0, 1], float32 under autocast too.

    made, styles: tap -> [N, C, h, w], and more taps than are asked for
    """
    taps = tuple(taps)
    device = made[taps[0]].device.type
    with torch.autocast(device, enabled=False):  # products of maps in bfloat16 have 3 digits
        ours, theirs = ({tap: gram_matrix(maps[tap].float()) for tap in taps} for maps in (made, styles))
        return gram_rel(ours, theirs).mean().float()
