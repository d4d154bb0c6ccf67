"""The permanent controls: what every metric must put in its place before its word on a generator counts.

All of them are final classes that meet Stylizer. The privileged ones are shown `request.privilege`, which no generator
under test ever is.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

import torch
from torch import Tensor

from stylegauge.datasets import distortions, painterly
from stylegauge.datasets.colour import colour_match
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import to_tensor, to_uint8
from stylegauge.datasets.resize import resize

if TYPE_CHECKING:
    from stylegauge.datasets.request import Privilege, Request

Recipe = Mapping[str, Any] | None


@final
class Identity:
    """The content, untouched: best on every content metric, and no style at all."""

    kind = "pair"
    role = "control"
    privileged = False

    def stylize(self, request: Request) -> Tensor:
        """Return the contents."""
        return request.content


@final
class StyleCopy:
    """The style image, resized to the content: best on every style metric, and no content at all."""

    kind = "pair"
    role = "control"
    privileged = False

    def stylize(self, request: Request) -> Tensor:
        """Return the style images at the contents' size."""
        return _style_at_content_size(request)


@final
class Blend:
    """(1 - alpha) content + alpha style image: a double exposure, which takes no skill at any alpha in [0, 1]."""

    kind = "pair"
    role = "control"
    privileged = False

    def __init__(self, alpha: float = 0.5) -> None:
        if not 0 <= alpha <= 1:
            raise UsageError(f"a blend's alpha goes from 0 (content) to 1 (style), found {alpha}")
        self.alpha = alpha

    def stylize(self, request: Request) -> Tensor:
        """Mix each content with its style image."""
        return distortions.blend(request.content, _style_at_content_size(request), self.alpha)


def blend_25() -> Blend:
    """A quarter of the style image."""
    return Blend(0.25)


def blend_50() -> Blend:
    """Half and half."""
    return Blend(0.5)


def blend_75() -> Blend:
    """Three quarters of the style image."""
    return Blend(0.75)


@final
class Noise:
    """The content under Gaussian noise of standard deviation `sigma`, of 1; the item's seed makes the pattern."""

    kind = "pair"
    role = "control"
    privileged = False

    def __init__(self, sigma: float = 0.2) -> None:
        if sigma < 0:
            raise UsageError(f"noise's sigma is 0 or more (1 is white against black), found {sigma}")
        self.sigma = sigma

    def stylize(self, request: Request) -> Tensor:
        """Add each item's own noise."""
        return distortions.noise(request.content, self.sigma, request.seeds)


@final
class Blur:
    """The content under a Gaussian blur of `sigma` pixels."""

    kind = "pair"
    role = "control"
    privileged = False

    def __init__(self, sigma: float = 4.0) -> None:
        if sigma < 0:
            raise UsageError(f"blur's sigma is 0 or more pixels, found {sigma}")
        self.sigma = sigma

    def stylize(self, request: Request) -> Tensor:
        """Blur each content."""
        return distortions.blur(request.content, self.sigma)


@final
class Oracle:
    """The renderer that made the style image, with its parameters, applied to the content.

    Ground truth that photographs and paintings never have: it needs a split that says how each style was rendered.
    """

    kind = "pair"
    role = "control"
    privileged = True

    def stylize(self, request: Request) -> Tensor:
        """Render each content by its style's recipe; UsageError where a style image has none."""
        return _render(request.content, _privilege(request, "oracle").recipes)


@final
class DomainOracle:
    """The renderer of the domain with parameters drawn anew: what a model that has learnt a domain to the full makes.

    It is shown no style image, as no model of domains is, so it meets the domain and not the one picture of it; what it
    falls short of `oracle` is what not seeing the style image costs.
    """

    kind = "domain"
    role = "control"
    privileged = False
    domains = painterly.DOMAINS

    def stylize(self, request: Request) -> Tensor:
        """Render each content by a recipe of its domain, drawn from its seed."""
        drawn = zip(request.domain, request.seeds)
        recipes = [painterly.draw(domain, random.Random(seed)) for domain, seed in drawn]  # noqa: S311
        return _render(request.content, recipes)


@final
class WrongContent:
    """The right style on another content of the split: a style score must not mind, a content score must."""

    kind = "pair"
    role = "control"
    privileged = True

    def stylize(self, request: Request) -> Tensor:
        """Run the source (see `_source`) on the other contents."""
        shown = _privilege(request, "wrong-content")
        other = resize(shown.other_content, _size(request))
        return _source(other, request.style, shown.recipes)


@final
class WrongStyle:
    """The right content in another style of the split: a content score must not mind, a style score must."""

    kind = "pair"
    role = "control"
    privileged = True

    def stylize(self, request: Request) -> Tensor:
        """Run the source (see `_source`) with the other style images."""
        shown = _privilege(request, "wrong-style")
        return _source(request.content, shown.other_style, shown.other_recipes)


def _style_at_content_size(request: Request) -> Tensor:
    return resize(request.style, _size(request))


def _size(request: Request) -> tuple[int, int]:
    height, width = request.content.shape[-2:]
    return height, width


def _privilege(request: Request, name: str) -> Privilege:
    if request.privilege is None:
        raise UsageError(
            f"'{name}' is a privileged control and was shown no privilege; it runs by its registered name only"
        )
    return request.privilege


def _source(content: Tensor, style: Tensor, recipes: Sequence[Recipe]) -> Tensor:
    """What the wrong-* controls run: the oracle for a style image with a recipe, colour-match for any other.

    The oracle is the better source, since only the wrong partner is then wrong; pictures nobody rendered have none.
    """
    return torch.cat(
        [
            colour_match(content[i : i + 1], style[i : i + 1])
            if recipe is None
            else _render(content[i : i + 1], [recipe])
            for i, recipe in enumerate(recipes)
        ]
    )


def _render(content: Tensor, recipes: Sequence[Recipe]) -> Tensor:
    """[N, 3, H, W] rendered image by image on the CPU, as 8-bit pictures, which is what renderers work on."""
    rendered = []
    for image, recipe in zip(content, recipes):
        if recipe is None:
            raise UsageError("the oracle needs a rendered style; this style image comes without a recipe")
        rendered.append(to_tensor(painterly.render(recipe, to_uint8(image))))
    return torch.stack(rendered).to(content)
