"""The original neural style transfer: optimise the pixels themselves, on the suite's backbone.

Gatys, Ecker and Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks", doi:10.1109/CVPR.2016.265.
As in the paper: L-BFGS, content at one deep layer, Gram matrices at five. Different here:
- the backbone is the suite's own, not VGG-19, so this baseline is judged by the features that it optimises;
- each layer's losses are divided by the energy of their target, since layers of this backbone differ in scale;
- it starts from the content and takes few steps, first at half size, then at full size (coarse to fine as in Gatys et
  al. 2017, arXiv:1611.07865), which covers more ground for the time than full size alone;
- total variation is held down, as most implementations do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.resize import resize
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.gram import gram_matrix

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request

CONTENT_TAP = "relu4_1"
# The line search's first trial moves pixels by this much on average; L-BFGS by itself starts with a step of L1 norm 1,
# a hundred-thousandth of a level each, and spends its first evaluations on growing it.
FIRST_MOVE = 0.02
RANGE_WEIGHT = 100.0


@final
class Gatys:
    """Optimisation by L-BFGS, each pair by itself, so that no image depends on its batch.

    evaluations: how often the loss and its gradient are computed at full size; as often again at half size, which
        costs a quarter
    style_weight, variation_weight: against a content weight of 1
    """

    kind = "pair"
    role = "entry"
    privileged = False

    def __init__(
        self,
        evaluations: int = 6,
        style_weight: float = 50.0,
        variation_weight: float = 10.0,
        backbone: str = "embedded",
        device: str = "cpu",
    ) -> None:
        if evaluations < 1:
            raise UsageError(f"gatys needs at least 1 evaluation of its loss, found {evaluations}")
        self.evaluations = evaluations
        self.style_weight = style_weight
        self.variation_weight = variation_weight
        self.backbone = load_backbone(backbone, device)

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        images = [self._pair(request.content[i : i + 1], request.style[i : i + 1]) for i in range(len(request))]
        return torch.cat(images)

    def _pair(self, content: Tensor, style: Tensor) -> Tensor:
        image = content
        for divisor in (2, 1):
            small_content, small_style = _shrink(content, divisor), _shrink(style, divisor)
            start = resize(image, (small_content.shape[-2], small_content.shape[-1]))
            loss = Loss(self.backbone, small_content, small_style, self.style_weight, self.variation_weight)
            image = minimise(loss, start, self.evaluations)
        return image.clamp(0, 1)


class Loss:
    """The objective of one pair, a function of an image [1, 3, H, W]."""

    def __init__(
        self, backbone: Backbone, content: Tensor, style: Tensor, style_weight: float, variation_weight: float
    ) -> None:
        with torch.no_grad():
            self._content = backbone(content, (CONTENT_TAP,))[CONTENT_TAP]
            self._grams = {tap: gram_matrix(feature) for tap, feature in backbone(style).items()}
        self._backbone = backbone
        self._style_weight = style_weight
        self._variation_weight = variation_weight

    def __call__(self, image: Tensor) -> Tensor:
        """Content + style + total variation + a wall around [0, 1]; a scalar."""
        features = self._backbone(image)
        content = _relative(features[CONTENT_TAP], self._content)
        style = style_distance(features, self._grams)
        outside = (image - image.clamp(0, 1)).square().mean()
        return (
            content
            + self._style_weight * style
            + self._variation_weight * total_variation(image)
            + RANGE_WEIGHT * outside
        )


def style_distance(features: Mapping[str, Tensor], grams: Mapping[str, Tensor]) -> Tensor:
    """|G - G_s|^2 / |G_s|^2, mean over layers; a scalar."""
    return torch.stack([_relative(gram_matrix(features[tap]), target) for tap, target in grams.items()]).mean()


def _relative(value: Tensor, target: Tensor) -> Tensor:
    return (value - target).square().sum() / target.square().sum().clamp_min(1e-12)


def total_variation(image: Tensor) -> Tensor:
    """Mean squared difference of neighbours, down and across; a scalar."""
    return image.diff(dim=2).square().mean() + image.diff(dim=3).square().mean()


def minimise(loss: Loss, start: Tensor, evaluations: int) -> Tensor:
    """Run L-BFGS from an image [1, 3, H, W] for about so many evaluations (a line search is not cut short)."""
    scale = FIRST_MOVE * start.numel()
    moved = torch.zeros_like(start, requires_grad=True)  # (image - start) / scale
    optimiser = torch.optim.LBFGS(
        [moved], max_iter=evaluations, max_eval=evaluations, history_size=10, line_search_fn="strong_wolfe"
    )

    def evaluate() -> float:
        optimiser.zero_grad()
        value = loss(start + scale * moved)
        value.backward()
        return value.item()

    with torch.enable_grad():
        optimiser.step(evaluate)
    return (start + scale * moved).detach()


def _shrink(image: Tensor, divisor: int) -> Tensor:
    height, width = image.shape[-2:]
    return resize(image, (max(32, height // divisor), max(32, width // divisor)))
