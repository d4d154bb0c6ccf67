"""A pool of earlier outputs, from which discriminators are shown half of what they see.

Shrivastava et al. 2017, "Learning from Simulated and Unsupervised Images through Adversarial Training",
arXiv:1612.07828, section 2.3; with 50 images as in CycleGAN (Zhu et al. 2017, arXiv:1703.10593, section 4).
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor


@final
class ImagePool:
    """Up to `capacity` images; while it fills, images pass through, then half of them are exchanged."""

    def __init__(self, capacity: int = 50) -> None:
        if capacity < 0:
            raise ValueError(f"an image pool holds 0 or more images, found {capacity}")
        self.capacity = capacity
        self.images: list[Tensor] = []

    def exchanged(self, images: Tensor, random: torch.Generator) -> Tensor:
        """[N, C, H, W], detached: each is given back itself, or an earlier one whose place it takes, by a coin."""
        given = []
        for image in images.detach():
            if len(self.images) < self.capacity:
                self.images.append(image.clone())
                given.append(image)
            elif self.capacity and torch.rand((), generator=random) < 0.5:
                place = int(torch.randint(self.capacity, (), generator=random))
                given.append(self.images[place])
                self.images[place] = image.clone()
            else:
                given.append(image)
        return torch.stack(given)
