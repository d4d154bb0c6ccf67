"""Recolouring: each channel of the content gets the style image's mean and standard deviation.

Reinhard, Ashikhmin, Gooch and Shirley 2001, "Color transfer between images", doi:10.1109/38.946629. The
paper works in l-alpha-beta; we work in CIELAB (D65, as the `histogram` metric does), which needs no logarithm and so no
floor for black pixels. It changes no edge and draws no stroke: what it gains in a style score takes no skill. One
definition serves the control `colour-match` and the no-skill curve of the gate.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

# sRGB (IEC 61966-2-1) to XYZ under D65, rows X, Y, Z; the white point is the image of (1, 1, 1), so that white is
# L = 100, a = b = 0 exactly.
_RGB_TO_XYZ: Final = torch.tensor(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    dtype=torch.float64,
)
_WHITE: Final = _RGB_TO_XYZ.sum(1)
_KNEE: Final = 6 / 29  # where CIELAB's cube root turns into a straight line


def colour_match(content: Tensor, style: Tensor) -> Tensor:
    """Give each content the channel means and deviations of its style image, in CIELAB.

    content: [N, 3, H, W] in [0, 1]; style: [N, 3, H', W'] in [0, 1], of any size
    returns: [N, 3, H, W] float32 in [0, 1]; colours outside sRGB are clipped. A flat channel stays flat.
    """
    source, target = to_lab(content), to_lab(style)
    deviation, mean = torch.std_mean(source, dim=(2, 3), correction=0, keepdim=True)
    wanted_deviation, wanted_mean = torch.std_mean(target, dim=(2, 3), correction=0, keepdim=True)
    scale = torch.where(deviation > 1e-6, wanted_deviation / deviation.clamp_min(1e-6), torch.zeros_like(deviation))
    return from_lab((source - mean) * scale + wanted_mean)


def to_lab(images: Tensor) -> Tensor:
    """sRGB [N, 3, H, W] in [0, 1] to CIELAB float64: L in [0, 100], a and b about [-110, 110]."""
    rgb = images.to(torch.float64)
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    ratio = _mix(_RGB_TO_XYZ / _WHITE[:, None], linear)
    f = torch.where(ratio > _KNEE**3, ratio.clamp_min(_KNEE**3) ** (1 / 3), ratio / (3 * _KNEE**2) + 4 / 29)
    x, y, z = f.unbind(1)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), dim=1)


def from_lab(lab: Tensor) -> Tensor:
    """CIELAB [N, 3, H, W] to sRGB float32 in [0, 1]; what sRGB cannot show is clipped."""
    lightness, a, b = lab.unbind(1)
    y = (lightness + 16) / 116
    f = torch.stack((y + a / 500, y, y - b / 200), dim=1)
    ratio = torch.where(f > _KNEE, f**3, 3 * _KNEE**2 * (f - 4 / 29))
    linear = _mix(torch.linalg.inv(_RGB_TO_XYZ / _WHITE[:, None]), ratio).clamp(0, 1)
    rgb = torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055)
    return rgb.clamp(0, 1).to(torch.float32)


def _mix(matrix: Tensor, images: Tensor) -> Tensor:
    return torch.einsum("ij,njhw->nihw", matrix.to(images.device), images)
