"""What is done to an image by a known amount: the ladders that metrics must climb, and what the controls do.

Every function takes and returns [N, 3, H, W] float32 in [0, 1]. What is random comes from one seed an image, drawn on
the CPU, so an image is distorted alike alone, in a batch and on any device. Sigma 0, alpha 0 and a grid of 1 change
nothing.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# Name to strengths, from mild to severe. For "jpeg" a lower quality is severer; "blend" goes from a to b.
LADDERS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "blur": (0.5, 1.0, 2.0, 4.0, 8.0),
        "noise": (0.02, 0.05, 0.1, 0.2, 0.4),
        "jpeg": (90, 70, 50, 30, 15, 5),
        "blend": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
        "patch_shuffle": (2, 4, 8, 16, 32),
    }
)


def blur(images: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of `sigma` pixels, cut at 4 sigma; the border repeats the outermost pixel."""
    import torch
    import torch.nn.functional as F

    if sigma < 0:
        raise ValueError(f"sigma must be 0 or more pixels, found {sigma}")
    if sigma == 0:
        return images
    radius = max(1, math.ceil(4 * sigma))
    offsets = torch.arange(-radius, radius + 1, dtype=images.dtype, device=images.device)
    kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(3, 1, 1, -1)
    padded = F.pad(images, (radius, radius, radius, radius), mode="replicate")
    rows = F.conv2d(padded, kernel, groups=3)
    return F.conv2d(rows, kernel.transpose(2, 3), groups=3).clamp(0, 1)


def noise(images: Tensor, sigma: float, seeds: Sequence[int]) -> Tensor:
    """Independent Gaussian noise of standard deviation `sigma` on every value, clipped to [0, 1].

    One seed gives one pattern, whatever sigma is: along a ladder only its strength changes.
    """
    import torch

    if sigma < 0:
        raise ValueError(f"sigma must be 0 or more, found {sigma}")
    _check_seeds(images, seeds)
    if sigma == 0:
        return images
    patterns = [torch.randn(images.shape[1:], generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return (images + sigma * torch.stack(patterns).to(images)).clamp(0, 1)


def jpeg(images: Tensor, quality: int) -> Tensor:
    """Written as JPEG and read again: libjpeg's quality from 1 to 95, chroma at half resolution (4:2:0)."""
    import numpy as np
    import torch
    from PIL import Image

    from stylegauge.datasets.images import to_tensor, to_uint8

    if not 1 <= quality <= 95:
        raise ValueError(f"JPEG quality goes from 1 to 95, found {quality}")
    decoded = []
    for image in images:
        buffer = io.BytesIO()
        Image.fromarray(to_uint8(image)).save(buffer, "JPEG", quality=int(quality), subsampling="4:2:0")
        decoded.append(to_tensor(np.array(Image.open(buffer))))
    return torch.stack(decoded).to(images)


def blend(a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """(1 - alpha) a + alpha b, of stored sRGB values; exactly a at 0 and exactly b at 1."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha goes from 0 to 1, found {alpha}")
    return (1 - alpha) * a + alpha * b


def patch_shuffle(images: Tensor, grid: int, seeds: Sequence[int]) -> Tensor:
    """Cut into grid x grid patches and move every one of them: statistics stay, the picture goes.

    Rows and columns left over by the division stay where they are, at the bottom and the right.
    """

    if not 1 <= grid <= min(images.shape[-2:]):
        raise ValueError(f"grid goes from 1 to the shorter side {min(images.shape[-2:])}, found {grid}")
    _check_seeds(images, seeds)
    height, width = images.shape[-2] // grid, images.shape[-1] // grid
    shuffled = images.clone()
    for index, seed in enumerate(seeds):
        order = _cycle(grid * grid, seed).to(images.device)
        area = images[index, :, : height * grid, : width * grid]
        patches = area.reshape(3, grid, height, grid, width).permute(1, 3, 0, 2, 4).flatten(0, 1)[order]
        area = patches.reshape(grid, grid, 3, height, width).permute(2, 0, 3, 1, 4)
        shuffled[index, :, : height * grid, : width * grid] = area.reshape(3, height * grid, width * grid)
    return shuffled


def _cycle(n: int, seed: int) -> Tensor:
    """A random permutation of n that is one single cycle: a plain one leaves patches, now and then all, in place."""
    import torch

    visited = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    order = torch.empty_like(visited)
    order[visited] = visited.roll(-1)
    return order


def _check_seeds(images: Tensor, seeds: Sequence[int]) -> None:
    if len(seeds) != len(images):
        raise ValueError(f"one seed an image is needed: found {len(seeds)} seeds for {len(images)} images")
