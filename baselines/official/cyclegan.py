"""A generator of CycleGAN as its authors' PyTorch code writes it: `latest_net_G*.pth`, given by path.

Zhu, Park, Isola and Efros 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
arXiv:1703.10593, section 7.2; the layers and the names of their tensors are those of junyanz/pytorch-CycleGAN-and-
pix2pix, models/networks.py (`ResnetGenerator`: --netG resnet_6blocks and resnet_9blocks, --norm instance).

The files: http://efrosgans.eecs.berkeley.edu/cyclegan/pretrained_models/NAME.pth, the names being listed in that
repository's scripts/download_cyclegan_model.sh (horse2zebra, style_monet, ...). No digest of them was found in a public
record, so they are checked by their tensors alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, final

import torch
from torch import Tensor, nn

from stylegauge.baselines.networks.sizes import at_any_size
from stylegauge.baselines.official import read_official
from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.state import fill

if TYPE_CHECKING:
    from stylegauge.datasets.request import Request

STEM = "model.1.weight"  # [width, 3, 7, 7]: what tells this generator from a discriminator and from a U-Net
# Files written before PyTorch 0.4 hold them for every instance norm, which then as now normalises by the image itself;
# the authors' load_networks removes them as well.
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


@final
class OfficialCycleGAN:
    """Translates any content into the one domain that its file was trained for.

    checkpoint: the file; domain: the label of what it makes, which no file says
    Width, number of blocks and dropout are read from the file. Sides that are no multiples of 4 are padded.
    """

    kind = "domain"
    role = "entry"
    privileged = False

    def __init__(self, checkpoint: str, domain: str, device: str = "cpu") -> None:
        if not domain.strip():
            raise UsageError("official-cyclegan needs domain=LABEL, what its file makes; found an empty text")
        self.domains = (domain,)
        self.generator = read_generator(checkpoint).to(device)

    @torch.inference_mode()
    def stylize(self, request: Request) -> Tensor:
        """[N, 3, H, W] in [0, 1]; deterministic, so the seeds are not used."""
        return at_any_size(self.generator, request.content * 2 - 1, 4) / 2 + 0.5


@final
class ResnetGenerator(nn.Module):
    """c7s1-w, d2w, d4w, R4w x blocks, u2w, uw, c7s1-3 of the paper's section 7.2, in [-1, 1].

    dropout: whether blocks were trained with it (off at inference), which moves the second convolution's name by one
    """

    def __init__(self, width: int = 64, blocks: int = 9, dropout: bool = False) -> None:
        super().__init__()
        self.model = nn.Sequential(*_layers(width, blocks, dropout))

    def forward(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] to the same, H and W multiples of 4."""
        made: Tensor = self.model(images)
        return made


class _Block(nn.Module):
    """x + conv_block(x), both convolutions padded by reflection."""

    def __init__(self, channels: int, dropout: bool) -> None:
        super().__init__()
        between = [nn.Dropout(0.5)] if dropout else []
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1), *_normalised(nn.Conv2d(channels, channels, 3)), nn.ReLU(),
            *between,
            nn.ReflectionPad2d(1), *_normalised(nn.Conv2d(channels, channels, 3)),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] to the same."""
        y: Tensor = self.conv_block(x)
        return x + y


def _layers(width: int, blocks: int, dropout: bool) -> Iterator[nn.Module]:
    """In the order of the reference implementation, since a tensor is named by its layer's place."""
    yield nn.ReflectionPad2d(3)
    yield from (*_normalised(nn.Conv2d(3, width, 7)), nn.ReLU())
    for wide in (width, 2 * width):
        yield from (*_normalised(nn.Conv2d(wide, 2 * wide, 3, stride=2, padding=1)), nn.ReLU())
    for _ in range(blocks):
        yield _Block(4 * width, dropout)
    for wide in (4 * width, 2 * width):
        up = nn.ConvTranspose2d(wide, wide // 2, 3, stride=2, padding=1, output_padding=1)
        yield from (*_normalised(up), nn.ReLU())
    yield from (nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())


def _normalised(layer: nn.Conv2d | nn.ConvTranspose2d) -> tuple[nn.Module, nn.Module]:
    return layer, nn.InstanceNorm2d(layer.out_channels)  # without scale, shift or running statistics


def read_generator(path: str | Path) -> ResnetGenerator:
    """The generator of a file, in evaluation mode and frozen; each tensor of the file has its place in it.

    raises: UsageError for a file that cannot be read or is of another architecture
    """
    state = read_official(path, "checkpoint")
    if STEM not in state or state[STEM].ndim != 4:
        raise UsageError(
            f"'{path}' is no ResNet generator of pytorch-CycleGAN-and-pix2pix: expected a 4-d {STEM!r}, found "
            f"{', '.join(map(repr, sorted(state)[:3]))}, ..."
        )
    with torch.device("meta"):
        generator = ResnetGenerator(*_form(state))
    norms = [name for name, layer in generator.named_modules() if isinstance(layer, nn.InstanceNorm2d)]
    statistics = {f"{norm}.{each}" for norm in norms for each in STATISTICS}
    fill(generator, {name: tensor for name, tensor in state.items() if name not in statistics}, Path(path))
    return generator.eval().requires_grad_(False)


def _form(state: Mapping[str, Tensor]) -> tuple[int, int, bool]:
    """Width, number of blocks, and whether they have dropout, by the tensors' names and shapes."""
    blocks = {found[1] for found in (re.match(r"model\.(\d+)\.conv_block\.", name) for name in state) if found}
    return len(state[STEM]), len(blocks), any(name.endswith("conv_block.6.weight") for name in state)
