"""Pictures of nothing, for training: leaves that cover one another, natural spectra, gratings, random nets.

They have the edges, contrasts and correlations that early vision layers answer to, in any number, and owe nobody
anything (Baradad et al. 2021, arXiv:2106.05963, learn good features from such images alone).
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Random = np.random.Generator


def dead_leaves(rng: Random, size: int) -> Pixels:
    """Overlapping discs, boxes and slivers of power-law sizes, each flat, shaded or textured: uint8 [size, size, 3]."""
    image = _canvas(rng, size)
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
    palette = rng.random((int(rng.integers(3, 12)), 3), dtype=np.float32)
    texture = spectrum_noise(rng, size).astype(np.float32) / 255
    for _ in range(int(rng.integers(60, 260))):
        radius = size * 0.02 * (1 - rng.random() * 0.995) ** -0.5
        mask = _leaf(rng, rows - rng.random() * size, columns - rng.random() * size, min(radius, size * 0.4))
        colour = palette[rng.integers(len(palette))] + rng.normal(0, 0.05, 3)
        shade = 1 + rng.normal(0, 0.3) * (rows[mask] - columns[mask])[:, None] / size
        grain = rng.choice([0, 0, 0.3, 0.8]) * (texture[mask] - 0.5)
        image[mask] = colour * shade + grain
    return _to_uint8(image)


def _leaf(rng: Random, down: NDArray[np.float32], right: NDArray[np.float32], radius: float) -> NDArray[np.bool_]:
    angle, stretch = rng.random() * np.pi, 1 + 4 * rng.random() ** 3
    along, across = np.cos(angle) * right + np.sin(angle) * down, np.cos(angle) * down - np.sin(angle) * right
    along, across = np.abs(along) / stretch, np.abs(across)
    outline = (along**2 + across**2) ** 0.5 if rng.random() < 0.5 else np.maximum(along, across)
    mask: NDArray[np.bool_] = outline < radius
    return mask


def spectrum_noise(rng: Random, size: int) -> Pixels:
    """Noise whose amplitude falls as a power of frequency, stretched along one direction, colours mixed at random."""
    down, right = np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size), indexing="ij")
    angle, stretch = rng.random() * np.pi, 1 + 6 * rng.random() ** 2
    along, across = np.cos(angle) * right + np.sin(angle) * down, np.cos(angle) * down - np.sin(angle) * right
    frequency = np.sqrt((along * stretch) ** 2 + across**2) + 1 / size
    white = np.fft.fft2(rng.normal(size=(3, size, size)))
    fields = np.fft.ifft2(white * frequency ** -rng.uniform(0.3, 2.2)).real
    fields = (fields - fields.mean((1, 2), keepdims=True)) / fields.std((1, 2), keepdims=True)
    return _to_uint8(np.moveaxis(_mix_colours(rng, fields), 0, 2))


def gratings(rng: Random, size: int) -> Pixels:
    """Two to five waves of any direction and period, some cut to stripes, their phase bent: uint8 [size, size, 3]."""
    rows, columns = np.mgrid[0:size, 0:size]
    bend = np.asarray(spectrum_noise(rng, size)[:, :, 0], dtype=np.float64) / 40 * rng.random()
    fields = np.zeros((3, size, size))
    for _ in range(int(rng.integers(2, 6))):
        angle, period = rng.random() * np.pi, 3 * 2 ** (rng.random() * 4.5)
        wave = np.sin(2 * np.pi * (np.cos(angle) * columns + np.sin(angle) * rows) / period + bend)
        wave = np.sign(wave) if rng.random() < 0.4 else wave
        fields += rng.normal(0, 0.7, (3, 1, 1)) * wave
    return _to_uint8(np.moveaxis(_mix_colours(rng, fields), 0, 2))


def random_network(rng: Random, size: int) -> Pixels:
    """What a small untrained convolutional network makes of noise, tile by tile: blobs, worms and weaves."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    coarse = size // int(2 ** rng.integers(1, 4))
    x = torch.randn(1, 8, coarse, coarse, generator=generator)
    for _ in range(3):
        kernel = torch.randn(8, 8, 5, 5, generator=generator) * float(rng.uniform(0.1, 0.3))
        x = torch.tanh(F.conv2d(F.pad(x, (2,) * 4, mode="circular"), kernel))
    x = F.interpolate(x[:, :3], (size, size), mode=str(rng.choice(["nearest", "bilinear"])))[0]
    return _to_uint8(np.moveaxis(_mix_colours(rng, x.double().numpy() * 1.5), 0, 2))


KINDS: tuple[Callable[[Random, int], Pixels], ...] = (dead_leaves, spectrum_noise, gratings, random_network)


def _mix_colours(rng: Random, fields: NDArray[np.float64]) -> NDArray[np.float64]:
    """Three fields of unit spread to correlated RGB around a random mean; one in five is nearly grey."""
    mixing = rng.normal(0, 0.12, (3, 3)) + rng.uniform(0.02, 0.2) * np.outer(np.ones(3), rng.normal(size=3))
    if rng.random() < 0.2:
        mixing = 0.9 * mixing.mean(0, keepdims=True) + 0.1 * mixing
    return np.einsum("ij,jhw->ihw", mixing, fields) + rng.uniform(0.2, 0.8, (3, 1, 1))


def _canvas(rng: Random, size: int) -> NDArray[np.float32]:
    return np.broadcast_to(rng.random(3, dtype=np.float32), (size, size, 3)).copy()


def _to_uint8(image: NDArray[np.floating]) -> Pixels:
    return np.ascontiguousarray((image.clip(0, 1) * 255).round().astype(np.uint8))
