"""What the rendered scenes show: a still life, a village, a mountain lake or a hall. Each is drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from random import Random

import numpy as np

from stylegauge.datasets.scene_blocks import box
from stylegauge.datasets.scene_light import Colour, Light, Material, Thing
from stylegauge.datasets.scene_shapes import Ball, Wall
from stylegauge.datasets.scene_terrain import Ground, Sky, Terrain, indoors
from stylegauge.datasets.scene_things import (
    PAINTS,
    books,
    bottle,
    bowl,
    broadleaf,
    candle,
    column,
    conifer,
    fruit,
    glaze,
    heading,
    house,
    lamps,
    shade,
    vase,
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A scene before it is looked at.

    objects: what stands there, each of the things it is made of; grounds and walls are objects of one thing
    eye: the camera's height over (0, 0); width: half of the picture's width at depth 1; shift: the picture's middle at
    depth 1, upwards (a shifted lens, so uprights stay upright); terrain: the first thing is a height field
    """

    objects: tuple[tuple[Thing, ...], ...]
    light: Light
    eye: float
    width: float
    shift: float
    terrain: Terrain | None = None

    @property
    def things(self) -> tuple[Thing, ...]:
        """The things of all objects, in their order."""
        return tuple(chain(*self.objects))


def still_life(rng: Random) -> Stage:
    """Vases, fruit, bottles, books and candles on a table before a wall, lit from a window at one side."""
    makers: list[Callable[[Random, float, float], list[Thing]]] = [vase, bottle, bowl, books, candle]
    rng.shuffle(makers)
    cloth, faded = shade(rng, rng.choice(PAINTS)), shade(rng, rng.choice(PAINTS))
    top, second, pattern, scale = rng.choice(
        (
            ((0.36, 0.2, 0.09), (0.18, 0.08, 0.03), "wood", 0.6),
            ((0.75, 0.72, 0.66), cloth, "checks", 0.35),
            ((0.6, 0.56, 0.5), (0.25, 0.22, 0.2), "marble", 1.2),
            ((0.7, 0.66, 0.55), cloth, "stripes", 0.28),
        )
    )
    table = Material(top, second, pattern, scale, 0.15, 0.03, rng.randrange(10**6))
    dim = (faded[0] * 0.75, faded[1] * 0.75, faded[2] * 0.75)
    paper = rng.choice(("speckle", "speckle", "checks", "bricks", "stripes"))
    wall = Material(faded, dim, paper, rng.uniform(0.4, 0.9), seed=rng.randrange(10**6))
    objects = [[Thing(Wall(1, 1.0, 0.0), table)], [Thing(Wall(2, -1.0, 6.6), wall)]]
    for slot, maker in enumerate(makers[: rng.randint(3, 4)]):
        x = (-0.95, 0.95, -0.05, 0.4)[slot] + rng.uniform(-0.12, 0.12)
        z = (4.4, 4.6, 3.9, 5.3)[slot] + rng.uniform(-0.15, 0.15)
        objects.append(maker(rng, x, z))
    for _ in range(rng.randint(1, 3)):
        objects.append(fruit(rng, rng.uniform(-0.8, 0.8), 0.0, rng.uniform(2.9, 3.2)))
    side = rng.choice((-1.0, 1.0))
    warm = rng.uniform(0.75, 1.0)
    window = lamps(side * rng.uniform(0.6, 1.2), rng.uniform(0.6, 1.0), -0.7, 0.05)
    lamp = (1.5, 1.45 * warm, 1.3 * warm * warm)
    light = Light(window, lamp, (0.24, 0.26, 0.32), (0.1, 0.09, 0.08), indoors((0.3, 0.32, 0.36)))
    return Stage(
        tuple(map(tuple, objects)), light, rng.uniform(1.2, 1.7), rng.uniform(0.32, 0.36), rng.uniform(-0.25, -0.21)
    )


# Zenith, horizon, cloud, lamp, ambient from above: noon, evening, overcast, morning.
SKIES: tuple[tuple[Colour, Colour, Colour, Colour, Colour], ...] = (
    ((0.08, 0.2, 0.55), (0.5, 0.65, 0.85), (0.9, 0.92, 0.95), (1.5, 1.42, 1.25), (0.22, 0.3, 0.42)),
    ((0.12, 0.13, 0.35), (0.95, 0.48, 0.2), (0.75, 0.35, 0.3), (1.7, 0.95, 0.5), (0.2, 0.2, 0.32)),
    ((0.35, 0.42, 0.5), (0.7, 0.73, 0.75), (0.8, 0.82, 0.84), (0.85, 0.85, 0.82), (0.4, 0.43, 0.48)),
    ((0.2, 0.35, 0.6), (0.9, 0.75, 0.62), (0.95, 0.85, 0.8), (1.4, 1.15, 0.85), (0.26, 0.3, 0.4)),
)


def daylight(rng: Random) -> Light:
    """A sky with its sun in front of the camera's left or right, and the air between."""
    zenith, horizon, cloud, lamp, above = rng.choice(SKIES)
    side, high = rng.choice((-1.0, 1.0)), rng.uniform(0.35, 0.8)
    sun = (side * rng.uniform(0.5, 1.0), high, rng.uniform(-0.6, 0.3))
    sky = Sky(zenith, horizon, cloud, rng.uniform(0.2, 0.8), heading(*sun), lamp, rng.randrange(10**6))
    return Light(lamps(*sun, 0.03), lamp, above, (0.12, 0.11, 0.09), sky, rng.uniform(120.0, 300.0), horizon)


def _level(terrain: Terrain, x: float, z: float) -> float:
    return float(terrain.height(np.array([x]), np.array([z]))[0])


def _land(rng: Random, terrain: Terrain, snow: float, water: float) -> Thing:
    meadow = shade(rng, rng.choice(((0.16, 0.26, 0.06), (0.24, 0.3, 0.08), (0.12, 0.22, 0.09))))
    dry = shade(rng, rng.choice(((0.38, 0.34, 0.12), (0.3, 0.36, 0.1), (0.42, 0.3, 0.14))))
    rock = shade(rng, rng.choice(((0.28, 0.25, 0.23), (0.36, 0.27, 0.2), (0.22, 0.22, 0.25))))
    return Thing(terrain, Material(meadow), Ground(meadow, dry, rock, snow, water, rng.randrange(10**6)))


def mountains(rng: Random) -> Stage:
    """A lake before mountains, with trees on the shore."""
    terrain = Terrain(
        rng.randrange(10**6), rng.uniform(16.0, 30.0), 14.0, 75.0, 2.4, rng.uniform(22.0, 34.0), rng.uniform(0.4, 1.0)
    )
    water, eye = rng.uniform(-0.5, -0.1), 1.9
    lake = Material((0.02, 0.06, 0.08), (0.03, 0.1, 0.12), "speckle", 2.0, 0.4, 0.35, rng.randrange(10**6))
    objects = [[_land(rng, terrain, rng.uniform(8.0, 14.0), water)], [Thing(Wall(1, 1.0, water), lake)]]
    maker = rng.choice((conifer, conifer, broadleaf))
    for _ in range(rng.randint(14, 24)):
        z = rng.uniform(5.0, 26.0)
        x = rng.uniform(-0.6, 0.6) * z
        level = _level(terrain, x, z)
        if level > water + 0.1 and level < 3.0:
            objects.append(maker(rng, x, level, z))
    return Stage(tuple(map(tuple, objects)), daylight(rng), eye, 0.55, rng.uniform(0.0, 0.12), terrain)


def village(rng: Random) -> Stage:
    """Houses and trees among fields, hills behind."""
    terrain = Terrain(
        rng.randrange(10**6), rng.uniform(4.0, 14.0), 18.0, 60.0, 1.0, rng.uniform(18.0, 30.0), rng.uniform(0.0, 0.6)
    )
    objects = [[_land(rng, terrain, 40.0, -40.0)]]
    for slot in range(rng.randint(4, 7)):
        z = (9.5, 12.0, 14.5, 17.5, 20.5, 24.0, 28.0)[slot] + rng.uniform(-0.5, 0.5)
        x = (-1.0, 1.0)[slot % 2] * rng.uniform(0.1, 0.36) * z
        objects.append(house(rng, x, _level(terrain, x, z), z))
    for _ in range(rng.randint(8, 14)):
        z = rng.uniform(6.0, 28.0)
        x = rng.choice((-1.0, 1.0)) * rng.uniform(0.33, 0.65) * z
        objects.append(rng.choice((conifer, broadleaf, broadleaf))(rng, x, _level(terrain, x, z), z))
    return Stage(
        tuple(map(tuple, objects)), daylight(rng), rng.uniform(2.6, 4.2), 0.46, rng.uniform(-0.12, -0.02), terrain
    )


def hall(rng: Random) -> Stage:
    """Two rows of columns under the open sky on a polished floor, with balls and blocks between them."""
    light = daylight(rng)
    first, second = rng.choice(
        (
            ((0.75, 0.7, 0.62), (0.12, 0.1, 0.1)),
            ((0.7, 0.66, 0.6), (0.4, 0.1, 0.07)),
            ((0.62, 0.66, 0.7), (0.1, 0.2, 0.3)),
        )
    )
    floor = Material(
        first,
        second,
        rng.choice(("checks", "checks", "marble", "bricks")),
        rng.uniform(0.7, 1.1),
        0.2,
        0.12,
        rng.randrange(10**6),
    )
    pale = shade(rng, (0.72, 0.66, 0.55))
    stone = Material(
        pale, (pale[0] * 0.7, pale[1] * 0.68, pale[2] * 0.66), "marble", 0.9, 0.1, seed=rng.randrange(10**6)
    )
    objects, tall, aisle = [[Thing(Wall(1, 1.0, 0.0), floor)]], rng.uniform(2.8, 3.6), rng.uniform(1.5, 1.9)
    for row in range(4):
        for side in (-1.0, 1.0):
            objects.append(column(rng, side * aisle, 4.6 + 2.1 * row, tall, stone))
    for side in (-1.0, 1.0):
        objects.append([Thing(box((side * aisle, tall + 0.2, 7.8), (0.42, 0.2, 3.8)), stone)])
    wall = Material(shade(rng, (0.62, 0.5, 0.36)), (0.4, 0.34, 0.28), "bricks", 0.8)
    objects.append([Thing(box((0.0, 1.1, 13.5), (4.5, rng.uniform(0.9, 1.6), 0.3)), wall)])
    for z in (3.4, 5.2, 7.4):
        objects.append(_ornament(rng, rng.uniform(-0.85, 0.85), z))
    return Stage(tuple(map(tuple, objects)), light, rng.uniform(1.3, 2.0), 0.52, rng.uniform(-0.08, 0.02))


def _ornament(rng: Random, x: float, z: float) -> list[Thing]:
    kind = rng.randrange(4)
    radius = rng.uniform(0.3, 0.5)
    if kind == 0:
        return [Thing(Ball((x, radius, z), radius), Material((0.08, 0.08, 0.09), shine=1.0, mirror=0.75))]
    if kind == 1:
        return [Thing(Ball((x, radius, z), radius), glaze(rng))]
    if kind == 2:
        return [
            Thing(box((x, radius, z), (radius, radius, radius), rng.uniform(-1.0, 1.0)), glaze(rng)),
            *fruit(rng, x, 2 * radius, z),
        ]
    return vase(rng, x, z)


KINDS: dict[str, Callable[[Random], Stage]] = {
    "still-life": still_life,
    "village": village,
    "mountains": mountains,
    "hall": hall,
}
