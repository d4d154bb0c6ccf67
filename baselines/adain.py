"""Adaptive instance normalisation: the content's features with the style's means and deviations, decoded.

Huang and Belongie 2017, "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", arXiv:1703.06868;
AdaIN is equation 8, the content-style trade-off alpha equation 14. Different here: the encoder is the suite's backbone,
not VGG-19, unless it is asked for; taps of the embedded backbone are linear readouts, whose values may be negative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import torch
from torch import Tensor

from stylegauge.baselines.checkpoint import only_checkpoint
from stylegauge.baselines.networks.decoder import Decoder
from stylegauge.baselines.networks.encoder import Encoder, read_encoders
from stylegauge.baselines.strength import strength_of

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request

EPSILON = 1e-5  # added to a variance, as the reference implementation does (xunhuang1995/AdaIN-style)


@final
class AdaIN:
    """One decoder for any pair.

    checkpoint: a file of `train adain`, "" for the shipped one
    snapshot: a step, for the weights of then; checkpoint is the training's folder
    strength: the paper's alpha, from 0 (the content, decoded) to 1
    """

    kind = "pair"
    role = "entry"
    privileged = False

    def __init__(
        self, checkpoint: str = "", strength: float = 1.0, device: str = "cpu", snapshot: int | None = None
    ) -> None:
        self.strength = strength_of(strength, "adain")
        found = only_checkpoint("adain", checkpoint, snapshot)
        with found.building() as said:
            (self.encoder,) = read_encoders(said, [said["tap"]], device).values()
            self.decoder = Decoder(self.encoder.channels, self.encoder.halvings, said["width"], said["layers"])
        found.load_into(self.decoder, "decoder")
        self.decoder.eval().requires_grad_(False).to(device)

    @torch.inference_mode()
    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        strength = strength_of(request.strength, "adain", self.strength)
        style = self.encoder(request.style)

        def network(contents: Tensor) -> Tensor:
            return transferred(self.encoder, self.decoder, contents, style, strength)

        return self.encoder.at_any_size(network, request.content).clamp(0, 1)


def transferred(encoder: Encoder, decoder: Decoder, contents: Tensor, style: Tensor, strength: float = 1.0) -> Tensor:
    """T(c, s, alpha) = g((1 - alpha) f(c) + alpha AdaIN(f(c), f(s))), equation 14, not clipped.

    contents: [N, 3, H, W] in [0, 1], sides that the encoder divides; style: [N, C, h, w] features of its tap
    """
    content = encoder(contents)
    decoded: Tensor = decoder(torch.lerp(content, adain(content, style), strength))
    return decoded


def adain(content: Tensor, style: Tensor) -> Tensor:
    """sigma(y) (x - mu(x)) / sigma(x) + mu(y), image by image and channel by channel.

    content: [N, C, H, W]; style: [N, C, H', W']; returns [N, C, H, W]
    """
    mean, deviation = moments(content)
    wanted_mean, wanted_deviation = moments(style)
    return wanted_deviation * (content - mean) / deviation + wanted_mean


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Means and deviations over positions, [N, C, 1, 1] each; the variance is divided by positions less one."""
    variance, mean = torch.var_mean(features, dim=(2, 3), keepdim=True)
    return mean, (variance + EPSILON).sqrt()
