"""Distance of two images' colours: sliced 1-Wasserstein in CIELAB (D65) along fixed directions.

Colours are projected on 16 directions of a Fibonacci lattice on the half sphere (the same for every pair of images, so
the score has no randomness and is symmetric); along each, the 1-Wasserstein distance of two sets of pixels is the area
between their sorted values. The mean over directions has the unit of Lab: 0 to about 50, 1 being barely visible.
The two images may have different sizes.
"""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

DIRECTIONS = 16  # against 1024 directions the score moves by about 1 %; each costs a sort of all pixels

# IEC 61966-2-1 linear RGB to XYZ, each row then divided by the D65 white point of the 2 degree observer.
_RGB_TO_XYZ = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
_WHITE = (0.95047, 1.0, 1.08883)


def histogram(output: Tensor, reference: Tensor) -> Tensor:
    """Colour distance of each pair of images, in Lab units.

    output, reference: [N, 3, H, W] and [N, 3, H', W'] in [0, 1]
    returns: [N] float64, 0 where the colours are the same in whatever place
    """
    return colour_distance(sorted_projections(output), sorted_projections(reference))


def sorted_projections(images: Tensor) -> Tensor:
    """What of an image the distance needs: [N, 3, H, W] in [0, 1] to [N, 16, H * W] float32, sorted along the last."""
    colours = rgb_to_lab(images.float()).flatten(2)  # [N, 3, P]
    projected = torch.einsum("kc,ncp->nkp", _directions().to(colours), colours)
    if (
        projected.device.type == "cpu" and not projected.requires_grad
    ):  # numpy's sort returns no indices and is some ten times faster
        return torch.from_numpy(np.sort(projected.numpy(), axis=-1))
    return projected.sort(dim=-1).values


def colour_distance(output: Tensor, reference: Tensor) -> Tensor:
    """Mean over directions of the area between two quantile functions.

    output, reference: [N, K, P] and [N, K, Q] from `sorted_projections`
    returns: [N] float64
    """
    if output.shape[:2] != reference.shape[:2]:
        raise ValueError(f"projections of different images: {tuple(output.shape)} and {tuple(reference.shape)}")
    if output.shape[2] == reference.shape[2]:
        return (output - reference).abs().mean(dim=(1, 2), dtype=torch.float64)
    of_output, of_reference, width = (x.to(output.device) for x in _steps(output.shape[2], reference.shape[2]))
    areas = (output[:, :, of_output] - reference[:, :, of_reference]).abs().double() @ width
    return areas.mean(dim=1)


@lru_cache(maxsize=8)
def _steps(n: int, m: int) -> tuple[Tensor, Tensor, Tensor]:
    """Where two quantile functions of n and m equal steps are both constant: which step of each, and how wide.

    Edges are counted in units of 1 / (n m), so this is exact.
    """
    edges = torch.unique(torch.cat([torch.arange(n + 1) * m, torch.arange(m + 1) * n]))
    left, width = edges[:-1], edges.diff().double() / (n * m)
    return left // m, left // n, width


@lru_cache(maxsize=1)
def _directions() -> Tensor:
    """[16, 3] unit vectors, evenly over the half sphere (its other half gives the same distances)."""
    index = torch.arange(DIRECTIONS, dtype=torch.float64)
    height = (index + 0.5) / DIRECTIONS
    angle = index * (torch.pi * (3 - 5**0.5))  # the golden angle
    radius = (1 - height.square()).sqrt()
    return torch.stack([height, radius * angle.cos(), radius * angle.sin()], dim=1)


def rgb_to_lab(images: Tensor) -> Tensor:
    """sRGB [N, 3, H, W] in [0, 1] to CIELAB [N, 3, H, W] under D65: L in [0, 100], a and b about [-110, 110]."""
    linear = torch.where(images > 0.04045, ((images + 0.055) / 1.055).clamp_min(0).pow(2.4), images / 12.92)
    matrix = torch.tensor(_RGB_TO_XYZ).to(linear) / torch.tensor(_WHITE).to(linear)[:, None]
    xyz = torch.einsum("xc,nchw->nxhw", matrix, linear)
    # CIE's rounded constants, as scikit-image has them; the exact ones (216/24389, 24389/27) differ below 1e-4.
    f = torch.where(xyz > 0.008856, xyz.clamp_min(0).pow(1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)
