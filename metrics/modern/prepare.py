"""What is done to images before a network of the extra: Pillow's resizing, square crops, normalising.

The published numbers were computed on images that Pillow had resized, and Pillow rounds to 8 bits after each direction.
That is repeated here, so no gradient passes a resize.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


def normalise(images: Tensor, statistics: tuple[tuple[float, ...], tuple[float, ...]]) -> Tensor:
    """Images less a mean and over a deviation, channel by channel: [N, 3, H, W] to the same."""
    mean, deviation = (images.new_tensor(each).view(3, 1, 1) for each in statistics)
    return (images - mean) / deviation


def pillow_resize(images: Tensor, height: int, width: int, mode: str = "bicubic") -> Tensor:
    """Images resized as by Pillow's `resize`: antialiased, columns first, rounded to 8 bits after each direction.

    images: [N, 3, H, W] in [0, 1], multiples of 1/255
    mode: "bicubic" or "bilinear"
    returns: [N, 3, height, width], multiples of 1/255; a level off in about a value of a hundred thousand, because
        Pillow's weights are whole numbers over 2^22
    """
    levels = images.double() * 255
    for size in ((levels.shape[2], width), (height, width)):
        if levels.shape[2:] != size:
            levels = F.interpolate(levels, size=size, mode=mode, antialias=True, align_corners=False)
            levels = torch.floor(levels + 0.5).clamp(0, 255)
    return (levels / 255).float()


def shorter_side(images: Tensor, side: int, mode: str = "bicubic") -> Tensor:
    """Images with their shorter side resized, as by torchvision's `Resize(side)`: the longer is cut to whole pixels."""
    height, width = images.shape[-2:]
    shorter = min(height, width)
    return pillow_resize(images, int(side * height / shorter), int(side * width / shorter), mode)


def centre(images: Tensor, side: int) -> Tensor:
    """The square in the middle, as torchvision's `CenterCrop(side)` cuts it."""
    height, width = images.shape[-2:]
    top, left = round((height - side) / 2), round((width - side) / 2)
    return images[..., top : top + side, left : left + side]


def centre_of_short(images: Tensor) -> Tensor:
    """The largest square in the middle, as CMMD cuts it before resizing: half pixels go to the left and the top."""
    height, width = images.shape[-2:]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return images[..., top : top + side, left : left + side]
