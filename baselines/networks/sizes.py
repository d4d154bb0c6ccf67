"""Images of any size through networks that halve them: padded by reflection, and cropped back."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor


def at_any_size(network: Callable[[Tensor], Tensor], images: Tensor, multiple: int) -> Tensor:
    """`network` of images [N, C, H, W] whose sides need not be multiples of `multiple`: [N, C', H, W].

    Right and below are padded by reflection, over and over where a side is shorter than its padding; a side of one
    pixel is doubled first. What the network makes of the padding is cropped away; it must keep the size.
    """
    height, width = images.shape[-2:]
    if min(height, width) == 1:  # nothing to reflect
        images = F.pad(images, (0, int(width == 1), 0, int(height == 1)), mode="replicate")
    padded = images
    while padded.shape[-2] % multiple or padded.shape[-1] % multiple:
        down = min(-padded.shape[-2] % multiple, padded.shape[-2] - 1)
        across = min(-padded.shape[-1] % multiple, padded.shape[-1] - 1)
        padded = F.pad(padded, (0, across, 0, down), mode="reflect")
    return network(padded)[..., :height, :width]
