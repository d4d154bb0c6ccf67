"""What is done to an image by a known amount: the ladders that metrics must climb, and what the controls do.

Every function takes and returns [N, 3, H, W] float32 in [0, 1]. What is random comes from one seed an image, drawn on
the CPU, so an image is distorted alike alone, in a batch and on any device. Sigma 0, alpha 0, a grid of 1 and any
strength of 0 change nothing. `distort` is all of them by name.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# Name to strengths, from mild to severe. For "jpeg" a lower quality is severer; "blend" goes from a to b.
LADDERS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "blur": (0.5, 1.0, 2.0, 4.0, 8.0),
        "noise": (0.02, 0.05, 0.1, 0.2, 0.4),
        "jpeg": (90, 70, 50, 30, 15, 5),
        "blend": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
        "patch_shuffle": (2, 4, 8, 16, 32),
        "hue": (10, 20, 40, 60, 90),  # turned further, what sRGB cannot show is clipped back towards the start
        "checkerboard": (0.02, 0.05, 0.1, 0.2, 0.4),
        "colour_shift": (4, 8, 16, 32, 48),
        "tiling": (0.1, 0.2, 0.4, 0.7, 1.0),
    }
)
SEEDED = ("noise", "patch_shuffle", "colour_shift", "tiling")
TILE = 8  # the side of the patch that `tiling` repeats, as a part of the picture's


def distort(
    name: str, images: Tensor, strength: float, seeds: Sequence[int] = (), towards: Tensor | None = None
) -> Tensor:
    """One step of a ladder by its name.

    seeds: one an image, for those of SEEDED
    towards: what "blend" goes to, [N, 3, H, W]
    raises: KeyError for a name that is no ladder, ValueError for a blend towards nothing
    """
    if name == "blend":
        if towards is None:
            raise ValueError("a blend needs a picture to go towards")
        return blend(images, towards, strength)
    function = _BY_NAME[name]
    return function(images, strength, seeds) if name in SEEDED else function(images, strength)


def blur(images: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of `sigma` pixels, cut at 4 sigma; the border repeats the outermost pixel."""
    import torch
    import torch.nn.functional as F

    if sigma < 0:
        raise ValueError(f"sigma must be 0 or more pixels, found {sigma}")
    if sigma == 0:
        return images
    radius = max(1, math.ceil(4 * sigma))
    offsets = torch.arange(-radius, radius + 1, dtype=images.dtype, device=images.device)
    kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(3, 1, 1, -1)
    padded = F.pad(images, (radius, radius, radius, radius), mode="replicate")
    rows = F.conv2d(padded, kernel, groups=3)
    return F.conv2d(rows, kernel.transpose(2, 3), groups=3).clamp(0, 1)


def noise(images: Tensor, sigma: float, seeds: Sequence[int]) -> Tensor:
    """Independent Gaussian noise of standard deviation `sigma` on every value, clipped to [0, 1].

    One seed gives one pattern, whatever sigma is: along a ladder only its strength changes.
    """
    import torch

    if sigma < 0:
        raise ValueError(f"sigma must be 0 or more, found {sigma}")
    _check_seeds(images, seeds)
    if sigma == 0:
        return images
    patterns = [torch.randn(images.shape[1:], generator=torch.Generator().manual_seed(seed)) for seed in seeds]
    return (images + sigma * torch.stack(patterns).to(images)).clamp(0, 1)


def jpeg(images: Tensor, quality: int) -> Tensor:
    """Written as JPEG and read again: libjpeg's quality from 1 to 95, chroma at half resolution (4:2:0)."""
    import numpy as np
    import torch
    from PIL import Image

    from stylegauge.datasets.images import to_tensor, to_uint8

    if not 1 <= quality <= 95:
        raise ValueError(f"JPEG quality goes from 1 to 95, found {quality}")
    decoded = []
    for image in images:
        buffer = io.BytesIO()
        Image.fromarray(to_uint8(image)).save(buffer, "JPEG", quality=int(quality), subsampling="4:2:0")
        decoded.append(to_tensor(np.array(Image.open(buffer))))
    return torch.stack(decoded).to(images)


def blend(a: Tensor, b: Tensor, alpha: float) -> Tensor:
    """(1 - alpha) a + alpha b, of stored sRGB values; exactly a at 0 and exactly b at 1."""
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha goes from 0 to 1, found {alpha}")
    return (1 - alpha) * a + alpha * b


def patch_shuffle(images: Tensor, grid: int, seeds: Sequence[int]) -> Tensor:
    """Cut into grid x grid patches and move every one of them: statistics stay, the picture goes.

    Rows and columns left over by the division stay where they are, at the bottom and the right.
    """

    if not 1 <= grid <= min(images.shape[-2:]):
        raise ValueError(f"grid goes from 1 to the shorter side {min(images.shape[-2:])}, found {grid}")
    _check_seeds(images, seeds)
    height, width = images.shape[-2] // grid, images.shape[-1] // grid
    shuffled = images.clone()
    for index, seed in enumerate(seeds):
        order = _cycle(grid * grid, seed).to(images.device)
        area = images[index, :, : height * grid, : width * grid]
        patches = area.reshape(3, grid, height, grid, width).permute(1, 3, 0, 2, 4).flatten(0, 1)[order]
        area = patches.reshape(grid, grid, 3, height, width).permute(2, 0, 3, 1, 4)
        shuffled[index, :, : height * grid, : width * grid] = area.reshape(3, height * grid, width * grid)
    return shuffled


def _cycle(n: int, seed: int) -> Tensor:
    """A random permutation of n that is one single cycle: a plain one leaves patches, now and then all, in place."""
    import torch

    visited = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    order = torch.empty_like(visited)
    order[visited] = visited.roll(-1)
    return order


def hue(images: Tensor, degrees: float) -> Tensor:
    """Every colour turned by so many degrees about the grey axis of CIELAB; lightness stays, and so do greys.

    What sRGB cannot show is clipped.
    """
    import torch

    from stylegauge.datasets.colour import from_lab, to_lab

    if degrees == 0:
        return images
    lightness, a, b = to_lab(images).unbind(1)
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return from_lab(torch.stack((lightness, cosine * a - sine * b, sine * a + cosine * b), dim=1))


def checkerboard(images: Tensor, strength: float) -> Tensor:
    """Pixels lighter and darker in turn by half of `strength`, of 1: what uneven upsampling leaves.

    Odena, Dumoulin and Olah 2016, "Deconvolution and checkerboard artifacts", doi:10.23915/distill.00003.
    """
    import torch

    _check_share("strength", strength)
    if strength == 0:
        return images
    rows, columns = (torch.arange(side, device=images.device) for side in images.shape[-2:])
    sign = 1 - 2 * ((rows[:, None] + columns) % 2).to(images.dtype)
    return (images + strength / 2 * sign).clamp(0, 1)


def colour_shift(images: Tensor, strength: float, seeds: Sequence[int]) -> Tensor:
    """A cast: every colour moved by `strength` units of CIELAB in one direction without lightness, the seed's.

    What sRGB cannot show is clipped.
    """
    import torch

    from stylegauge.datasets.colour import from_lab, to_lab

    if strength < 0:
        raise ValueError(f"strength must be 0 or more units of CIELAB, found {strength}")
    _check_seeds(images, seeds)
    if strength == 0:
        return images
    turns = [2 * math.pi * float(torch.rand(1, generator=torch.Generator().manual_seed(seed))) for seed in seeds]
    cast = torch.tensor([(0.0, math.cos(turn), math.sin(turn)) for turn in turns], dtype=torch.float64)
    return from_lab(to_lab(images) + strength * cast[:, :, None, None].to(images.device))


def tiling(images: Tensor, strength: float, seeds: Sequence[int]) -> Tensor:
    """One patch of the picture, the seed's, repeated all over it and blended in by `strength`, of 1.

    A texture that repeats is what a generator draws that has lost the picture. The patch has an eighth of each side.
    """
    import torch

    _check_share("strength", strength)
    _check_seeds(images, seeds)
    if strength == 0:
        return images
    height, width = images.shape[-2:]
    tile = max(1, height // TILE), max(1, width // TILE)
    repeats = -(-height // tile[0]), -(-width // tile[1])
    walls = []
    for image, seed in zip(images, seeds):
        places = torch.rand(2, generator=torch.Generator().manual_seed(seed)).tolist()
        y, x = (int(place * (side - part + 1)) for place, side, part in zip(places, (height, width), tile))
        walls.append(image[:, y : y + tile[0], x : x + tile[1]].repeat(1, *repeats)[:, :height, :width])
    return blend(images, torch.stack(walls), strength)


_BY_NAME: Mapping[str, Callable[..., Tensor]] = {
    "blur": blur,
    "noise": noise,
    "jpeg": jpeg,
    "patch_shuffle": patch_shuffle,
    "hue": hue,
    "checkerboard": checkerboard,
    "colour_shift": colour_shift,
    "tiling": tiling,
}


def _check_share(what: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{what} goes from 0 to 1, found {value}")


def _check_seeds(images: Tensor, seeds: Sequence[int]) -> None:
    if len(seeds) != len(images):
        raise ValueError(f"one seed an image is needed: found {len(seeds)} seeds for {len(images)} images")
