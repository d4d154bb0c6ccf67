"""Other views of the same images, for protocols that give a network something else than the image itself.

Both repeat what Pillow does with 8-bit images, because that is what the published numbers were computed on.
"""

from functools import lru_cache

import torch
from torch import Tensor

from stylegauge.datasets.errors import UsageError

VIEWS = ("", "gray", "512")

_LUMINANCE = (19595, 38470, 7471)  # 65536 times ITU-R 601-2's weights, as in Pillow's convert("L")
_BITS = 22  # of Pillow's weights


def view(images: Tensor, name: str) -> Tensor:
    """A view of images by its name: "" for the images themselves, "gray" for `luminance`, "512" for `short_side`.

    images: [N, 3, H, W] in [0, 1], multiples of 1/255
    returns: [N, 3, H', W']; UsageError for another name
    """
    if name == "":
        return images
    if name == "gray":
        return luminance(images)
    if name == "512":
        return short_side(images, 512)
    raise UsageError(f"no view {name!r} of images; there are: {', '.join(repr(each) for each in VIEWS)}")


def resized(name: str) -> bool:
    """Whether a view has a size of its own, however small the images are."""
    return name == "512"


def luminance(images: Tensor) -> Tensor:
    """Luminance on all three channels, to the last bit that of Pillow's `convert("L")`.

    images: [N, 3, H, W] in [0, 1], multiples of 1/255
    returns: the same shape, multiples of 1/255
    """
    red, green, blue = (images * 255).round().unbind(1)
    # Exact in float32: whole numbers below 2^24.
    weighed = red * _LUMINANCE[0] + green * _LUMINANCE[1] + blue * _LUMINANCE[2] + 0x8000
    grey = (weighed / 65536).floor() / 255
    return grey[:, None].repeat(1, 3, 1, 1)


def short_side(images: Tensor, side: int) -> Tensor:
    """Images with their shorter side resized as by torchvision's `Resize(side)` on a Pillow image, to the last bit.

    Bilinear with antialiasing, width before height, rounded to 8 bits after each; the longer side is cut to whole
    pixels. Pillow 13 takes height before width where it reduces a picture more than twice as tall as wide, earlier
    ones never: there we follow those, and differ from it by a level in places.

    images: [N, 3, H, W] in [0, 1], multiples of 1/255
    returns: [N, 3, H', W'], multiples of 1/255; the images themselves where the shorter side is `side` already
    """
    height, width = images.shape[-2:]
    shorter = min(height, width)
    if shorter == side:
        return images
    levels = (images.double() * 255).round()
    levels = _rounded(levels @ _weights(width, int(side * width / shorter)).to(levels.device).T)
    levels = _rounded(_weights(height, int(side * height / shorter)).to(levels.device) @ levels)
    return (levels / 255).to(images.dtype)


def _rounded(sums: Tensor) -> Tensor:
    return (sums / 2**_BITS + 0.5).floor()  # half up; all of this is exact, sums being whole numbers below 2^53


@lru_cache(maxsize=16)
def _weights(before: int, after: int) -> Tensor:
    """[after, before] float64, whole numbers: 2^22 times Pillow's weights of a triangle filter in one direction."""
    scale = before / after
    reach = max(scale, 1.0)  # antialiasing: the triangle is as wide as what becomes one pixel
    weights = torch.zeros(after, before, dtype=torch.float64)
    for pixel in range(after):
        centre = (pixel + 0.5) * scale
        first, last = max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), before)
        distances = (torch.arange(first, last, dtype=torch.float64) - centre + 0.5) * (1 / reach)
        triangle = (1 - distances.abs()).clamp_min(0)
        weights[pixel, first:last] = (triangle / triangle.sum() * 2**_BITS + 0.5).floor()
    return weights
