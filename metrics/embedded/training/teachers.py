"""The large networks that training learns from, read from files that never become part of the package.

VGG-19's first convolutions teach relu1_1, 2_1 and 3_1; SqueezeNet 1.0 teaches the two deeper taps. Both are only ever
evaluated. All borders reflect, whatever the file's origin: a frame of zeros is no property of an image.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.datasets.errors import UsageError

_VGG_WIDTHS = (64, 64, 128, 128, 256)
_VGG_TAPS = ("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1")
_VGG_POOL_BEFORE = ("relu2_1", "relu3_1")
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
# What may be said of a teacher's terms goes by its file's hash, for a path says nothing.
_LICENCES = {
    "684bcb8e063b15f3d2e9f587cc49e853a7e22cce76ba68955c1c1697462b4218": "MIT, Copyright (c) 2017 DeepthiVenkatesh",
    "c96d69ad7b4386e8f41f5c99ecb81b37bc67deffa848d9c23b6958a56d432969": "BSD-2-Clause, SqueezeNet-Deep-Compression",
}
_KINDS = ("weight", "bias")
_FIRE_OF_TAP = {7: "relu4_1", 9: "relu5_1"}
_FIRES = range(2, 10)  # SqueezeNet's modules


class Vgg19(nn.Module):
    """VGG-19 up to relu3_1 (Simonyan and Zisserman 2014): maps of relu1_1, 2_1 and 3_1."""

    colour: Tensor
    shift: Tensor

    title = "VGG-19 to relu3_1"
    taps = ("relu1_1", "relu2_1", "relu3_1")

    def __init__(self, preprocess: tuple[Tensor, Tensor], convolutions: list[tuple[Tensor, Tensor]]) -> None:
        super().__init__()
        self.register_buffer("colour", preprocess[0])
        self.register_buffer("shift", preprocess[1])
        for tap, (weight, bias) in zip(_VGG_TAPS, convolutions):
            self.register_buffer(f"{tap}_weight", _channels_last(weight))
            self.register_buffer(f"{tap}_bias", bias)

    @torch.no_grad()
    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """images: [N, 3, H, W] in [0, 1]; returns tap -> [N, 64|128|256, H/1|2|4, W/1|2|4]."""
        x = F.conv2d(images.contiguous(memory_format=torch.channels_last), self.colour, self.shift)
        maps = {}
        for tap in _VGG_TAPS:
            x = F.max_pool2d(x, 2) if tap in _VGG_POOL_BEFORE else x
            padded = F.pad(x, (1, 1, 1, 1), mode="reflect")
            x = F.relu(F.conv2d(padded, self.get_buffer(f"{tap}_weight"), self.get_buffer(f"{tap}_bias")))
            if tap in self.taps:
                maps[tap] = x
        return maps


class SqueezeNet(nn.Module):
    """SqueezeNet 1.0 (Iandola et al. 2016): fire modules 7 and 9 in place of relu4_1 and relu5_1."""

    mean: Tensor
    deviation: Tensor

    title = "SqueezeNet 1.0, fire modules 7 and 9"
    taps = ("relu4_1", "relu5_1")

    def __init__(self, weights: dict[str, Tensor]) -> None:
        super().__init__()
        for name, value in weights.items():
            self.register_buffer(name.replace(".", "_"), _channels_last(value))
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(_IMAGENET_DEVIATION).view(1, 3, 1, 1))

    def _conv(self, x: Tensor, name: str, **arguments: int) -> Tensor:
        return F.relu(F.conv2d(x, self.get_buffer(f"{name}_weight"), self.get_buffer(f"{name}_bias"), **arguments))

    @torch.no_grad()
    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """images: [N, 3, H, W] in [0, 1]; returns tap -> [N, 384|512, H/8|16, W/8|16] (sides multiples of 16)."""
        # TRICKY: its convolutions have no border, so without this one the maps are smaller and half a cell off ours.
        prepared = ((images - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        x = F.pad(prepared, (5, 6, 5, 6), mode="reflect")
        x = F.max_pool2d(self._conv(x, "conv1", stride=2), 3, 2, ceil_mode=True)
        maps = {}
        for index in _FIRES:
            squeezed = self._conv(x, f"fire{index}_squeeze1x1")
            wide = self._conv(squeezed, f"fire{index}_expand3x3", padding=1)
            x = torch.cat([self._conv(squeezed, f"fire{index}_expand1x1"), wide], dim=1)
            if index in _FIRE_OF_TAP:
                maps[_FIRE_OF_TAP[index]] = x
            if index in (4, 8):
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        return maps


def load_vgg19(teacher: str | Path) -> tuple[Vgg19, str]:
    """VGG-19 and the sha256 of its weights, from a file or from torchvision ("torchvision:vgg19", which downloads).

    A file is a state dict: the normalised network of the AdaIN and WCT papers (its first layer a 1x1 convolution that
    prepares colours) or torchvision's. UsageError when it is neither.
    """
    if str(teacher) == "torchvision:vgg19":
        return _vgg19_from(_download_vgg19(), str(teacher)), "torchvision IMAGENET1K_V1"
    path = Path(teacher)
    if not path.is_file():
        raise UsageError(f"no teacher at {path}; give a VGG-19 state dict or torchvision:vgg19")
    return _vgg19_from(torch.load(path, map_location="cpu", weights_only=True), path.name), file_sha256(path)


def _download_vgg19() -> dict[str, Tensor]:
    import torchvision

    return dict(torchvision.models.vgg19(weights="IMAGENET1K_V1").features.state_dict())


def _vgg19_from(state: dict[str, Tensor], name: str) -> Vgg19:
    numbered = sorted(
        (int(found[1]), state[key].float(), state[key.replace("weight", "bias")].float())
        for key in state
        if (found := re.fullmatch(r"(?:features\.)?(\d+)\.weight", key)) and state[key].ndim == 4
    )
    pairs = [(weight, bias) for _, weight, bias in numbered]
    if pairs and pairs[0][0].shape == (3, 3, 1, 1):
        colours, pairs = pairs[0], pairs[1:]
    else:
        scale = 1 / torch.tensor(_IMAGENET_DEVIATION)
        colours = (torch.diag(scale).view(3, 3, 1, 1), -torch.tensor(_IMAGENET_MEAN) * scale)
    if tuple(weight.shape[0] for weight, _ in pairs[:5]) != _VGG_WIDTHS:
        raise UsageError(f"teacher {name} is no VGG-19: its convolutions have {[len(w) for w, _ in pairs]} channels")
    return Vgg19(colours, pairs[:5])


def load_squeezenet(path: Path) -> tuple[SqueezeNet, str]:
    """SqueezeNet 1.0 and the sha256 of its file: an .npz with torchvision-like names (conv1.weight, fire2. ...)."""
    needed = ["conv1", *(f"fire{i}.{part}" for i in _FIRES for part in ("squeeze1x1", "expand1x1", "expand3x3"))]
    try:
        with np.load(path) as arrays:
            weights = {f"{n}.{kind}": torch.from_numpy(arrays[f"{n}.{kind}"]) for n in needed for kind in _KINDS}
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(f"cannot read SqueezeNet 1.0 from {path}: {error}") from error
    return SqueezeNet({name: value.float() for name, value in weights.items()}), file_sha256(path)


def _channels_last(weight: Tensor) -> Tensor:
    """The layout in which convolutions are two to three times faster on a processor."""
    return weight.contiguous(memory_format=torch.channels_last) if weight.ndim == 4 else weight


def file_sha256(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def licence_of(sha256: str) -> str:
    """The licence of a teacher file that this package knows, or that it knows none."""
    return _LICENCES.get(sha256, "not known to this package: state it beside the weights")


def taught_by(teachers: Iterable[nn.Module], images: Tensor) -> dict[str, Tensor]:
    """The maps of all teachers, tap -> [N, C, h, w]; images: [N, 3, H, W] in [0, 1]."""
    maps: dict[str, Tensor] = {}
    for teacher in teachers:
        maps |= teacher(images)
    return maps
