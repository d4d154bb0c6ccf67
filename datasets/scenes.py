"""Rendered contents: small ray-traced worlds whose edges and depth are known, so that there are more than photographs.

The same seed and size give the same bytes on every processor (see scene_shapes).
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.scene_kinds import KINDS, Stage
from stylegauge.datasets.scene_light import Scenery, radiance, trace
from stylegauge.datasets.scene_shapes import Array, Rays
from stylegauge.datasets.scene_terrain import nearest

SUB = 2  # sub-samples along each side of a pixel
# Seeds below are test scenes, the others train scenes: no seed serves both parts.
FIRST_TRAIN_SEED = 100_000
_Number = TypeVar("_Number", np.float64, np.int64)
_LEVELS = 4095  # steps of linear light in the table of the display curve


@dataclass(frozen=True)
class Scene:
    """A rendered content.

    image: uint8 [S, S, 3]; kind: still-life, village, mountains or hall
    depth: float32 [S, S], distance along the camera's axis in units of length, inf for the sky
    edges: bool [S, S], true where the thing in view differs from that of the pixel to the right or below
    thing: int64 [S, S], the number of the thing in view, counted along the stage's things; -1 for the sky
    """

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    edges: NDArray[np.bool_]
    kind: str
    thing: NDArray[np.int64]


def kind_of(seed: int) -> str:
    """The kind of scene a seed gives; four seeds in a row give four kinds."""
    return list(KINDS)[seed % len(KINDS)]


def train_seed(rng: Random) -> int:
    """The seed of a random train scene."""
    return FIRST_TRAIN_SEED + rng.randrange(10**9)


def stage_of(seed: int) -> Stage:
    """The scene of a seed (>= 0) before it is looked at; ValueError for a seed below 0."""
    if seed < 0:
        raise ValueError(f"a scene needs a seed >= 0, got {seed}")
    return KINDS[kind_of(seed)](Random(seed))  # noqa: S311  a picture, not a secret


def render_scene(seed: int, size: int) -> Scene:
    """Ray trace the scene of a seed (>= 0) at size x size pixels; see `look_at`."""
    return look_at(stage_of(seed), size, kind_of(seed))


def look_at(stage: Stage, size: int, kind: str) -> Scene:
    """Ray trace a stage at size x size pixels (>= 16), 2 x 2 sub-samples a pixel.

    Sub-sample (0, 0) of each pixel gives its depth and its thing.
    """
    if size < 16:
        raise ValueError(f"a scene needs a size >= 16, got {size}")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # rays that miss give inf and nan on the way
        rays, ground = _look(stage, size)
        scenery = Scenery(stage.things, stage.light, marched=int(stage.terrain is not None))
        hits = nearest(ground, trace(scenery.things, rays, scenery.marched))
        light = radiance(scenery, rays, hits)
    depth, thing = _first_of(hits[0], size), _first_of(hits[1], size)
    return Scene(_develop(light, size), depth.astype(np.float32), _edges(thing), kind, thing)


def _look(stage: Stage, size: int) -> tuple[Rays, tuple[Array, NDArray[np.int64]]]:
    """The camera's rays, ordered (row, column, sub-sample), and what they meet of the terrain."""
    steps = np.arange(size * SUB)
    middle = (2.0 * steps + 1.0) / (size * SUB) - 1.0
    across, upwards = middle * stage.width, stage.shift - middle * stage.width
    x, y = (_by_pixel(np.broadcast_to(v, (size * SUB, size * SUB)), size) for v in (across[None, :], upwards[:, None]))
    rays = Rays((0.0, stage.eye, 0.0), (x, y, np.ones(x.shape)))
    if stage.terrain is None:
        t = np.full(x.shape, np.inf)
    else:
        t = _by_pixel(stage.terrain.march(stage.eye, across, upwards), size)
    return rays, (t, np.where(t < np.inf, 0, -1).astype(np.int64))


def _by_pixel(samples: Array, size: int) -> Array:
    return samples.reshape(size, SUB, size, SUB).transpose(0, 2, 1, 3).reshape(-1)


def _first_of(samples: NDArray[_Number], size: int) -> NDArray[_Number]:
    return samples.reshape(size, size, SUB * SUB)[:, :, 0]


def _develop(light: tuple[Array, Array, Array], size: int) -> NDArray[np.uint8]:
    """Mean of the sub-samples of a pixel, in whole steps of linear light, through the display curve."""
    channels = []
    for channel in light:
        steps = np.floor(np.minimum(np.maximum(channel, 0.0), 1.0) * _LEVELS + 0.5).astype(np.int64)
        total = steps.reshape(size, size, SUB * SUB).sum(axis=2)
        channels.append(np.floor(255.0 * np.sqrt(total / float(_LEVELS * SUB * SUB)) + 0.5))
    return np.stack(channels, axis=2).astype(np.uint8)


def _edges(thing: NDArray[np.int64]) -> NDArray[np.bool_]:
    edges = np.zeros(thing.shape, dtype=np.bool_)
    edges[:, :-1] |= thing[:, :-1] != thing[:, 1:]
    edges[:-1] |= thing[:-1] != thing[1:]
    return edges
