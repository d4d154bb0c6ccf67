"""The first weights of a network, as CycleGAN and its relatives draw them."""

from __future__ import annotations

from torch import nn

_DRAWN = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


def draw_weights(network: nn.Module, deviation: float = 0.02) -> None:
    """Draw N(0, deviation) for every convolution and linear layer, and set their biases to 0, in place.

    Zhu et al. 2017, arXiv:1703.10593, appendix 7.1. Scales of normalisations are drawn about 1, as in the authors' code
    (junyanz/pytorch-CycleGAN-and-pix2pix, `init_weights`). Torch's global generator draws.
    """
    for layer in network.modules():
        if isinstance(layer, _DRAWN):
            nn.init.normal_(layer.weight, 0.0, deviation)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d | nn.InstanceNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, 1.0, deviation)
            nn.init.zeros_(layer.bias)
