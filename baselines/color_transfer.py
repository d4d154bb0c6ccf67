"""Recolouring, as generators: by means and deviations (a control), and by optimal transport (an entry).

`ColourMatch` is Reinhard et al. 2001; its arithmetic is in `stylegauge.datasets.colour`, where the gate finds it too.
`OptimalTransportColour` is the linear Monge-Kantorovich map: Pitie and Kokaram 2007, "The linear Monge-Kantorovitch
linear colour mapping for example-based colour transfer", doi:10.1049/cp:20070055. It is the optimal transport between
the Gaussians of two pictures' colours, in closed form, and so the same on every machine and for every seed. Transport
of the whole distribution (Pitie, Kokaram and Dahyot 2007, doi:10.1016/j.cviu.2006.11.011) follows a palette further,
but tears smooth skies into bands and grain, which its authors mend afterwards. In CIELAB, where the distance that
transport keeps small is one that is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from stylegauge.baselines.strength import strength_of
from stylegauge.datasets.colour import colour_match, from_lab, to_lab

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request

FLOOR = 1e-6  # added to variances, of 100 levels of lightness squared: a flat picture has none


@final
class ColourMatch:
    """`colour_match` as a generator."""

    kind = "pair"
    role = "control"
    privileged = False

    def stylize(self, request: Request) -> Tensor:
        """Recolour each content after its style image."""
        return colour_match(request.content, request.style)


@final
class OptimalTransportColour:
    """Each content in the colours of its style image; equal colours stay equal, and no edge moves.

    strength: how far each colour goes on its way, from 0 (the content) to 1
    """

    kind = "pair"
    role = "entry"
    privileged = False

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength_of(strength, "ot-color")

    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used. What sRGB cannot show is clipped."""
        strength = strength_of(request.strength, "ot-color", self.strength)
        source, target = to_lab(request.content).flatten(2), to_lab(request.style).flatten(2)
        moved = torch.stack([linear_map(one, other) for one, other in zip(source, target)])
        # Along the way of the transport (McCann 1997), which for Gaussians is straight from colour to colour.
        return from_lab(torch.lerp(source, moved, strength).view(request.content.shape))


def linear_map(source: Tensor, target: Tensor) -> Tensor:
    """T (x - m) + m', T = A^(-1/2) (A^(1/2) B A^(1/2))^(1/2) A^(-1/2), of covariances A of the source and B.

    source: [3, P]; target: [3, Q]; returns [3, P]. Pitie and Kokaram 2007, section 3; of all linear maps that give
    mean and covariance of the target, the one that moves colours the least.
    """
    mean, wanted_mean = source.mean(dim=1, keepdim=True), target.mean(dim=1, keepdim=True)
    root, inverse = _roots(_covariance(source))
    middle, _ = _roots(root @ _covariance(target) @ root)
    return inverse @ middle @ inverse @ (source - mean) + wanted_mean


def _covariance(colours: Tensor) -> Tensor:
    centred = colours - colours.mean(dim=1, keepdim=True)
    return centred @ centred.T / colours.shape[1] + FLOOR * torch.eye(3).to(colours)


def _roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """A^(1/2) and A^(-1/2) of a symmetric positive definite matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    root = values.clamp_min(FLOOR**2).sqrt()
    return (vectors * root) @ vectors.T, (vectors / root) @ vectors.T
