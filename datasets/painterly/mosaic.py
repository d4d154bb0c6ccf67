"""Stained glass and mosaic: flat cells of glass that follow the edges, parted by leading.

The cells are a Voronoi diagram of a jittered grid whose distance also counts colour, moved to their centroids a few
times: superpixels (Achanta et al. 2012, SLIC) with a norm between the circle's and the square's, turned along the
edges so that square tiles lie in rows (Hausner 2001, "Simulating decorative mosaics").
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from stylegauge.datasets.painterly import strokes
from stylegauge.datasets.painterly.fixed import Bytes
from stylegauge.datasets.painterly.strokes import Field, Index

NAME = "mosaic"

# Pot-metal glass: ruby, orange, amber, straw, emerald, leaf, aqua, sky, cobalt, violet, rose, opal, smoke, umber.
GLASS = np.array(
    [
        (150, 12, 28), (214, 84, 18), (240, 166, 24), (246, 222, 128), (16, 112, 62), (110, 160, 40), (40, 168, 170),
        (120, 186, 226), (20, 48, 150), (88, 36, 128), (224, 130, 150), (240, 236, 220), (56, 70, 104), (104, 60, 32),
    ],
    np.float32,
)  # fmt: skip
UNLIKE_AT_MOST = np.float32(90 * 90)  # squared RGB distance past which two colours are simply different


@dataclass(frozen=True)
class Parameters:
    """What makes one mosaic differ from another.

    cell_size: mean distance between neighbouring tiles, px, 7 to 24
    leading: width of the lead or grout between tiles, px, 0.6 to 3.5
    leading_tone: its lightness, 0 (black lead) to 1 (white grout)
    regularity: 0 (scattered tiles) to 1 (an even grid)
    squareness: 0 (a honeycomb's staggered rows, round distance) to 1 (square tiles, turned along the edges)
    edge_following: 0 (cells ignore the picture) to 1 (cells end at its edges)
    saturation: gain of each tile's chroma, 0.7 to 2.2
    glass: share of the colour taken from the nearest of a glazier's 14 colours, 0 to 0.8
    palette: share of the colour that comes from the palette below, not from picture or glass, 0 to 1
    hue: the palette's hue in the lights, degrees of `strokes.recolour`, 0 to 360
    shade_hue: its hue in the shades, likewise, 0 to 360
    light: how much brightness varies from tile to tile and across a tile, 0 to 1
    """

    cell_size: float
    leading: float
    leading_tone: float
    regularity: float
    squareness: float
    edge_following: float
    saturation: float
    glass: float
    palette: float
    hue: float
    shade_hue: float
    light: float


def draw(rng: random.Random) -> Parameters:
    """Parameters of one mosaic; stained glass (dark, wide leading) and tesserae (pale, narrow) are both common."""
    glass = rng.random() < 0.6
    hue = rng.uniform(0, 360)
    return Parameters(
        cell_size=rng.uniform(11, 24) if glass else rng.uniform(7, 13),
        leading=rng.uniform(1.2, 3.2) if glass else rng.uniform(0.8, 1.6),
        leading_tone=rng.uniform(0.0, 0.15) if glass else rng.uniform(0.1, 1.0),
        regularity=rng.uniform(0.0, 0.7) if glass else rng.uniform(0.5, 1.0),
        squareness=rng.uniform(0.0, 0.5) if glass else rng.uniform(0.6, 1.0),
        edge_following=rng.uniform(0.55, 1.0) if glass else rng.uniform(0.1, 0.7),
        saturation=rng.uniform(1.2, 2.2) if glass else rng.uniform(0.7, 1.7),
        glass=rng.uniform(0.15, 0.65) if glass else rng.uniform(0.0, 0.5),
        palette=rng.uniform(0.0, 0.6),
        hue=hue,
        shade_hue=(hue + rng.uniform(40, 140) * rng.choice((-1, 1))) % 360,
        light=rng.uniform(0.2, 1.0) if glass else rng.uniform(0.1, 0.6),
    )


@dataclass(frozen=True)
class Tiles:
    """A grid of sites; every array is float32 [rows, columns] or [rows, columns, 3]."""

    x: Field
    y: Field
    cosine: Field
    sine: Field
    colour: Field


def render(content: Bytes, parameters: Parameters, seed: int) -> Bytes:
    """The content as glass tiles. content: uint8 [H, W, 3]; returns uint8 [H, W, 3]."""
    labels, tiles = _cells(content, parameters, seed)
    colour = _glaze(_means(content, labels, tiles), parameters, seed)
    lit = _light(colour, labels, tiles, parameters, seed)
    return strokes.to_bytes(_lead(lit, labels, parameters, seed))


def _cells(content: Bytes, parameters: Parameters, seed: int) -> tuple[Index, Tiles]:
    """Which tile each pixel belongs to, [H, W]."""
    smooth = strokes.softened(content, parameters.cell_size / 8)
    field = strokes.doubled_tangent(smooth, parameters.cell_size / 3)[:2]
    tiles = _sites(content.shape[:2], parameters, seed)
    half = slice(None, None, 2)
    for _ in range(4):
        tiles = _turn(tiles, field, smooth)
        labels = _assign(smooth[half, half].astype(np.float32), tiles, parameters, 2)
        tiles = _recentre(tiles, labels, parameters, 2)
    tiles = _turn(tiles, field, smooth)
    labels = _assign(smooth.astype(np.float32), tiles, parameters, 1)
    return labels, tiles


def _sites(shape: tuple[int, ...], parameters: Parameters, seed: int) -> Tiles:
    rows = max(2, round(shape[0] / parameters.cell_size))
    columns = max(2, round(shape[1] / parameters.cell_size))
    i, j = np.mgrid[:rows, :columns]
    half = np.float32(0.5)
    slack = np.float32(1.5 * (1 - parameters.regularity))
    # Every other row half a tile along makes a honeycomb; in step, the rows make a chequerboard.
    shift = (i % 2 - half) * np.float32(0.5 * (1 - parameters.squareness))
    y = (i + half + (strokes.unit_noise(seed, 1, i, j) - half) * slack) * np.float32(shape[0] / rows)
    x = (j + half + shift + (strokes.unit_noise(seed, 2, i, j) - half) * slack) * np.float32(shape[1] / columns)
    blank = np.zeros((rows, columns), np.float32)
    return Tiles(x.astype(np.float32), y.astype(np.float32), blank, blank, np.zeros((rows, columns, 3), np.float32))


def _turn(tiles: Tiles, field: tuple[Field, Field], smooth: Index) -> Tiles:
    """Read direction and colour of the picture under each site."""
    row = np.clip(tiles.y.astype(np.int64), 0, smooth.shape[0] - 1)
    column = np.clip(tiles.x.astype(np.int64), 0, smooth.shape[1] - 1)
    cosine, sine = strokes.halve_angle(field[0][row, column], field[1][row, column])
    return Tiles(tiles.x, tiles.y, cosine, sine, smooth[row, column].astype(np.float32))


def _assign(smooth: Field, tiles: Tiles, parameters: Parameters, step: int) -> Index:
    """The nearest of the 3 x 3 sites around each pixel; smooth: [H, W, 3] sampled every `step` px."""
    height, width = smooth.shape[:2]
    rows, columns = tiles.x.shape
    row, column = np.arange(height) * rows // height, np.arange(width) * columns // width
    y = ((np.arange(height, dtype=np.float32) + np.float32(0.5)) * step)[:, None]
    x = ((np.arange(width, dtype=np.float32) + np.float32(0.5)) * step)[None, :]
    reach = parameters.edge_following * parameters.cell_size / 40  # 40 levels weigh as much as one tile's width
    weight = np.float32(reach * reach)
    square = np.float32(parameters.squareness)
    best = np.full((height, width), np.inf, np.float32)
    labels = np.zeros((height, width), np.int64)
    planes = [np.ascontiguousarray(smooth[..., c]) for c in range(3)]
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            i, j = np.clip(row + down, 0, rows - 1), np.clip(column + across, 0, columns - 1)
            at = np.ix_(i, j)
            dx, dy, cosine, sine = x - tiles.x[at], y - tiles.y[at], tiles.cosine[at], tiles.sine[at]
            u, v = np.abs(dx * cosine + dy * sine), np.abs(dy * cosine - dx * sine)
            largest = np.maximum(u, v)
            distance = (u * u + v * v) * (1 - square) + largest * largest * square
            unlike = np.zeros_like(distance)
            for c, plane in enumerate(planes):
                apart = plane - tiles.colour[..., c][at]
                unlike += apart * apart
            # A pixel unlike every site near it goes to the nearest, or it would be an island of its own.
            distance += np.minimum(unlike, UNLIKE_AT_MOST) * weight
            nearer = distance < best
            best = np.where(nearer, distance, best)
            labels = np.where(nearer, i[:, None] * columns + j[None, :], labels)
    return labels


def _recentre(tiles: Tiles, labels: Index, parameters: Parameters, step: int) -> Tiles:
    """Move sites towards their cells' centroids, the more so the more regular the mosaic is."""
    count = np.bincount(labels.ravel(), minlength=tiles.x.size).reshape(tiles.x.shape)
    pull = np.where(count > 0, np.float32(0.2 + 0.6 * parameters.regularity), np.float32(0))
    rows, columns = np.broadcast_arrays(np.arange(labels.shape[0])[:, None], np.arange(labels.shape[1])[None, :])
    y, x = _middle(labels, rows, count) * step, _middle(labels, columns, count) * step
    return Tiles(tiles.x + (x - tiles.x) * pull, tiles.y + (y - tiles.y) * pull, tiles.cosine, tiles.sine, tiles.colour)


def _middle(labels: Index, index: Index, count: Index) -> Field:
    # Sums of whole numbers below 2**53 are exact in float64, in any order.
    total = np.bincount(labels.ravel(), index.ravel(), count.size).reshape(count.shape)
    return (total / np.maximum(count, 1) + 0.5).astype(np.float32)


def _means(content: Bytes, labels: Index, tiles: Tiles) -> Field:
    n = tiles.x.size
    count = np.maximum(np.bincount(labels.ravel(), minlength=n), 1)
    sums = [np.bincount(labels.ravel(), content[..., c].ravel(), n) for c in range(3)]
    return np.stack([(total / count).astype(np.float32) for total in sums], axis=-1)


def _glaze(colour: Field, parameters: Parameters, seed: int) -> Field:
    """Tile colours [tiles, 3]: nearer to the glazier's palette, more saturated, uneven in brightness."""
    n = np.arange(len(colour))[:, None]
    # The glazier cuts from the sheets at hand: neighbours of one colour in the picture get neighbouring glasses.
    wanted = colour + 60 * (strokes.unit_noise(seed, 7, n, np.arange(3)[None, :]) - np.float32(0.5))
    apart = wanted[:, None, :] - GLASS[None, :, :]
    nearest = (apart[..., 0] * apart[..., 0] + apart[..., 1] * apart[..., 1] + apart[..., 2] * apart[..., 2]).argmin(1)
    mixed = colour + (GLASS[nearest] - colour) * np.float32(parameters.glass)
    mixed = strokes.recolour(mixed, parameters.hue, parameters.shade_hue, parameters.palette, parameters.saturation)
    uneven = 1 + np.float32(0.5 * parameters.light) * (strokes.unit_noise(seed, 3, n[:, 0]) - np.float32(0.5))
    return np.clip(mixed * uneven[:, None], 0, 255)


def _light(colour: Field, labels: Index, tiles: Tiles, parameters: Parameters, seed: int) -> Field:
    """Paint the tiles, each a little brighter towards a side of its own, as rolled glass is."""
    height, width = labels.shape
    n = np.arange(len(colour))
    slope_x, slope_y = (strokes.unit_noise(seed, lane, n) * 2 - 1 for lane in (4, 5))
    dx = np.arange(width, dtype=np.float32)[None, :] - tiles.x.ravel()[labels]
    dy = np.arange(height, dtype=np.float32)[:, None] - tiles.y.ravel()[labels]
    ramp = (dx * slope_x[labels] + dy * slope_y[labels]) / np.float32(parameters.cell_size)
    seedy = strokes.smooth_noise(labels.shape, parameters.cell_size / 3, seed, 6)
    gain = 1 + np.float32(0.5 * parameters.light) * (np.clip(ramp, -1, 1) + np.float32(0.15) * seedy)
    return colour[labels] * gain[..., None]


def _lead(lit: Field, labels: Index, parameters: Parameters, seed: int) -> Field:
    """Lay the leading over the tiles' borders; a soft ramp of one pixel stands for anti-aliasing."""
    border = np.zeros(labels.shape, bool)
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    border[1:] |= labels[1:] != labels[:-1]
    far = ndimage.distance_transform_edt(~border)
    far = strokes.softened((far * 256).astype(np.int64), 0.5).astype(np.float32) / np.float32(256)
    cover = np.clip(np.float32(parameters.leading / 2 + 0.7) - far, 0, 1)
    tone = np.float32(18 + 210 * parameters.leading_tone)
    return lit + (tone - lit) * cover[..., None]
