"""One pair with what a validation needs to make of it: a good output, another recipe, and the seed of its draws."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.batches import Batch, Pair
from stylegauge.datasets import painterly
from stylegauge.datasets.colour import colour_match
from stylegauge.datasets.images import quantise, to_tensor, to_uint8

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.batches import Pictures

Recipe = Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """One content under one style.

    content, style: [3, H, W] in [0, 1], 8 bits
    recipe: how the style image was rendered, None where nobody rendered it
    seed: the pair's, of everything that is drawn for it
    """

    pair: tuple[str, str]
    content: Tensor
    style: Tensor
    recipe: Recipe | None
    seed: int

    @cached_property
    def good(self) -> Tensor:
        """The best output known: the true renderer's where styles were rendered, else the content recoloured."""
        if self.recipe is None:
            return quantise(colour_match(self.content[None], self.style[None]))[0]
        return rendered(self.recipe, self.content)

    @cached_property
    def other(self) -> Recipe:
        """Another draw of the style's domain; for scenes with a recipe."""
        if self.recipe is None:
            raise ValueError("a picture that nobody rendered has no domain to draw from")
        return painterly.draw(self.recipe["domain"], random.Random(self.seed))  # noqa: S311


def scene_of(pictures: Pictures, content: str, style: str) -> Scene:
    """The scene of a pair of a split."""
    batch = Batch(pictures, (Pair(content, style, 0),))
    recipe = pictures.split.style(style).recipe
    return Scene((content, style), batch.contents()[0], batch.styles()[0], recipe, batch.seeds[0])


def rendered(recipe: Recipe, image: Tensor) -> Tensor:
    """[3, H, W] in [0, 1] in the recipe's style, 8 bits, on the image's device."""
    return to_tensor(painterly.render(recipe, to_uint8(image))).to(image)
