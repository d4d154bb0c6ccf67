"""What of the content's structure is left: distance of deep features in place (Gatys et al. 2016).

The score of the gate is at relu3_1; relu4_1 is coarser and forgives more of a stroke's displacement. Symmetric; 0 for
equal features. Not normalised: it depends on the backbone, never on the size of the image.
"""

import torch
from torch import Tensor

from stylegauge.metrics.shapes import require_same_maps

LAYER = "relu3_1"


def content(output: Tensor, reference: Tensor) -> Tensor:
    """Mean squared difference of one layer's features.

    output, reference: [N, C, H, W] at `LAYER` (or another layer, in both)
    returns: [N] float64, at least 0; ValueError where the shapes differ
    """
    require_same_maps(output, reference)
    return (output - reference).square().mean(dim=(1, 2, 3), dtype=torch.float64)
