"""What training minimises: features as the teacher's, and candidates in the teacher's order.

The feature term is a regression. The order terms look at a group's distances on a logarithmic scale, where two
networks agree when their distances differ by one factor only: the spread of the log ratios is what disturbs the order.
"""

import torch
from torch import Tensor

from stylegauge.metrics.embedded.network import TAPS
from stylegauge.metrics.embedded.training.groups import GROUP
from stylegauge.metrics.embedded.training.lessons import content_distances, style_distances

# The deep taps have another teacher and are only asked for what a narrow network can give.
FEATURE_WEIGHTS = {"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0, "relu4_1": 0.3, "relu5_1": 0.3}
STYLE_WEIGHT = 0.2
CONTENT_WEIGHT = 0.2
LEVEL_WEIGHT = 0.1  # of the common factor, beside its spread
SMALLEST = 1e-4  # distances below this share of the group's typical one are as good as none


def feature_losses(maps: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, Tensor]:
    """tap -> unexplained share of the target's energy: 0 perfect, 1 for a map of zeros; both [N, K, H, W]."""
    return {tap: (maps[tap] - targets[tap]).square().mean() / targets[tap].square().mean() for tap in TAPS}


def order_losses(maps: dict[str, Tensor], style: Tensor, content: Tensor) -> tuple[Tensor, Tensor]:
    """Disagreement on distances to the style and to the content, mean over groups.

    maps: tap -> [G * 8, K, H, W]; style: [G, 6, 3], content: [G, 6], the teacher's distances
    """
    groups = [{tap: value[i : i + GROUP] for tap, value in maps.items()} for i in range(0, len(maps[TAPS[0]]), GROUP)]
    ours_style = torch.stack([style_distances(group) for group in groups])
    ours_content = torch.stack([content_distances(group) for group in groups])
    return _disagreement(ours_style, style), _disagreement(ours_content[:, :, None], content[:, :, None])


def _disagreement(ours: Tensor, theirs: Tensor) -> Tensor:
    """Spread of log(ours / theirs) over candidates, plus a little of its level: [G, K, L] to a scalar."""
    floor = SMALLEST * theirs.mean(dim=1, keepdim=True)
    ratios = (ours + floor).log() - (theirs + floor).log()
    spread = (ratios - ratios.mean(dim=1, keepdim=True)).square().mean()
    return spread + LEVEL_WEIGHT * ratios.mean(dim=1).square().mean()


def total(features: dict[str, Tensor], style: Tensor, content: Tensor) -> Tensor:
    """The weighted sum that is minimised."""
    weighted = torch.stack([FEATURE_WEIGHTS[tap] * value for tap, value in features.items()]).sum()
    return weighted + STYLE_WEIGHT * style + CONTENT_WEIGHT * content
