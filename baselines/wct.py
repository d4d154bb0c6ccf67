"""Whitening and colouring: the content's features given the style's mean and covariance, coarse to fine.

Li, Fang, Yang, Wang, Lu and Yang 2017, "Universal Style Transfer via Feature Transforms", arXiv:1705.08086: whitening
is equation 2, colouring equation 3, the trade-off alpha equation 4, the pipeline figure 1 (c). As in the authors' code
(Yijunmaverick/UniversalStyleTransfer, test_wct.lua): float64, covariances over positions less one, eigenvalues below a
floor left out. Different here:
- the encoder is the suite's backbone, unless another is asked for, from relu4_1 down: its relu5_1 has too few positions
  at a suite's sizes for a covariance, and the authors say as well that it is hard to invert;
- the floor is relative to the mean eigenvalue. Theirs is 1e-5 on a VGG-19 whose features are normalised to mean 1;
- content and style leave out eigenvalues of their own. They leave out as many of both as the poorer has.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor, nn

from stylegauge.baselines.checkpoint import only_checkpoint
from stylegauge.baselines.networks.decoder import Decoder
from stylegauge.baselines.networks.encoder import Encoder, read_encoders
from stylegauge.baselines.strength import strength_of

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request

FLOOR = 1e-5  # of the mean eigenvalue
STRENGTH = 0.6  # what the authors' code takes where nothing is said


@final
class WCT:
    """A decoder for each tap, and no training on any style.

    checkpoint: a file of `train wct`, "" for the shipped one
    snapshot: a step, for the weights of then; checkpoint is the training's folder
    strength: the paper's alpha, at every tap, from 0 (the content, decoded again and again) to 1
    """

    kind = "pair"
    role = "entry"
    privileged = False

    def __init__(
        self, checkpoint: str = "", strength: float = STRENGTH, device: str = "cpu", snapshot: int | None = None
    ) -> None:
        self.strength = strength_of(strength, "wct")
        found = only_checkpoint("wct", checkpoint, snapshot)
        with found.building() as said:
            self.encoders = read_encoders(said, said["taps"], device)
            self.decoders = make_decoders(self.encoders, said["width"], said["layers"])
        found.load_into(self.decoders, "decoders")
        self.decoders.eval().requires_grad_(False).to(device)

    @torch.inference_mode()
    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        strength = strength_of(request.strength, "wct", self.strength)
        return transferred(self.encoders, self.decoders, request.content, request.style, strength)


def make_decoders(encoders: Mapping[str, Encoder], width: int, layers: int) -> nn.ModuleDict:
    """tap -> its decoder."""
    return nn.ModuleDict(
        {tap: Decoder(encoder.channels, encoder.halvings, width, layers) for tap, encoder in encoders.items()}
    )


def transferred(
    encoders: Mapping[str, Encoder], decoders: nn.ModuleDict, contents: Tensor, styles: Tensor, strength: float
) -> Tensor:
    """[N, 3, H, W] in [0, 1], of contents [N, 3, H, W] and styles [N, 3, H', W'] of any size.

    One by one: whitening widens the last bits, in which the convolutions of a batch differ from a single image's.
    """
    deepest = max(encoders.values(), key=lambda encoder: encoder.halvings)

    def made(content: Tensor, style: Tensor) -> Tensor:
        network = partial(coarse_to_fine, encoders, decoders, style=style, strength=strength)
        return deepest.at_any_size(network, content)

    pairs = zip(contents.split(1), styles.split(1))
    return torch.cat([made(content, style) for content, style in pairs]).clamp(0, 1)


def coarse_to_fine(
    encoders: Mapping[str, Encoder], decoders: nn.ModuleDict, images: Tensor, *, style: Tensor, strength: float
) -> Tensor:
    """Figure 1 (c): what one tap's decoder makes is the content of the next shallower tap; not clipped.

    images: [N, 3, H, W] in [0, 1], sides that the deepest encoder divides; style: [N, 3, H', W']
    """
    for tap in sorted(encoders, key=lambda name: encoders[name].halvings, reverse=True):
        # Clipped between taps: the encoders have never seen what no picture shows.
        content = encoders[tap](images.clamp(0, 1))
        images = decoders[tap](whiten_and_colour(content, encoders[tap](style), strength))
    return images


def whiten_and_colour(content: Tensor, style: Tensor, strength: float = 1.0) -> Tensor:
    """Each content's features with its style's mean and covariance, or on the way there.

    content: [N, C, H, W]; style: [N, C, H', W']; strength: alpha of equation 4; returns [N, C, H, W]
    """
    return torch.stack([_whiten_and_colour(one, other, strength) for one, other in zip(content, style)])


def _whiten_and_colour(content: Tensor, style: Tensor, strength: float) -> Tensor:
    """alpha f_cs + (1 - alpha) f_c, f_cs = E_s D_s^(1/2) E_s^T E_c D_c^(-1/2) E_c^T (f_c - m_c) + m_s.

    Of [C, H, W] and [C, H', W']. Both terms are one linear map of f_c, which is a small matrix.
    """
    f_c, f_s = content.double().flatten(1), style.double().flatten(1)
    m_c, m_s = f_c.mean(dim=1, keepdim=True), f_s.mean(dim=1, keepdim=True)
    mapping = _power(f_s - m_s, 0.5) @ _power(f_c - m_c, -0.5)
    mixed = torch.lerp(torch.eye(len(mapping)).to(mapping), mapping, strength)
    return torch.addmm(strength * (m_s - mapping @ m_c), mixed, f_c).view_as(content).to(content.dtype)


def _power(centred: Tensor, exponent: float) -> Tensor:
    """E D^exponent E^T of the covariance of rows [C, positions], over eigenvalues above the floor: [C, C]."""
    covariance = centred @ centred.T / max(1, centred.shape[1] - 1)
    values, vectors = torch.linalg.eigh(covariance)
    kept = values > FLOOR * values.mean()
    return (vectors[:, kept] * values[kept] ** exponent) @ vectors[:, kept].T
