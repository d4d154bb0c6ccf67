"""The original neural style transfer: optimise the pixels themselves, on the suite's backbone.

Gatys, Ecker and Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks", doi:10.1109/CVPR.2016.265.
As in the paper: L-BFGS, content at one deep layer, Gram matrices at five. Different here:
- the backbone is the suite's own, not VGG-19, unless it is asked for, so this baseline is judged by the features that
  it optimises;
- each layer's losses are divided by the energy of their target, since layers of this backbone differ in scale;
- it starts from the content and takes few steps, first at half size, then at full size (coarse to fine as in Gatys et
  al. 2017, arXiv:1611.07865), which covers more ground for the time than full size alone;
- total variation is held down, as most implementations do.

Colours can be the content's, by either way of Gatys, Bethge, Hertzmann and Shechtman 2016, "Preserving Color in Neural
Artistic Style Transfer", arXiv:1606.05897; see `Gatys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from stylegauge.baselines.strength import strength_of
from stylegauge.datasets.colour import colour_match
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
SMALLEST = 32  # pixels a side, of what is optimised: the deepest maps of less have no correlations to speak of
COLORS = ("style", "match", "keep")
LUMA = (0.299, 0.587, 0.114)  # Y of YIQ, the space of arXiv:1606.05897


@final
class Gatys:
    """Optimisation by L-BFGS, each pair by itself, so that no image depends on its batch.

    evaluations: how often the loss and its gradient are computed at each size
    style_weight, variation_weight: against a content weight of 1
    scales: sizes, each twice the one before, the last the content's own; half the size costs a quarter
    color: "style", the style image's colours; "match", the content's, whose means and deviations the style image is
        given first (section 2 of 1606.05897; they match covariances, in RGB, we as `colour-match` does); "keep",
        the content's own at every pixel, by transferring luminance alone (its section 3)
    strength: in [0, 1], how much more the content weighs. Style and variation weigh strength**2 of their weights; 1 is
        the paper's loss, 0 gives the content back
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
        scales: int = 2,
        color: str = "style",
        strength: float = 1.0,
    ) -> None:
        if evaluations < 1:
            raise UsageError(f"gatys needs at least 1 evaluation of its loss, found {evaluations}")
        if scales < 1:
            raise UsageError(f"gatys needs at least 1 scale, the content's own, found {scales}")
        if color not in COLORS:
            raise UsageError(f"gatys has no color '{color}'; there are: {', '.join(COLORS)}")
        self.evaluations = evaluations
        self.scales = scales
        self.color = color
        self.strength = strength_of(strength, "gatys")
        self.style_weight = style_weight
        self.variation_weight = variation_weight
        self.backbone = load_backbone(backbone, device)

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        strength = strength_of(request.strength, "gatys", self.strength)
        if strength == 0:  # what is left of the loss is 0 there, and the smaller sizes would only blur it
            return request.content
        pairs = zip(request.content.split(1), request.style.split(1))
        return torch.cat([self._pair(content, style, strength) for content, style in pairs])

    def _pair(self, content: Tensor, style: Tensor, strength: float) -> Tensor:
        if self.color == "match":
            return self._optimised(content, colour_match(style, content), strength)
        if self.color == "keep":
            grey, chroma = _split(content)
            made = self._optimised(grey, _match_luminance(_split(style)[0], grey), strength)
            return (_split(made)[0] + chroma).clamp(0, 1)
        return self._optimised(content, style, strength)

    def _optimised(self, content: Tensor, style: Tensor, strength: float) -> Tensor:
        image = content
        for scale in reversed(range(self.scales)):
            small_content, small_style = _shrink(content, 2**scale), _shrink(style, 2**scale)
            start = resize(image, (small_content.shape[-2], small_content.shape[-1]))
            weights = (strength**2 * self.style_weight, strength**2 * self.variation_weight)
            loss = Loss(self.backbone, small_content, small_style, *weights)
            image = minimise(loss, start, self.evaluations)
        # Pictures smaller than `SMALLEST` were optimised enlarged.
        return resize(image, (content.shape[-2], content.shape[-1])).clamp(0, 1)


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


def _split(image: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance Y as a grey picture [1, 3, H, W], and what is left of the picture: its I and Q, in RGB."""
    weights = torch.tensor(LUMA, device=image.device).view(1, 3, 1, 1)
    grey = (weights * image).sum(dim=1, keepdim=True).expand_as(image)
    return grey, image - grey


def _match_luminance(style: Tensor, content: Tensor) -> Tensor:
    """The style's luminance with the content's mean and deviation, as arXiv:1606.05897 does where they differ."""
    deviation, mean = torch.std_mean(style, correction=0)
    wanted_deviation, wanted_mean = torch.std_mean(content, correction=0)
    return ((style - mean) * wanted_deviation / deviation.clamp_min(1e-6) + wanted_mean).clamp(0, 1)


def _shrink(image: Tensor, divisor: int) -> Tensor:
    height, width = image.shape[-2:]
    return resize(image, (max(SMALLEST, height // divisor), max(SMALLEST, width // divisor)))
