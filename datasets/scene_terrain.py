"""Hills, water and sky of the rendered landscapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.scene_light import Colour, blend, spread
from stylegauge.datasets.scene_patterns import cloudy, ramp
from stylegauge.datasets.scene_shapes import Array, Rays, Triple, Vector, dot, unit

FIRST, LAST, STEPS = 1.0, 220.0, 640  # the march's depths, and how many


@dataclass(frozen=True)
class Terrain:
    """A height field. It is marched for the camera (`march`) and met by no other ray.

    amplitude: height of the far mountains; start, full: depths where they begin and where they have their full height
    rolling: height of the hills in the foreground; ridged: 0 for round hills, 1 for sharp ridges
    """

    seed: int
    amplitude: float
    start: float
    full: float
    rolling: float
    cell: float
    ridged: float

    bound = None

    def height(self, x: Array, z: Array) -> Array:
        """The ground's height at (x, z)."""
        near = cloudy(x / 9.0, z / 9.0, self.seed, 4) - 0.5
        far = cloudy(x / self.cell, z / self.cell, self.seed + 1, 6)
        ridge = 1.0 - np.abs(2.0 * far - 1.0)
        far = far + (ridge * ridge - far) * self.ridged
        return self.rolling * near + self.amplitude * far * ramp(z, self.start, self.full)

    def hit(self, rays: Rays) -> Array:
        """Nothing meets it: see `march`."""
        return np.full(rays.direction[0].shape, np.inf)

    def normal(self, points: Triple) -> Triple:
        """From height differences over a distance that grows with depth, as the march's steps do."""
        x, _, z = points
        step = 0.02 + 0.004 * z
        across = self.height(x + step, z) - self.height(x - step, z)
        along = self.height(x, z + step) - self.height(x, z - step)
        return unit((-across, 2 * step, -along))

    def surface(self, points: Triple) -> tuple[Array, Array]:
        """The level axes."""
        return points[0], points[2]

    def march(self, eye: float, across: Array, upwards: Array) -> Array:
        """Depth t [rows, columns] at which the camera's rays (across[column], upwards[row], 1) meet the ground.

        The outline of the ground up to a depth only rises with that depth, so for each column of the picture the first
        depth that reaches a row is found by bisection; between two depths the meeting point is interpolated.
        """
        depth = _depths()
        ground = self.height(across[None, :] * depth[:, None], np.broadcast_to(depth[:, None], (STEPS, across.size)))
        outline = np.maximum.accumulate((ground - eye) / depth[:, None], axis=0)
        t = np.full((upwards.size, across.size), np.inf)
        for column in range(across.size):
            k = np.searchsorted(outline[:, column], upwards)
            chosen = np.flatnonzero(k < STEPS)
            after = k[chosen]
            before = np.maximum(after - 1, 0)
            gap_after = ground[after, column] - (eye + upwards[chosen] * depth[after])
            gap_before = ground[before, column] - (eye + upwards[chosen] * depth[before])
            share = np.where(before < after, gap_before / np.minimum(gap_before - gap_after, -1e-12), 0.0)
            t[chosen, column] = depth[before] + (depth[after] - depth[before]) * np.minimum(np.maximum(share, 0.0), 1.0)
        return t


def _depths() -> Array:
    """Depths that grow by the same factor a step; the factor is found without a logarithm."""
    ratio = 1.0
    for k in range(2, 40):  # bits of the factor, from halves downwards
        trial, value = ratio + 0.5**k, FIRST
        for _ in range(STEPS - 1):
            value *= trial
        ratio = trial if value <= LAST else ratio
    depths = [FIRST]
    for _ in range(STEPS - 1):
        depths.append(depths[-1] * ratio)
    return np.array(depths)


@dataclass(frozen=True)
class Ground:
    """Colours of a terrain: meadow below, rock where it is steep, snow above `snow`, sand near the water."""

    meadow: Colour
    dry: Colour
    rock: Colour
    snow: float
    water: float
    seed: int

    def __call__(self, points: Triple, normals: Triple) -> Triple:
        """The colour at points of the terrain."""
        x, y, z = points
        patch = ramp(cloudy(x / 3.0, z / 3.0, self.seed, 5), 0.35, 0.65)
        colour = blend(spread(self.meadow, x), spread(self.dry, x), patch)
        fine = 0.75 + 0.5 * cloudy(x * 4.0, z * 4.0, self.seed + 5, 2)
        steep = 1 - ramp(normals[1], 0.55, 0.8)
        colour = blend(colour, spread(self.rock, x), steep)
        ragged = y + 3.0 * (cloudy(x / 2.0, z / 2.0, self.seed + 9, 3) - 0.5)
        colour = blend(
            colour, spread((0.9, 0.93, 1.0), x), ramp(ragged, self.snow, self.snow + 1.5) * (1 - 0.6 * steep)
        )
        colour = blend(colour, spread((0.55, 0.47, 0.3), x), 1 - ramp(y, self.water + 0.03, self.water + 0.2))
        return colour[0] * fine, colour[1] * fine, colour[2] * fine


@dataclass(frozen=True)
class Sky:
    """A vertical gradient with clouds and a sun.

    cover: share of the sky that clouds take, 0 to 1; sun: unit vector
    """

    zenith: Colour
    horizon: Colour
    cloud: Colour
    cover: float
    sun: Vector
    glow: Colour
    seed: int

    def __call__(self, direction: Triple) -> Triple:
        """The sky's light from these directions."""
        d = unit(direction)
        up = np.maximum(d[1], 0.0)
        share = up / (up + 0.25) * 1.25
        colour = blend(spread(self.horizon, up), spread(self.zenith, up), share)
        flat = np.maximum(up, 0.03) + 0.12
        puff = cloudy(2.0 * d[0] / flat + 50.0, 2.0 * d[2] / flat, self.seed, 5)
        veil = ramp(puff, 0.75 - 0.5 * self.cover, 1.0 - 0.5 * self.cover) * ramp(up, 0.0, 0.12)
        colour = blend(colour, spread(self.cloud, up), veil)
        near = np.maximum(dot(d, self.sun), 0.0)
        for _ in range(4):  # to the power 16
            near = near * near
        glow = 0.5 * near + 20.0 * ramp(near, 0.985, 0.995) * (1 - veil)
        return colour[0] + self.glow[0] * glow, colour[1] + self.glow[1] * glow, colour[2] + self.glow[2] * glow


def indoors(colour: Colour) -> Callable[[Triple], Triple]:
    """Light of one colour from everywhere."""
    return lambda direction: spread(colour, direction[0])


def nearest(a: tuple[Array, NDArray[np.int64]], b: tuple[Array, NDArray[np.int64]]) -> tuple[Array, NDArray[np.int64]]:
    """The nearer of two sets of hits, ray by ray."""
    closer = b[0] < a[0]
    return np.where(closer, b[0], a[0]), np.where(closer, b[1], a[1])
