"""The mirror of a VGG-like encoder: features of a tap back to a picture.

Huang and Belongie 2017, arXiv:1703.06868, section 6.1: the encoder in reverse, nearest upsampling in place of pooling
(no checkerboards), reflection padding (no borders), no normalisation (instance norm would undo the style). Li et al.
2017, arXiv:1705.08086, section 3.1, decode each of their taps by such a mirror.
"""

from __future__ import annotations

from itertools import pairwise
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@final
class Decoder(nn.Module):
    """[N, channels, h, w] to pictures [N, 3, h * 2**halvings, w * 2**halvings] about [0, 1], not clipped.

    channels, halvings: of the encoder's tap
    width: channels at full size, doubled at each halving (64 mirrors VGG-19, 24 the embedded backbone)
    layers: convolutions at each size, as many as the encoder has there (2; VGG-19 has 4 at a quarter of the size)
    """

    def __init__(self, channels: int, halvings: int, width: int = 24, layers: int = 2) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        given = channels
        for halving in range(halvings, -1, -1):
            # Each size ends on the width of the next larger one, as the encoder's sizes begin on it.
            ends = 2 ** (halving - 1) * width if halving else 3
            # The tap is the first map of its size, so there is one layer to mirror at that size.
            count = 1 if halving == halvings else layers
            widths = [given, *[2**halving * width] * (count - 1), ends]
            self.stages.append(nn.ModuleList(nn.Conv2d(a, b, 3) for a, b in pairwise(widths)))
            given = ends
        _initialise(self)

    def forward(self, features: Tensor) -> Tensor:
        """Decode; the last convolution is linear."""
        x = features
        for place, stage in enumerate(self.stages):
            if place:  # what the stage before gave
                x = F.interpolate(F.relu(x), scale_factor=2, mode="nearest")
            for number, layer in enumerate(stage.children()):
                x = layer(F.pad(F.relu(x) if number else x, (1, 1, 1, 1), mode="reflect"))
        return x


@torch.no_grad()
def _initialise(decoder: Decoder) -> None:
    """He's normal weights (torch's own shrink what passes seven layers to a constant); first pictures around grey."""
    for name, parameter in decoder.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        else:
            nn.init.kaiming_normal_(parameter, nonlinearity="relu")
    weight, bias = list(decoder.parameters())[-2:]
    weight.mul_(0.1)
    bias.fill_(0.5)
