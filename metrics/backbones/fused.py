"""Convolutions with their ReLU in one call, their weights laid out for the processor once and not at every image.

It is oneDNN's own convolution, which torch calls as well, so the numbers are the same to the last bit. The operators
are those that torch's compiler puts into its code; where a build has none of them, the layers stay what they were, and
so do bfloat16 layers on a processor that lacks the instructions these operators ask for.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn


class FusedConvolution(nn.Module):
    """A convolution and the ReLU after it; where gradients are asked for, the layers it was made of."""

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution
        self._packed: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] to [N, C', H', W']."""
        layer = self.convolution
        if torch.is_grad_enabled() or (layer.weight.dtype == torch.bfloat16 and not _takes_bfloat16()):
            return layer(x).relu_()
        how = list(layer.padding), list(layer.stride), list(layer.dilation), layer.groups
        if self._packed is None:
            self._packed = torch.ops.mkldnn._reorder_convolution_weight(layer.weight, *how, list(x.shape))
        return torch.ops.mkldnn._convolution_pointwise(x, self._packed, layer.bias, *how, "relu", [], "")


def fuse(network: nn.Module) -> None:
    """Replace every convolution with a ReLU after it, wherever two such layers stand side by side, in place.

    The ReLU's place is kept, so that layers keep their numbers.
    """
    if not _available():
        return
    for block in [each for each in network.modules() if isinstance(each, nn.Sequential)]:
        for (name, layer), (after, activation) in pairwise(list(block.named_children())):
            if isinstance(layer, nn.Conv2d) and isinstance(activation, nn.ReLU) and layer.padding_mode == "zeros":
                setattr(block, name, FusedConvolution(layer))
                setattr(block, after, nn.Identity())


def _takes_bfloat16() -> bool:
    supported = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return supported is not None and bool(supported())


def _available() -> bool:
    operators = ("_reorder_convolution_weight", "_convolution_pointwise")
    return torch.backends.mkldnn.is_available() and all(hasattr(torch.ops.mkldnn, each) for each in operators)
