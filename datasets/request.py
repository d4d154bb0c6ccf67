"""What a generator is given: one batch of pairs under the image contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Privilege:
    """What only the permanent controls are shown, never a generator under test.

    recipes: how each style image was rendered (None for a picture nobody rendered)
    other_content, other_style: [N, 3, H, W], another item of the same split, of another group where there is one
    other_recipes: the recipes of `other_style`
    """

    recipes: tuple[Mapping[str, Any] | None, ...]
    other_content: Tensor
    other_style: Tensor
    other_recipes: tuple[Mapping[str, Any] | None, ...]


@dataclass(frozen=True)
class Request:
    """One batch for `Stylizer.stylize`.

    content: [N, 3, H, W] float32 in [0, 1], RGB, sRGB values
    style:   [N, 3, H', W'] float32 in [0, 1]; one style image for each content; [N, 3, 0, 0] for models of a domain
    domain:  N labels, the style domain of each style image ("" where the split names none)
    seeds:   N integers; all randomness of image i must come from seeds[i], so that no image depends on its batch
    strength, prompt, mask: for generators that declare them, None otherwise
    """

    content: Tensor
    style: Tensor
    domain: tuple[str, ...]
    seeds: tuple[int, ...]
    strength: float | None = None
    prompt: tuple[str, ...] | None = None
    mask: Tensor | None = None
    privilege: Privilege | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.seeds)
