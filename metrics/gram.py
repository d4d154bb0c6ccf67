"""Style as correlations of features: Gram matrices at relu1_1, 2_1, 3_1, 4_1 and 5_1 (Gatys et al. 2016).

Gatys divides by 4 C^2 (H W)^2 after squaring, Johnson divides by C H W; we divide the matrix by H W and average the
squared difference, so the value hardly depends on resolution and layers of different width weigh alike. Gatys's E_l is
a quarter of ours. `gram` is ruled by a few strong styles; `gram_rel` is bounded: the style score for gates and ranks.
Both are symmetric and 0 for equal matrices; images of different sizes can be compared.
"""

from collections.abc import Mapping

import torch
from torch import Tensor


def gram_matrix(feature: Tensor) -> Tensor:
    """Mean product of every two channels: [N, C, H, W] to [N, C, C], float32 (or float64)."""
    wide = feature.float() if feature.dtype == torch.bfloat16 else feature
    rows = wide.permute(0, 2, 3, 1).flatten(1, 2)  # [N, H * W, C]: no copy of a map whose channels come last
    return rows.transpose(1, 2) @ rows / rows.shape[1]


def gram(output: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> Tensor:
    """Mean squared difference of Gram matrices, mean over layers.

    output, style: layer -> [N, C, C] from `gram_matrix`, the same layers in both
    returns: [N] float64, at least 0; ValueError where the layers differ
    """
    return torch.stack(list(gram_per_layer(output, style).values())).mean(dim=0)


def gram_rel(output: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> Tensor:
    """|G_o - G_s|^2 / (|G_o|^2 + |G_s|^2), mean over layers.

    output, style: layer -> [N, C, C] from `gram_matrix`, the same layers in both
    returns: [N] float64 in [0, 1], since the inner product of two Gram matrices is never negative; ValueError where the
        layers differ
    """
    return torch.stack(list(gram_rel_per_layer(output, style).values())).mean(dim=0)


def gram_per_layer(output: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parts of `gram`: layer -> [N] float64."""
    return {layer: (a - b).square().mean(dim=(1, 2)) for layer, (a, b) in _layers(output, style).items()}


def gram_rel_per_layer(output: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parts of `gram_rel`: layer -> [N] float64."""
    return {layer: _relative(a, b) for layer, (a, b) in _layers(output, style).items()}


def _relative(a: Tensor, b: Tensor) -> Tensor:
    """|a - b|^2 / (|a|^2 + |b|^2) of each matrix; 0 where both are zero, since they are then equal."""
    difference = (a - b).square().sum(dim=(1, 2))
    total = a.square().sum(dim=(1, 2)) + b.square().sum(dim=(1, 2))
    return torch.where(total == 0, 0, difference / total)  # not total > 0: nan must stay nan


def _layers(output: Mapping[str, Tensor], style: Mapping[str, Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
    if set(output) != set(style):
        raise ValueError(f"Gram matrices of different layers: {sorted(output)} and {sorted(style)}")
    for layer in output:
        if output[layer].shape != style[layer].shape:
            raise ValueError(f"{layer}: {tuple(output[layer].shape)} against {tuple(style[layer].shape)}")
    return {layer: (output[layer].double(), style[layer].double()) for layer in output}
