"""Structural similarity at five scales (Wang, Simoncelli and Bovik 2003) on RGB.

The structure of every scale and the luminance of the coarsest, each to the power of its published weight, multiplied
within each channel; then the mean over R, G and B. Windows are those of `ssim`. Between scales, 2x2 means; the last row
or column of an odd side counts twice, as in Wang's own program and TensorFlow's. pytorch_msssim and piq agree where
every side is even; elsewhere the one pads with black, which is a dark edge, and the other repeats the first row.
A negative similarity has no such power: it counts as 0, as in all three. Symmetric; an image with nan scores nan.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.metrics.shapes import require_same_images
from stylegauge.metrics.ssim import WINDOW, similarity

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # from the finest scale to the coarsest
MINIMUM_SIDE = WINDOW * 2 ** (len(WEIGHTS) - 1)  # 176: one window at the coarsest scale


def ms_ssim(output: Tensor, reference: Tensor) -> Tensor:
    """Structural similarity of each image over five scales.

    output, reference: [N, 3, H, W] in [0, 1], H and W at least 176
    returns: [N] float64 in [0, 1], 1 where the two are equal; ValueError for other shapes
    """
    require_same_images(output, reference)
    if min(output.shape[-2:]) < MINIMUM_SIDE:
        raise ValueError(
            f"ms_ssim needs images of at least {MINIMUM_SIDE}x{MINIMUM_SIDE}, found {tuple(output.shape[-2:])}"
        )
    x, y, factors = output, reference, []
    for weight in WEIGHTS[:-1]:
        factors.append(similarity(x, y)[1].clamp_min(0) ** weight)
        x, y = _half(x), _half(y)
    factors.append(similarity(x, y)[0].clamp_min(0) ** WEIGHTS[-1])
    return torch.stack(factors).prod(dim=0).mean(dim=1)  # [5, N, 3] to [N]


def _half(images: Tensor) -> Tensor:
    """2x2 means of [N, C, H, W], float64: sides halved, rounded up."""
    height, width = images.shape[-2:]
    if height % 2 or width % 2:
        images = F.pad(images, (0, width % 2, 0, height % 2), mode="replicate")
    rows = images[..., 0::2, :].double() + images[..., 1::2, :]  # four times as fast as avg_pool2d in float64
    return (rows[..., 0::2] + rows[..., 1::2]).mul_(0.25)
