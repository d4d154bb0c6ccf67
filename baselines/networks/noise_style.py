"""x = G(content) + strength * f(style): a content's maps and a texture out of noise, added and then made a picture.

G is a small encoder and decoder with batch normalisation and transposed convolutions, DCGAN's (Radford et al. 2016,
arXiv:1511.06434) with a content in the place of z; between them residual blocks, as in Johnson et al. 2016,
arXiv:1603.08155. It never sees the style. f never sees the content; what it knows of the style is a pooled code, the
means and deviations over all positions of a few strided convolutions' channels. Pooling is the point of the design: a
texture's statistics survive it and the places of the style image's objects do not, so f cannot hand the style image
itself on, which would be a double exposure (what the gate is there to tell apart). From a code alone transposed
convolutions draw the same tile over and over; so f starts from a grid of noise, as texture networks do (Ulyanov et al.
2016, arXiv:1603.03417; Jetchev et al. 2016, arXiv:1611.08207), grows it to any size, and the code steers every layer
by the gains and offsets of its batch normalisation (conditional normalisation: Dumoulin et al. 2017, arXiv:1610.07629).

The sum is one of `hidden` maps, not of colours: a ReLU and one convolution come after it. Where a sum meets a
threshold, content decides how much of a stripe shows and style which colours pass, as in a halftone; a sum of colours
is a mixture and no more.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from stylegauge.baselines.networks.dcgan import SLOPE
from stylegauge.baselines.networks.weights import draw_weights

MULTIPLE = 8  # of the sides of contents: the noise has one cell for 8 x 8 pixels
BORDER = 1  # cells of noise around the picture, cropped away: transposed convolutions see zeros at the rim


@final
class Content(nn.Module):
    """G: contents [N, 3, H, W] in [-1, 1], H and W multiples of 4, to maps [N, hidden, H, W]."""

    def __init__(self, width: int, hidden: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            nn.Conv2d(3, width, 5, 1, 2, bias=False, padding_mode="reflect"), *_normalised(width)
        )
        self.layers = nn.Sequential(
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False, padding_mode="reflect"),
            *_normalised(2 * width),
            nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False, padding_mode="reflect"),
            *_normalised(4 * width),
            *(Block(4 * width) for _ in range(blocks)),
            nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1, bias=False),
            *_normalised(2 * width),
            nn.ConvTranspose2d(2 * width, hidden, 4, 2, 1),
        )
        self.skip = nn.Conv2d(width, hidden, 1)  # outlines need not pass through a quarter of the size

    def forward(self, content: Tensor) -> Tensor:
        """The maps of each content."""
        fine = self.first(content)
        maps: Tensor = self.layers(fine) + self.skip(fine)
        return maps


def noise_cells(side: int) -> int:
    """How many cells of noise a side of so many pixels takes, a multiple of 8."""
    return side // MULTIPLE + 2 * BORDER


def _normalised(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm2d(channels), nn.ReLU()


@final
class Block(nn.Module):
    """x + F(x), two convolutions of three pixels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            *_normalised(channels),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Maps of the same shape."""
        y: Tensor = x + self.layers(x)
        return y


@final
class Code(nn.Module):
    """Style images [N, 3, h, w] in [-1, 1], sides at least 16, to [N, channels]: means and deviations.

    Of the colours themselves and of 4 * width learned channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.channels = 2 * (3 + 4 * width)
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 5, 1, 2),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(width, 2 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(2 * width, 4 * width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(4 * width),
            nn.LeakyReLU(SLOPE),
        )

    def forward(self, style: Tensor) -> Tensor:
        """The code of each style image."""
        parts = [each.flatten(2) for each in (style, self.layers(style))]
        moments = [(maps.mean(dim=2), (maps.var(dim=2) + 1e-5).sqrt()) for maps in parts]
        return torch.cat([value for pair in moments for value in pair], dim=1)


@final
class Steered(nn.Module):
    """A convolution, batch normalisation whose gains and offsets come from the code, and ReLU."""

    def __init__(self, convolution: nn.Module, channels: int, code: int) -> None:
        super().__init__()
        self.convolution = convolution
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.steer = nn.Linear(code, 2 * channels)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """x: [N, C, h, w]; code: [N, D]."""
        gain, offset = self.steer(code)[:, :, None, None].chunk(2, dim=1)
        return torch.relu(self.norm(self.convolution(x)) * (1 + gain) + offset)


@final
class Texture(nn.Module):
    """f: a code [N, code] and noise [N, latent, h + 2, w + 2] to maps [N, hidden, 8 h, 8 w]."""

    def __init__(self, width: int, hidden: int, latent: int, code: int) -> None:
        super().__init__()
        wide = 4 * width
        self.layers = nn.ModuleList(
            [
                Steered(nn.Conv2d(latent, wide, 3, 1, 1, bias=False), wide, code),
                Steered(nn.Conv2d(wide, wide, 3, 1, 1, bias=False), wide, code),
                Steered(nn.ConvTranspose2d(wide, wide, 4, 2, 1, bias=False), wide, code),
                Steered(nn.ConvTranspose2d(wide, 2 * width, 4, 2, 1, bias=False), 2 * width, code),
            ]
        )
        self.last = nn.ConvTranspose2d(2 * width, hidden, 4, 2, 1)
        self.level = nn.Linear(code, hidden)

    def forward(self, code: Tensor, z: Tensor) -> Tensor:
        """The texture, and under it one level for each map, which carries the style's ground colours."""
        x = z
        for layer in self.layers:
            x = layer(x, code)
        rim = BORDER * MULTIPLE
        return self.last(x)[..., rim:-rim, rim:-rim] + self.level(code)[:, :, None, None]


@final
class NoiseStyleNetwork(nn.Module):
    """The whole of it, in [-1, 1].

    width: channels of the first layer; hidden: of the sum; blocks: residual ones of G; latent: channels of the noise
    """

    def __init__(self, width: int = 16, hidden: int = 16, blocks: int = 3, latent: int = 16) -> None:
        super().__init__()
        self.latent = latent
        self.content = Content(width, hidden, blocks)
        self.code = Code(width)
        self.texture = Texture(width, hidden, latent, self.code.channels)
        self.last = nn.Conv2d(hidden, 3, 3, 1, 1, padding_mode="reflect")
        draw_weights(self)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                layer.reset_parameters()  # of DCGAN's small weights the code would take long to be heard

    def forward(self, content: Tensor, style: Tensor, z: Tensor, strength: float = 1.0) -> Tensor:
        """[N, 3, H, W] in [-1, 1].

        content: [N, 3, H, W], sides multiples of 8; style: [N, 3, h, w]; z: [N, latent, H / 8 + 2, W / 8 + 2]
        """
        maps = self.content(content) + strength * self.texture(self.code(style), z)
        return torch.tanh(self.last(torch.relu(maps)))
