"""Recolouring by channel means and deviations in CIELAB (Reinhard et al. 2001), as a generator.

The arithmetic is in `stylegauge.datasets.colour`, where the gate finds it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from torch import Tensor

from stylegauge.datasets.colour import colour_match

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request


@final
class ColourMatch:
    """`colour_match` as a generator."""

    kind = "pair"
    role = "control"
    privileged = False

    def stylize(self, request: Request) -> Tensor:
        """Recolour each content after its style image."""
        return colour_match(request.content, request.style)
