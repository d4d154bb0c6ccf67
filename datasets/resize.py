"""The one resize and the one crop, for contents, styles and images that a generator made at another size.

Bicubic with antialiasing, computed in floats, then clamped: what `F.interpolate(mode="bicubic", antialias=True)` does.
It differs from Pillow's bicubic by at most 0.002 of a level before rounding; unfiltered resizing moves FID by more than
many papers' gains (Parmar et al. 2022, arXiv:2104.11222).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor


def resize(images: Tensor, size: tuple[int, int]) -> Tensor:
    """[N, 3, H, W] in [0, 1] to [N, 3, *size]; the images themselves where they have that size already."""
    import torch.nn.functional as F

    if tuple(images.shape[-2:]) == tuple(size):
        return images
    return F.interpolate(images, size=tuple(size), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)


def square(array: np.ndarray, size: int) -> np.ndarray:
    """The centre of a picture as a square: uint8 [H, W, 3] to uint8 [size, size, 3], rounded half to even.

    The shorter side becomes `size`, enlarged where it is smaller, and the longer side is cropped around its centre. It
    is cropped first, which keeps the centre to half a pixel of the larger picture and costs less. An array of that size
    already comes back unchanged.
    """
    height, width = array.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    cropped = array[top : top + side, left : left + side]
    if side == size:
        return np.ascontiguousarray(cropped)
    return np.stack([_resized(cropped[:, :, channel], size) for channel in range(3)], axis=2)


def _resized(channel: np.ndarray, size: int) -> np.ndarray:
    """uint8 [H, W] to uint8 [size, size]; one channel at a time holds memory down for photographs of 100 megapixels."""
    import torch
    import torch.nn.functional as F

    # float64: processors differ in the last bit of a float32 sum, and now and then that turns a rounding the other way.
    values = torch.from_numpy(np.ascontiguousarray(channel)).to(torch.float64)[None, None]
    resized = F.interpolate(values, size=(size, size), mode="bicubic", antialias=True, align_corners=False)
    return resized[0, 0].clamp(0, 255).round().to(torch.uint8).numpy()
