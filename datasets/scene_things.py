"""Things that rendered scenes are furnished with, each drawn with its own proportions and colours."""

from __future__ import annotations

import math
from random import Random

from stylegauge.datasets.scene_blocks import box, roof
from stylegauge.datasets.scene_light import Colour, Material, Thing
from stylegauge.datasets.scene_shapes import Ball, Frustum, Vector

WINDOW = Material((0.1, 0.13, 0.2), shine=0.5)
FRUIT: tuple[Colour, ...] = (
    (0.62, 0.05, 0.04), (0.85, 0.32, 0.03), (0.75, 0.6, 0.06), (0.3, 0.45, 0.05), (0.3, 0.06, 0.22), (0.8, 0.42, 0.25),
)  # fmt: skip
PAINTS: tuple[Colour, ...] = (
    (0.06, 0.15, 0.42), (0.5, 0.08, 0.07), (0.08, 0.32, 0.25), (0.7, 0.62, 0.45), (0.75, 0.45, 0.1), (0.3, 0.14, 0.35),
    (0.06, 0.3, 0.42), (0.8, 0.75, 0.68), (0.16, 0.14, 0.13),
)  # fmt: skip


def heading(x: float, y: float, z: float) -> Vector:
    """A unit vector."""
    length = math.sqrt(x * x + y * y + z * z)
    return x / length, y / length, z / length


def lamps(x: float, y: float, z: float, spread: float) -> tuple[Vector, ...]:
    """Four directions around one: a lamp with a width, so shadows get a soft rim."""
    around = ((1.0, 0.3), (-0.3, 1.0), (-1.0, -0.3), (0.3, -1.0))
    return tuple(heading(x + spread * a, y + spread * b, z) for a, b in around)


def shade(rng: Random, colour: Colour, by: float = 0.25) -> Colour:
    """A colour a little lighter or darker, a little off in hue."""
    scale = 1 + by * (2 * rng.random() - 1)
    r, g, b = (min(0.95, c * scale * (1 + 0.12 * (2 * rng.random() - 1))) for c in colour)
    return r, g, b


def glaze(rng: Random, patterns: tuple[str, ...] = ("plain", "plain", "stripes", "speckle")) -> Material:
    """A random glaze for pottery."""
    first, second = rng.sample(PAINTS, 2)
    return Material(
        shade(rng, first), shade(rng, second), rng.choice(patterns), rng.uniform(0.05, 0.16), rng.uniform(0.1, 0.9),
        rng.choice((0.0, 0.0, 0.04)), rng.randrange(10**6),
    )  # fmt: skip


def vase(rng: Random, x: float, z: float) -> list[Thing]:
    """A vase: four frustums under each other."""
    size, clay = rng.uniform(0.8, 1.25), glaze(rng)
    widths = [rng.uniform(0.12, 0.2), rng.uniform(0.22, 0.32), rng.uniform(0.2, 0.3), rng.uniform(0.07, 0.13)]
    widths.append(widths[-1] * rng.uniform(1.2, 1.8))
    heights = [rng.uniform(0.15, 0.3), rng.uniform(0.15, 0.3), rng.uniform(0.15, 0.3), rng.uniform(0.1, 0.25)]
    things, level = [], 0.0
    for low, high, tall in zip(widths, widths[1:], heights):
        things.append(Thing(Frustum((x, level, z), low * size, high * size, tall * size), clay))
        level += tall * size
    return things


def bottle(rng: Random, x: float, z: float) -> list[Thing]:
    """A bottle with label and cork."""
    glass = Material(
        shade(rng, rng.choice(((0.03, 0.16, 0.07), (0.2, 0.09, 0.02), (0.05, 0.1, 0.2)))), shine=1.0, mirror=0.08
    )
    wide, tall = rng.uniform(0.14, 0.18), rng.uniform(0.65, 0.85)
    label = Material((0.75, 0.7, 0.55), shade(rng, (0.4, 0.1, 0.08)), "stripes", 0.09)
    return [
        Thing(Frustum((x, 0.0, z), wide, wide, tall), glass),
        Thing(Frustum((x, tall * 0.25, z), wide * 1.02, wide * 1.02, tall * 0.4), label),
        Thing(Frustum((x, tall, z), wide, 0.05, 0.22), glass),
        Thing(Frustum((x, tall + 0.22, z), 0.05, 0.05, 0.22), glass),
        Thing(Frustum((x, tall + 0.44, z), 0.06, 0.06, 0.06), Material((0.35, 0.2, 0.1))),
    ]


def fruit(rng: Random, x: float, y: float, z: float) -> list[Thing]:
    """An apple, an orange or a pear, its underside at height y."""
    radius, flat = rng.uniform(0.14, 0.22), rng.uniform(0.85, 1.0)
    skin = shade(rng, rng.choice(FRUIT))
    peel = Material(skin, shade(rng, skin, 0.6), "speckle", rng.uniform(0.08, 0.25), 0.5, seed=rng.randrange(10**6))
    things = [Thing(Ball((x, y + radius * flat, z), radius, flat), peel)]
    if rng.random() < 0.35:  # a pear
        things.append(Thing(Ball((x, y + radius * 1.7, z), radius * 0.6, 1.2), peel))
    top = y + radius * (2.2 if len(things) == 2 else 1.75)
    return [*things, Thing(Frustum((x, top, z), 0.014, 0.02, 0.16), Material((0.15, 0.09, 0.04)))]


def bowl(rng: Random, x: float, z: float) -> list[Thing]:
    """A bowl heaped with four fruits."""
    wide, tall = rng.uniform(0.42, 0.5), rng.uniform(0.22, 0.3)
    things = [Thing(Frustum((x, 0.0, z), wide * 0.5, wide, tall), glaze(rng))]
    for dx, dz in ((-0.2, 0.05), (0.2, 0.08), (0.0, -0.18)):
        things += fruit(rng, x + dx, tall - 0.1, z + dz)
    return things + fruit(rng, x + 0.03, tall + 0.14, z)


def books(rng: Random, x: float, z: float) -> list[Thing]:
    """Two to four books on top of each other, sometimes with a fruit."""
    things, level = [], 0.0
    for _ in range(rng.randint(2, 4)):
        tall, tangent = rng.uniform(0.05, 0.09), rng.uniform(-0.5, 0.5)
        half = (rng.uniform(0.32, 0.42), tall, rng.uniform(0.22, 0.3))
        inner = (half[0] + 0.004, tall * 0.8, half[2] - 0.03)
        things.append(
            Thing(box((x, level + tall, z), half, tangent), Material(shade(rng, rng.choice(PAINTS)), shine=0.15))
        )
        things.append(
            Thing(
                box((x, level + tall, z), inner, tangent),
                Material((0.8, 0.75, 0.62), (0.5, 0.45, 0.35), "stripes", 0.02),
            )
        )
        level += 2 * tall
    return things + (fruit(rng, x, level, z) if rng.random() < 0.6 else [])


def candle(rng: Random, x: float, z: float) -> list[Thing]:
    """A candle in its holder."""
    tall = rng.uniform(0.4, 0.8)
    brass = Material((0.55, 0.36, 0.1), shine=0.9, mirror=0.15)
    return [
        Thing(Frustum((x, 0.0, z), 0.2, 0.16, 0.05), brass),
        Thing(Frustum((x, 0.05, z), 0.05, 0.09, 0.12), brass),
        Thing(Frustum((x, 0.17, z), 0.065, 0.065, tall), Material((0.8, 0.76, 0.62), shine=0.2)),
        Thing(Frustum((x, 0.17 + tall, z), 0.008, 0.008, 0.05), Material((0.05, 0.04, 0.03))),
        Thing(Ball((x, 0.28 + tall, z), 0.032, 2.2), Material((3.0, 1.9, 0.6))),
    ]


def house(rng: Random, x: float, y: float, z: float) -> list[Thing]:
    """A house with a saddle roof, windows, a door and a chimney, its floor at height y."""
    wide, deep, tall = rng.uniform(1.0, 1.7), rng.uniform(0.8, 1.1), rng.uniform(0.7, 1.3)
    tangent = rng.uniform(-0.7, 0.7)
    wall = shade(
        rng, rng.choice(((0.75, 0.7, 0.58), (0.7, 0.5, 0.35), (0.8, 0.78, 0.74), (0.6, 0.3, 0.2), (0.72, 0.62, 0.3)))
    )
    tiles = shade(rng, rng.choice(((0.45, 0.12, 0.06), (0.3, 0.1, 0.07), (0.16, 0.17, 0.2), (0.42, 0.25, 0.12))))
    dark = (tiles[0] * 0.6, tiles[1] * 0.6, tiles[2] * 0.6)
    height = rng.uniform(0.6, 0.95)
    glass = Material(wall, (0.05, 0.07, 0.12), "windows", rng.uniform(0.85, 1.0), 0.2)
    chimney = (x + 0.45 * wide, y + 2 * tall + 0.6 * height, z + 0.1)
    return [
        Thing(box((x, y + tall - 0.3, z), (wide, tall + 0.3, deep), tangent), glass),
        Thing(
            roof((x, y + 2 * tall, z), (wide + 0.14, height, deep + 0.2), tangent), Material(tiles, dark, "bricks", 0.3)
        ),
        Thing(box(chimney, (0.13, 0.5, 0.13), tangent), Material((0.4, 0.18, 0.12), (0.55, 0.5, 0.45), "bricks", 0.2)),
    ]


def conifer(rng: Random, x: float, y: float, z: float) -> list[Thing]:
    """A fir: three cones on a trunk."""
    size, wide = rng.uniform(0.8, 1.6), rng.uniform(0.4, 0.6)
    green = shade(rng, (0.05, 0.14, 0.05), 0.4)
    needles = Material(
        green, (green[0] * 2.2, green[1] * 2.0, green[2] * 1.5), "speckle", 0.15, seed=rng.randrange(10**6)
    )
    things = [Thing(Frustum((x, y - 0.3, z), 0.09 * size, 0.07 * size, 0.3 + 0.5 * size), Material((0.16, 0.09, 0.05)))]
    for level, share in ((0.35, 1.0), (0.95, 0.78), (1.5, 0.55)):
        things.append(Thing(Frustum((x, y + level * size, z), wide * share * size, 0.0, size), needles))
    return things


def broadleaf(rng: Random, x: float, y: float, z: float) -> list[Thing]:
    """A round tree: a trunk under six balls of leaves."""
    size = rng.uniform(0.7, 1.3)
    green = shade(rng, rng.choice(((0.14, 0.28, 0.05), (0.2, 0.32, 0.06), (0.45, 0.25, 0.04), (0.4, 0.12, 0.04))), 0.3)
    leaves = Material(
        green, (green[0] * 0.35, green[1] * 0.4, green[2] * 0.4), "speckle", 0.14, seed=rng.randrange(10**6)
    )
    things = [Thing(Frustum((x, y - 0.3, z), 0.13 * size, 0.08 * size, 0.3 + 1.1 * size), Material((0.2, 0.13, 0.08)))]
    for _ in range(6):
        offset = (rng.uniform(-0.5, 0.5) * size, rng.uniform(1.1, 1.9) * size, rng.uniform(-0.45, 0.45) * size)
        centre = (x + offset[0], y + offset[1], z + offset[2])
        things.append(Thing(Ball(centre, rng.uniform(0.3, 0.55) * size, 0.9), leaves))
    return things


def column(rng: Random, x: float, z: float, tall: float, stone: Material) -> list[Thing]:
    """A column with base and capital, standing on height 0."""
    wide = rng.uniform(0.2, 0.24)
    return [
        Thing(box((x, 0.1, z), (wide * 1.6, 0.1, wide * 1.6)), stone),
        Thing(Frustum((x, 0.2, z), wide * 1.35, wide * 1.1, 0.12), stone),
        Thing(Frustum((x, 0.32, z), wide, wide * 0.82, tall - 0.7), stone),
        Thing(Frustum((x, tall - 0.38, z), wide * 0.82, wide * 1.4, 0.2), stone),
        Thing(box((x, tall - 0.09, z), (wide * 1.6, 0.09, wide * 1.6)), stone),
    ]
