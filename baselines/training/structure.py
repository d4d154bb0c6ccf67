"""1 - SSIM as a loss: `metrics.ssim`, which works in place and in float64, for gradients.

Wang et al. 2004, doi:10.1109/TIP.2003.819861, section III-B: a Gaussian window of 11 pixels with sigma 1.5, K1 = .01,
K2 = .03; as in `metrics.ssim` only windows inside the image count, and R, G and B weigh alike.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.metrics.ssim import C1, C2, SIGMA, WINDOW


def dissimilarity(x: Tensor, y: Tensor) -> Tensor:
    """1 - SSIM, mean over images: a scalar in [0, 2], 0 where they are equal; float32 under autocast too.

    x, y: [N, C, H, W] in [0, 1], sides at least 11
    """
    with torch.autocast(x.device.type, enabled=False):  # variances are differences that bfloat16 rounds away
        return _dissimilarity(x.float(), y.float())


def _dissimilarity(x: Tensor, y: Tensor) -> Tensor:
    mean_x, mean_y = _windowed(x), _windowed(y)
    # Rounding can make a variance a little negative, which C2 outweighs.
    variance_x, variance_y = _windowed(x * x) - mean_x**2, _windowed(y * y) - mean_y**2
    covariance = _windowed(x * y) - mean_x * mean_y
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    structure = (2 * covariance + C2) / (variance_x + variance_y + C2)
    return 1 - (luminance * structure).mean()


def _windowed(images: Tensor) -> Tensor:
    """Gaussian means over every whole window: [N, C, H - 10, W - 10]."""
    channels = images.shape[1]
    positions = torch.arange(WINDOW, device=images.device, dtype=images.dtype) - WINDOW // 2
    weights = torch.softmax(-positions.square() / (2 * SIGMA**2), dim=0)
    across = F.conv2d(images, weights.expand(channels, 1, 1, WINDOW), groups=channels)
    return F.conv2d(across, weights[:, None].expand(channels, 1, WINDOW, 1), groups=channels)
