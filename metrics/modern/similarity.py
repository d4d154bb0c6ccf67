"""CLIP image similarity: the cosine of two pictures' CLIP embeddings.

Output with style is CLIP-I of DreamBooth (Ruiz et al. 2023, arXiv:2208.12242), which compares generated pictures with
the given ones; output with content is the image similarity of InstructPix2Pix (Brooks et al. 2023, arXiv:2211.09800).
Here on ViT-B/32; papers that use ViT-L/14 get other numbers. The embedding is made of what a picture shows as much as
of how: an output that copies the style image scores 1.
"""

import torch.nn.functional as F
from torch import Tensor

from stylegauge.metrics.shapes import require_same_maps


def clip_similarity(output: Tensor, reference: Tensor) -> Tensor:
    """Cosine similarity of each image's embedding with that of its style, or of its content.

    output, reference: [N, D, 1, 1] or [N, D, H, W] of equal shape, of any length
    returns: [N] float64 in [-1, 1]; symmetric, 1 for equal embeddings; ValueError for shapes that differ
    """
    require_same_maps(output, reference)
    return F.cosine_similarity(output.flatten(1).double(), reference.flatten(1).double(), dim=1)
