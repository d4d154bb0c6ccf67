"""MicroAST as a model of one's own: `microast.py:MicroAST weights=FOLDER`.

Wang, Zhao, Zuo, Li, Xing and Lu 2023, "MicroAST: Towards Super-Fast Ultra-Resolution Arbitrary Style Transfer",
arXiv:2211.15313. Layers and names of tensors as in the authors' net_microAST.py (github.com/EndyWon/MicroAST, MIT), so
that their files load; the files are theirs and are not part of this package. FOLDER holds content_encoder,
style_encoder, modulator and decoder, as `.pth.tar` with or without the authors' `_iter_160000`.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def load(folder: str, name: str) -> dict[str, Tensor]:
    """The tensors of the one file in the folder that is called so; nothing but tensors is read."""
    found = sorted(Path(folder).glob(f"{name}*.pth.tar"))
    if len(found) != 1:
        raise FileNotFoundError(f"expected one file {name}*.pth.tar in '{folder}', found {len(found)}")
    return torch.load(found[0], map_location="cpu", weights_only=True)


class Convolution(nn.Module):
    """Padded by reflection to keep the size; `groups` of channels see their own."""

    def __init__(self, channels: int, made: int, side: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.pad = nn.ReflectionPad2d(side // 2)
        self.conv_layer = nn.Conv2d(channels, made, side, stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """[N, channels, H, W] to [N, made, H / stride, W / stride]."""
        return self.conv_layer(self.pad(x))


class Residual(nn.Module):
    """x plus two convolutions of it, their results scaled and shifted by the style's signals where there are any."""

    def __init__(self, channels: int = 64) -> None:
        super().__init__()
        self.conv1 = Convolution(channels, channels, 3)
        self.conv2 = Convolution(channels, channels, 3)

    def forward(self, x: Tensor, signals: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """[N, C, H, W] to the same; signals: w and b, [N, C, 1, 1] each (section 3.2, filter modulation)."""
        if signals is None:
            return x + self.conv2(F.relu(self.conv1(x)))
        w, b = signals
        inner = F.relu(w * self.conv1(x) + b * x)
        return x + w * self.conv2(inner) + b * inner


class Encoder(nn.Module):
    """Two maps at a quarter of the size, before and after the last residual block."""

    def __init__(self) -> None:
        super().__init__()
        self.enc1 = nn.Sequential(
            Convolution(3, 16, 9), nn.ReLU(),
            Convolution(16, 32, 3, stride=2, groups=16), nn.ReLU(), Convolution(32, 32, 1), nn.ReLU(),
            Convolution(32, 64, 3, stride=2, groups=32), nn.ReLU(), Convolution(64, 64, 1), nn.ReLU(),
            Residual(),
        )  # fmt: skip
        self.enc2 = nn.Sequential(Residual())

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 3, H, W] in [0, 1] to two of [N, 64, H / 4, W / 4]."""
        shallow = self.enc1(images)
        return shallow, self.enc2(shallow)


class Modulator(nn.Module):
    """The style's signals: the mean over space of a convolution of each channel by itself."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("weight1", "bias1", "weight2", "bias2"):
            self.add_module(name, nn.Sequential(Convolution(64, 64, 3, groups=64), nn.AdaptiveAvgPool2d(1)))

    def forward(self, maps: tuple[Tensor, Tensor]) -> list[tuple[Tensor, Tensor]]:
        """(w, b) for the shallow and for the deep map."""
        parts = self._modules
        return [(parts[f"weight{i}"](each), parts[f"bias{i}"](each)) for i, each in enumerate(maps, 1)]


class Decoder(nn.Module):
    """The style's moments and signals, of its deep map and then of its shallow one; then twice as large, twice."""

    def __init__(self) -> None:
        super().__init__()
        self.dec1, self.dec2 = Residual(), Residual()
        self.dec3 = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear"),
            Convolution(64, 32, 3, groups=32), nn.ReLU(), Convolution(32, 32, 1), nn.ReLU(),
            nn.Upsample(scale_factor=2, mode="bilinear"),
            Convolution(32, 16, 3, groups=16), nn.ReLU(), Convolution(16, 16, 1), nn.ReLU(),
            Convolution(16, 3, 9),
        )  # fmt: skip

    def forward(self, content: Tensor, styles: tuple[Tensor, Tensor], signals: list, alpha: float) -> Tensor:
        """[N, 64, H / 4, W / 4] to [N, 3, H, W]."""
        x = self.dec1(torch.lerp(content, with_moments(content, styles[1]), alpha), signals[1])
        x = self.dec2(torch.lerp(x, with_moments(x, styles[0]), alpha), signals[0])
        return self.dec3(x)


def with_moments(x: Tensor, style: Tensor) -> Tensor:
    """AdaIN: x with the style's mean and deviation over space, channel by channel."""

    def moments(f: Tensor) -> tuple[Tensor, Tensor]:
        variance, mean = torch.var_mean(f, dim=(2, 3), keepdim=True)
        return mean, (variance + 1e-5).sqrt()

    (mean, deviation), (wanted_mean, wanted_deviation) = moments(x), moments(style)
    return (x - mean) / deviation * wanted_deviation + wanted_mean


class MicroAST(nn.Module):
    """weights: the folder of the four files; alpha: from 0 (less style) to 1."""

    def __init__(self, weights: str, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha
        self.content_encoder, self.style_encoder = Encoder(), Encoder()
        self.modulator, self.decoder = Modulator(), Decoder()
        for name, part in self.named_children():
            part.load_state_dict(load(weights, name))

    def forward(self, content: Tensor, style: Tensor) -> Tensor:
        """content, style: [N, 3, H, W] in [0, 1]; returns the content's shape, in [0, 1] up to a little overshoot."""
        height, width = content.shape[-2:]
        _, deep = self.content_encoder(content)
        styles = self.style_encoder(style)
        made = self.decoder(deep, styles, self.modulator(styles), self.alpha)
        return made[..., :height, :width].clamp(0, 1)  # sides that are no multiples of 4 come back larger
