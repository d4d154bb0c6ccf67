"""What the pixels themselves tell of a picture, window by window, and how those of three pictures relate.

Frozen features were made to see things; what a codec, uneven upsampling or a slight blur leaves behind shows in single
pixels. Measured are the energy of what a 3 x 3 binomial filter takes away, the alternations that checkerboards and
stripes leave (signed means of 2 x 2 Haar details), how many coefficients of 8 x 8 cosine transforms are small on a
codec's grid and beside it (Fan and de Queiroz 2003, doi:10.1109/TIP.2002.807361, for traces of a grid), and colours.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

SIDE = 32  # pixels of a window
_BLOCK = 8
_SMALL = (1.0, 4.0, 16.0)  # of 255: sizes up to which a coefficient counts as small
_ENERGIES = 4  # binomial, and three Haar details
TEXTURE = _ENERGIES + 2 * len(_SMALL)
MEASURES = TEXTURE + 6  # and means and deviations of three colour axes
RELATIONS = TEXTURE + 2 * MEASURES + 2 + 4
_LEAST = 1e-6  # of a mean square: a thousandth of the range


def measure(images: Tensor) -> Tensor:
    """[N, 3, H, W] in [0, 1] to [N, W, MEASURES], windows in the order of `relations.windows`."""
    rows, columns = (max(side // SIDE, 1) for side in images.shape[-2:])
    side = min(SIDE, *images.shape[-2:])
    cut = images[..., : rows * side, : columns * side].float()
    axes = _opponent(cut)
    colours = [_pooled(axes, (rows, columns))]
    colours.append((_pooled(axes.square(), (rows, columns)) - colours[0].square()).clamp_min(_LEAST).sqrt())
    light = axes[:, :1]
    texture = torch.cat([_energies(light, (rows, columns)), _small(light, (rows, columns))], dim=1)
    return torch.cat([texture, *colours], dim=1).flatten(2).transpose(1, 2)


def relations(output: Tensor, content: Tensor, style: Tensor) -> Tensor:
    """[N, W, RELATIONS] of [N, W, MEASURES] of outputs, and of contents and styles, N or 1 of them."""
    wide = output.shape[:2]
    usual = style.mean(dim=1, keepdim=True)
    mine, theirs = output[..., TEXTURE:], style[..., TEXTURE:].expand(len(output), -1, -1)
    near = [_nearest(each[..., TEXTURE:].expand(*wide, -1), theirs) for each in (output, content)]
    middle = torch.stack([(mine - other[..., TEXTURE:]).mean(dim=1) for other in (style, content)], dim=1)
    whole = middle.unflatten(2, (2, 3)).norm(dim=3).flatten(1)[:, None].expand(*wide, -1)
    return torch.cat([output[..., :TEXTURE], output - content, output - usual, *near, whole], dim=2)


def _opponent(images: Tensor) -> Tensor:
    """[N, 3, H, W]: light, and red against green, and blue against yellow."""
    red, green, blue = images.unbind(1)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.stack([light, red - green, blue - (red + green) / 2], dim=1)


def _pooled(values: Tensor, grid: tuple[int, int]) -> Tensor:
    """[N, K, h, w] to [N, K, rows, columns], the mean of each window."""
    n, many, height, width = values.shape
    return values.reshape(n, many, grid[0], height // grid[0], grid[1], width // grid[1]).mean(dim=(3, 5))


def _energies(light: Tensor, grid: tuple[int, int]) -> Tensor:
    """[N, 4, rows, columns], logarithms."""
    padded = F.pad(light, (1, 1, 1, 1), mode="replicate")
    smooth = (padded[..., :-2, :] + 2 * padded[..., 1:-1, :] + padded[..., 2:, :]) / 4
    smooth = (smooth[..., :-2] + 2 * smooth[..., 1:-1] + smooth[..., 2:]) / 4
    fine = _pooled((light - smooth).square(), grid)
    a, b, c, d = (light[..., row::2, column::2] for row in (0, 1) for column in (0, 1))
    details = torch.cat([a - b - c + d, a + b - c - d, a - b + c - d], dim=1) / 4
    alternating = _pooled(details, grid).square()
    return (torch.cat([fine, alternating], dim=1) + _LEAST).log()


def _small(light: Tensor, grid: tuple[int, int]) -> Tensor:
    """[N, 6, rows, columns]: log odds of small coefficients on the codec's grid, and less those beside it."""
    beside = torch.roll(light, (_BLOCK // 2, _BLOCK // 2), dims=(2, 3))
    found = []
    for picture in (light, beside):
        n, _, height, width = picture.shape
        blocks = picture.reshape(n, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK).transpose(2, 3)
        transform = _cosines().to(picture)
        coefficients = (transform @ (255 * blocks) @ transform.T).flatten(3)[..., 1:]
        shares = [(1 / (1 + (coefficients / size).square())).mean(dim=3) for size in _SMALL]
        found.append(_pooled(torch.stack(shares, dim=1), grid).clamp(1e-3, 1 - 1e-3).logit())
    return torch.cat([found[0], found[0] - found[1]], dim=1)


def _cosines() -> Tensor:
    """[8, 8]: the orthonormal cosine transform of type II."""
    frequency, place = torch.arange(_BLOCK)[:, None], torch.arange(_BLOCK)[None]
    rows = torch.cos(math.pi * (2 * place + 1) * frequency / (2 * _BLOCK)) * (2 / _BLOCK) ** 0.5
    rows[0] /= 2**0.5
    return rows


def _nearest(mine: Tensor, theirs: Tensor) -> Tensor:
    """[N, W, 1]: log distance of each window's colours to the nearest window of the other picture."""
    return (torch.cdist(mine, theirs).amin(dim=2, keepdim=True) + 1e-2).log()
