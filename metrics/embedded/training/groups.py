"""Groups of training crops: a content, a style, and stand-ins for what a generator might make of the two.

Metrics are used to compare such candidates *within* a pair, mostly after their colours have come to agree with the
style's, so that is what the network is trained to order. The stand-ins are blends, damaged contents, contents with the
style's fine structure, shuffled styles, other pictures, and what small random decoders do to a picture.
"""

import random
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylegauge.datasets import distortions
from stylegauge.datasets.images import quantise
from stylegauge.metrics.embedded.training.pool import Pixels, Pool

CROP = 96  # a multiple of 16: the deepest maps are 6 x 6
CANDIDATES = 6
GROUP = 2 + CANDIDATES  # content, style, candidates
Mixture = Callable[[random.Random, Tensor, Tensor, Tensor], Tensor]


def draw_group(rng: random.Random, pool: Pool) -> Tensor:
    """[GROUP, 3, CROP, CROP] in [0, 1], whole levels of 255: content, style, then the candidates."""
    content = _recolour(rng, _crop(rng, _content(rng, pool)), 0.3)
    style = _recolour(rng, _crop(rng, _style(rng, pool)), 0.4)
    other = _recolour(rng, _crop(rng, rng.choice([_content, _style])(rng, pool)), 0.5)
    made = []
    for mixture in (_blend, _blend, *rng.choices(_MIXTURES, k=CANDIDATES - 2)):
        image = mixture(rng, content, style, other).clamp(0, 1)
        made.append(match_colour(image, style, full=rng.random() < 0.5) if rng.random() < 0.8 else image)
    return quantise(torch.stack([content, style, *made]))


def match_colour(image: Tensor, style: Tensor, *, full: bool) -> Tensor:
    """The image with the style's channel means and deviations, or (full) its colour covariance; all [3, H, W]."""
    rows, target = image.flatten(1).double(), style.flatten(1).double()
    mean, wanted = rows.mean(1, keepdim=True), target.mean(1, keepdim=True)
    if full:
        mapping = _root(torch.cov(target)) @ torch.linalg.inv(_root(torch.cov(rows)))
    else:
        mapping = torch.diag(target.std(1) / rows.std(1).clamp_min(1e-3))
    return (mapping @ (rows - mean) + wanted).view_as(image).float().clamp(0, 1)


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    return vectors @ torch.diag(values.clamp_min(1e-6).sqrt()) @ vectors.T


def _content(rng: random.Random, pool: Pool) -> Pixels:
    return rng.choice(rng.choices((pool.photographs, pool.scenes, pool.synthetic), (6, 2, 2))[0])


def _style(rng: random.Random, pool: Pool) -> Pixels:
    return rng.choice(rng.choices((pool.paintings, pool.synthetic, pool.photographs), (5, 3, 2))[0])


def _crop(rng: random.Random, picture: Pixels) -> Tensor:
    """A CROP of the picture at a random scale, mirrored or turned half of the time: [3, CROP, CROP]."""
    side = rng.randint(CROP, picture.shape[0])
    top, left = (rng.randint(0, picture.shape[0] - side) for _ in range(2))
    square = torch.from_numpy(np.moveaxis(picture[top : top + side, left : left + side], 2, 0).copy()) / 255
    square = F.interpolate(square[None], (CROP, CROP), mode="bicubic", antialias=True)[0].clamp(0, 1)
    return square.rot90(rng.choice((0, 0, 1, 2, 3)), (1, 2)) if rng.random() < 0.5 else square.flip(2)


def _recolour(rng: random.Random, image: Tensor, probability: float) -> Tensor:
    """A random linear change of colours around a random mean, sometimes."""
    if rng.random() > probability:
        return image
    mixing = torch.eye(3) * rng.uniform(0.4, 1.3) + torch.tensor([[rng.gauss(0, 0.18) for _ in "rgb"] for _ in "rgb"])
    mean = image.mean((1, 2), keepdim=True)
    shifted = torch.einsum("ij,jhw->ihw", mixing, image - mean)
    return (shifted + mean + torch.tensor([rng.gauss(0, 0.12) for _ in "rgb"]).view(3, 1, 1)).clamp(0, 1)


def _blend(rng: random.Random, content: Tensor, style: Tensor, other: Tensor) -> Tensor:
    return distortions.blend(content, style, rng.random())


def _damaged(rng: random.Random, content: Tensor, style: Tensor, other: Tensor) -> Tensor:
    image, seed = content[None], [rng.randrange(2**31)]
    kind = rng.randrange(4)
    if kind == 0:
        return distortions.blur(image, rng.uniform(0.4, 3))[0]
    if kind == 1:
        return distortions.noise(image, rng.uniform(0.01, 0.2), seed)[0]
    if kind == 2:
        return distortions.jpeg(quantise(image), rng.randint(3, 60))[0]
    return distortions.patch_shuffle(image, rng.randint(2, 16), seed)[0]


def _fine_structure(rng: random.Random, content: Tensor, style: Tensor, other: Tensor) -> Tensor:
    """The content's coarse shapes with the style's detail, more or less of it."""
    sigma, amount = rng.uniform(0.8, 5), rng.uniform(0.3, 1.5)
    coarse = distortions.blur(content[None], sigma)[0]
    detail = style - distortions.blur(style[None], sigma)[0]
    return coarse + amount * detail + rng.choice((0, 0.5)) * (content - coarse)


def _shuffled_style(rng: random.Random, content: Tensor, style: Tensor, other: Tensor) -> Tensor:
    shuffled = distortions.patch_shuffle(style[None], rng.randint(3, 16), [rng.randrange(2**31)])[0]
    return distortions.blend(content, shuffled, rng.uniform(0.2, 1))


def _other(rng: random.Random, content: Tensor, style: Tensor, other: Tensor) -> Tensor:
    return distortions.blend(rng.choice((content, style)), other, rng.uniform(0.2, 1))


def _decoder(rng: random.Random, content: Tensor, style: Tensor, other: Tensor) -> Tensor:
    """A coarse copy, enlarged, through a random residual convolution: the look of a decoder that is not quite done."""
    step = rng.choice((1, 2, 2, 4))
    image = distortions.blend(content, style, rng.uniform(0, 0.5))[None]
    coarse = F.avg_pool2d(image, step) if step > 1 else image
    x = F.interpolate(coarse, image.shape[-2:], mode=rng.choice(("nearest", "bilinear")))
    generator = torch.Generator().manual_seed(rng.randrange(2**31))
    for width_in, width_out in ((3, 12), (12, 3)):
        kernel = torch.randn(width_out, width_in, 3, 3, generator=generator) / (9 * width_in) ** 0.5
        x = torch.tanh(2 * F.conv2d(F.pad(x - x.mean(), (1,) * 4, mode="reflect"), kernel))
    return (image + rng.uniform(0.05, 0.5) * x)[0] if rng.random() < 0.7 else 0.5 + 0.4 * x[0]


def _poster(rng: random.Random, content: Tensor, style: Tensor, other: Tensor) -> Tensor:
    """Few levels, after smoothing: flat regions with hard edges."""
    levels = rng.randint(2, 8)
    return (distortions.blur(content[None], rng.uniform(0.1, 2))[0] * levels).round() / levels


_MIXTURES: tuple[Mixture, ...] = (
    _blend, _damaged, _damaged, _fine_structure, _fine_structure, _shuffled_style, _other, _decoder, _decoder, _poster,
)  # fmt: skip
