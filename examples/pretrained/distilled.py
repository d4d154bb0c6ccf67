"""WCT and AdaIN on a small VGG-19, as models of one's own: `distilled.py:WCT weights=FOLDER`, `distilled.py:AdaIN ...`.

Wang, Li, Wang, Hu and Yang 2020, "Collaborative Distillation for Ultra-Resolution Universal Style Transfer",
arXiv:2003.08436: encoders with a sixteenth of VGG-19's parameters, and decoders to match. Layers and names of tensors
are those of the authors' model/model_cd.py (github.com/MingSun-Tse/Collaborative-Distillation, MIT), whose files are
not part of this package. FOLDER holds e1.pth to e5.pth and d1.pth to d5.pth: trained_models/wct_se_16x_new/NSE.pth as
eN.pth and trained_models/wct_se_16x_new_sd/NSD.pth as dN.pth, their script's defaults. Widths are read from the files.

Methods: Li et al. 2017, arXiv:1705.08086 (WCT), with eigenvalues below 1e-8 of the largest left out, where their code
stops at an absolute 1e-100; Huang and Belongie 2017, arXiv:1703.06868 (AdaIN), here at the fourth level.
"""

from abc import ABC, abstractmethod
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# VGG-19 up to relu5_1: convolutions by stage and place; | a pooling by 2.
VGG19 = ("11", "12", "|", "21", "22", "|", "31", "32", "33", "34", "|", "41", "42", "43", "44", "|", "51")


def load(folder: str, name: str) -> dict[str, Tensor]:
    """The tensors of a file, which may lie within it under `model`; nothing but tensors is read."""
    held = torch.load(Path(folder) / f"{name}.pth", map_location="cpu", weights_only=True)
    return held.get("model", held)


def convolution(state: dict[str, Tensor], name: str) -> nn.Conv2d:
    """A layer with the width that its tensors have."""
    weight = state[f"{name}.weight"].float()
    layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2:])
    layer.load_state_dict({"weight": weight, "bias": state[f"{name}.bias"].float()})
    return layer


def encoder(state: dict[str, Tensor], level: int) -> nn.Sequential:
    """[N, 3, H, W] in [0, 1] to the map after the first convolution of stage `level`."""
    layers: list[nn.Module] = [convolution(state, "conv0")]
    for name in VGG19[: VGG19.index(f"{level}1") + 1]:
        layers += (
            [nn.MaxPool2d(2)] if name == "|" else [nn.ReflectionPad2d(1), convolution(state, f"conv{name}"), nn.ReLU()]
        )
    return nn.Sequential(*layers)


def decoder(state: dict[str, Tensor], level: int) -> nn.Sequential:
    """The way back; the last convolution is followed by a ReLU too, as the authors' is."""
    layers: list[nn.Module] = []
    for name in reversed(VGG19[: VGG19.index(f"{level}1") + 1]):
        layers += (
            [nn.Upsample(scale_factor=2)]
            if name == "|"
            else [nn.ReflectionPad2d(1), convolution(state, f"conv{name}"), nn.ReLU()]
        )
    return nn.Sequential(*layers)


def whitened_and_coloured(content: Tensor, style: Tensor) -> Tensor:
    """f_cs = E_s D_s^(1/2) E_s^T E_c D_c^(-1/2) E_c^T (f_c - m_c) + m_s, maps [C, H, W] and [C, H', W']."""

    def power(f: Tensor, exponent: float) -> Tensor:
        values, vectors = torch.linalg.eigh(f @ f.T / (f.shape[1] - 1))
        kept = values > 1e-8 * values.max()
        return (vectors[:, kept] * values[kept] ** exponent) @ vectors[:, kept].T

    fc, fs = content.flatten(1).double(), style.flatten(1).double()
    ms = fs.mean(dim=1, keepdim=True)
    fc = fc - fc.mean(dim=1, keepdim=True)
    return (power(fs - ms, 0.5) @ (power(fc, -0.5) @ fc) + ms).view_as(content).float()


def with_moments(content: Tensor, style: Tensor) -> Tensor:
    """AdaIN: mean and deviation of the style over space, maps [C, H, W] and [C, H', W']."""
    variance, mean = torch.var_mean(content, dim=(1, 2), keepdim=True)
    wanted_variance, wanted_mean = torch.var_mean(style, dim=(1, 2), keepdim=True)
    return (content - mean) * ((wanted_variance + 1e-5) / (variance + 1e-5)).sqrt() + wanted_mean


class _Levels(ABC):
    """Encodes, transforms and decodes at one level after the other, each on what the one before made."""

    levels: tuple[int, ...]

    def __init__(self, weights: str, device: str = "cpu") -> None:
        self.encoders = {n: encoder(load(weights, f"e{n}"), n).to(device).eval() for n in self.levels}
        self.decoders = {n: decoder(load(weights, f"d{n}"), n).to(device).eval() for n in self.levels}

    @abstractmethod
    def transform(self, content: Tensor, style: Tensor) -> Tensor:
        """Maps [C, H, W] and [C, H', W'] to [C, H, W]."""

    @torch.inference_mode()
    def stylize(self, content: Tensor, style: Tensor) -> Tensor:
        """content, style: [N, 3, H, W] in [0, 1]; returns the content's shape, in [0, 1]."""
        height, width = content.shape[-2:]
        # Poolings drop odd rows and columns: pad to what they all divide, and crop.
        x = F.pad(content, (0, -width % 16, 0, -height % 16), mode="replicate")
        for level in self.levels:
            maps = zip(self.encoders[level](x), self.encoders[level](style))
            mixed = torch.stack([self.transform(one, other) for one, other in maps])
            x = self.decoders[level](mixed).clamp(0, 1)
        return x[..., :height, :width]


class WCT(_Levels):
    """Five levels, coarse to fine."""

    levels = (5, 4, 3, 2, 1)

    def transform(self, content: Tensor, style: Tensor) -> Tensor:
        """Whitening and colouring."""
        return whitened_and_coloured(content, style)


class AdaIN(_Levels):
    """The fourth level alone."""

    levels = (4,)

    def transform(self, content: Tensor, style: Tensor) -> Tensor:
        """The style's moments."""
        return with_moments(content, style)
