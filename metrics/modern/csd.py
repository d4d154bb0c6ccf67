"""Style similarity of CSD (Somepalli et al. 2024, arXiv:2404.01292): the cosine of two pictures' style descriptors."""

import torch.nn.functional as F
from torch import Tensor

from stylegauge.metrics.shapes import require_same_maps


def csd(output: Tensor, style: Tensor) -> Tensor:
    """Cosine similarity of each image's style descriptor with that of its style.

    output, style: [N, D, 1, 1], of any length
    returns: [N] float64 in [-1, 1]; symmetric, 1 for equal descriptors; ValueError for shapes that differ
    """
    require_same_maps(output, style)
    return F.cosine_similarity(output.flatten(1).double(), style.flatten(1).double(), dim=1)
