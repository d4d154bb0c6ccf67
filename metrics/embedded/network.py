"""A VGG-like network small enough to ship: five stages of 3x3 convolutions, with a linear readout at each tap.

Each tap is a 1x1 readout of a stage's first ReLU map. Training fits the readouts to a large network's features in an
orthonormal basis of their leading directions; such a basis keeps norms, so Gram and content distances carry over
although the maps are narrower. It also means that a tap's values may be negative, unlike the ReLU maps it stands for.
"""

from collections.abc import Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
# Layers of each stage; a tap is read after the first. The early stages are narrow because they run at full resolution.
STAGES = ((24, 24), (48, 48), (96, 96), (128, 128), (160,))
CHANNELS = {"relu1_1": 24, "relu2_1": 48, "relu3_1": 96, "relu4_1": 96, "relu5_1": 128}
MINIMUM_SIDE = 32  # below it the last stage has a single row, which a reflecting border cannot pad
_MEAN = (0.45, 0.45, 0.45)
_DEVIATION = (0.25, 0.25, 0.25)


class EmbeddedNetwork(nn.Module):
    """Five stages, five taps; about 0.65 M parameters."""

    _mean: Tensor
    _deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList()
        self.readouts = nn.ModuleDict()
        width = 3
        for tap, widths in zip(TAPS, STAGES):
            self.readouts[tap] = nn.Conv2d(widths[0], CHANNELS[tap], 1)
            layers = nn.ModuleList()
            for wider in widths:
                layers.append(nn.Conv2d(width, wider, 3))
                width = wider
            self.stages.append(layers)
        # Constants of the code, so not part of the weights file.
        self.register_buffer("_mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("_deviation", torch.tensor(_DEVIATION).view(1, 3, 1, 1), persistent=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, taps: Iterable[str] = TAPS) -> dict[str, Tensor]:
        """Maps of the taps asked for; nothing deeper than the deepest of them is computed.

        images: [N, 3, H, W] in [0, 1], H and W at least 32
        returns: tap -> [N, C, H / 2**stage, W / 2**stage], C of CHANNELS, stage 0 to 4, sides rounded down
        """
        if min(images.shape[-2:]) < MINIMUM_SIDE:
            raise ValueError(f"images must be at least {MINIMUM_SIDE} px a side, found {tuple(images.shape[-2:])}")
        return dict(self.walk(self.prepare(images), taps))

    def prepare(self, images: Tensor) -> Tensor:
        """Centred and scaled, channels last: the same numbers, two and a half times faster on a processor."""
        return ((images - self._mean) / self._deviation).contiguous(memory_format=torch.channels_last)

    def walk(self, x: Tensor, taps: Iterable[str]) -> Iterator[tuple[str, Tensor]]:
        """What `forward` gives, of prepared images, each tap as soon as it is computed."""
        wanted = set(taps)
        for tap, layers in zip(TAPS, self.stages):
            if not wanted:
                return
            first, *others = layers.children()
            x = _convolve(x, first)
            if tap in wanted:
                wanted.remove(tap)
                yield tap, self.readouts[tap](x)
            if not wanted:
                return
            for layer in others:
                x = _convolve(x, layer)
            x = F.max_pool2d(x, 2)


def _convolve(x: Tensor, layer: nn.Module) -> Tensor:
    """ReLU of a 3x3 convolution with a reflecting border: zeros would draw a frame into every Gram matrix."""
    return F.relu(layer(F.pad(x, (1, 1, 1, 1), mode="reflect")))


def initialise(network: EmbeddedNetwork, seed: int) -> None:
    """Draw all weights from the seed: He's normal for the convolutions, orthonormal readouts, no biases.

    This is the untrained network that the trained one is compared with.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            elif name.startswith("readouts"):
                nn.init.orthogonal_(parameter, generator=generator)
            else:
                nn.init.kaiming_normal_(parameter, nonlinearity="relu", generator=generator)
