"""Rendered scenes again, with one thing of them changed by a known amount and all else as it was.

edge displaced   amount px: every outline moves by that much, in a direction that turns smoothly over the picture
object moved     amount px: one object is pushed sideways until its picture has moved by that much
light changed    amount of half a turn: the lamp goes around the scene; geometry, colours and sky stay
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.painterly import strokes
from stylegauge.datasets.scene_kinds import KINDS, Stage
from stylegauge.datasets.scene_light import Thing
from stylegauge.datasets.scene_patterns import ramp
from stylegauge.datasets.scene_shapes import Array, Vector
from stylegauge.datasets.scenes import Scene, look_at, render_scene, stage_of

BAND = 3  # a displacement by one pixel fades out within this many, so that nothing folds
LEAST_BAND = 6.0  # px
WAVE = 40  # px over which the direction of displacement turns
# An object to move is seen whole, not behind another nor at the picture's border, and neither a speck nor the scene.
LEAST_SHARE, MOST_SHARE = 0.004, 0.15


@dataclass(frozen=True)
class Variant:
    """A scene in which one thing was changed.

    image: uint8 [S, S, 3]
    measured: px, found in the pictures' edges and things, not taken from the amount. Of "edge displaced" the mean
        distance from a new edge to the nearest old one (along an edge nothing is seen to move, so it lies below the
        amount); of "object moved" how far the middle of the object's pixels went; of "light changed" the share of edge
        pixels that are others, which is 0
    """

    image: NDArray[np.uint8]
    measured: float


def scene_variant(seed: int, size: int, factor: str, amount: float) -> Variant:
    """The scene of a seed at size x size px with one factor changed; amount 0 changes nothing, to the byte.

    raises: UsageError for an unknown factor, and for "object moved" where the scene has no object to move
    """
    if factor not in CONTENT_FACTORS:
        raise UsageError(f"no factor {factor!r} of a scene; there are: {', '.join(CONTENT_FACTORS)}")
    return CONTENT_FACTORS[factor](seed, size, amount)


@lru_cache(maxsize=4)  # every variant of a scene is measured against it
def original(seed: int, size: int) -> Scene:
    """The scene itself, as `render_scene` makes it."""
    return render_scene(seed, size)


def first_movable(seed: int, size: int) -> int:
    """The first seed from this one on, of its kind of scene, whose scene has an object to move."""
    while movable(stage_of(seed), original(seed, size)) is None:
        seed += len(KINDS)
    return seed


def _edge_displaced(seed: int, size: int, amount: float) -> Variant:
    scene = original(seed, size)
    if amount == 0:
        return Variant(scene.image, 0.0)
    far = ndimage.distance_transform_edt(~scene.edges)
    reach = max(LEAST_BAND, BAND * amount)
    weight = (1 - ramp(far, 1.0, reach)) * amount
    x, y = (strokes.smooth_noise(far.shape, WAVE, seed, lane).astype(np.float64) for lane in (1, 2))
    length = np.maximum(np.sqrt(x * x + y * y), 1e-9)
    down, right = y / length * weight, x / length * weight
    rows, columns = np.mgrid[:size, :size].astype(np.float64)
    image = _sampled(scene.image, rows + down, columns + right)
    row, column = (np.clip(np.floor(v + 0.5), 0, size - 1).astype(np.int64) for v in (rows + down, columns + right))
    return Variant(image, float(far[scene.edges[row, column]].mean()))


def _sampled(image: NDArray[np.uint8], row: Array, column: Array) -> NDArray[np.uint8]:
    """The image at places [S, S] between pixels, by cubic convolution (Keys 1981, a = -1/2): sharp edges stay sharp."""
    size = len(image)
    top, left = np.floor(row), np.floor(column)
    down, across = _cubic(row - top), _cubic(column - left)
    total = np.zeros(image.shape)
    for i in range(4):
        y = np.clip(top.astype(np.int64) + i - 1, 0, size - 1)
        for j in range(4):
            x = np.clip(left.astype(np.int64) + j - 1, 0, size - 1)
            total += (down[i] * across[j])[..., None] * image[y, x]
    return np.floor(np.clip(total, 0, 255) + 0.5).astype(np.uint8)


def _cubic(t: Array) -> tuple[Array, Array, Array, Array]:
    """Weights of the four neighbours of a place t (0 to 1) after the second."""
    s = 1 - t
    near, next_near = 1 + t * t * (1.5 * t - 2.5), 1 + s * s * (1.5 * s - 2.5)
    return -0.5 * t * s * s, near, next_near, -0.5 * s * t * t


def _object_moved(seed: int, size: int, amount: float) -> Variant:
    stage, scene = stage_of(seed), original(seed, size)
    number = movable(stage, scene)
    if number is None:
        raise UsageError(f"scene {seed} has no object that is seen whole and could be moved; another seed has")
    x, _, z = _middle(stage.objects[number])
    # A pixel is 2 width / size at depth 1. The object goes where there is room: towards the middle of the picture.
    step = amount * 2 * stage.width * z / size * (-1.0 if x > 0 else 1.0)
    objects = list(stage.objects)
    objects[number] = tuple(_pushed(thing, (step, 0.0, 0.0)) for thing in objects[number])
    after = look_at(replace(stage, objects=tuple(objects)), size, scene.kind)
    before, now = (np.argwhere(mask_of(stage, number, view)).mean(axis=0) for view in (scene, after))
    return Variant(after.image, float(np.sqrt(np.square(now - before).sum())))


def _light_changed(seed: int, size: int, amount: float) -> Variant:
    stage, scene = stage_of(seed), original(seed, size)
    cosine, sine = strokes.unit_vector(180.0 * amount)
    # Across the camera's side, so that what is in view stays lit.
    side = 1.0 if stage.light.towards[0][0] > 0 else -1.0
    towards = tuple((x * cosine + side * z * sine, y, z * cosine - side * x * sine) for x, y, z in stage.light.towards)
    after = look_at(replace(stage, light=replace(stage.light, towards=towards)), size, scene.kind)
    return Variant(after.image, float((after.edges != scene.edges).sum() / scene.edges.sum()))


CONTENT_FACTORS: Mapping[str, Callable[[int, int, float], Variant]] = {
    "edge displaced": _edge_displaced,
    "object moved": _object_moved,
    "light changed": _light_changed,
}


def movable(stage: Stage, scene: Scene) -> int | None:
    """The largest object that is seen whole, by its number among the stage's; None where there is none."""
    found = []
    for number, things in enumerate(stage.objects):
        if any(thing.shape.bound is None for thing in things):
            continue  # a ground or a wall
        mask = mask_of(stage, number, scene)
        if LEAST_SHARE <= mask.mean() <= MOST_SHARE and not _cut(mask, scene):
            found.append((int(mask.sum()), number))
    return max(found)[1] if found else None


def mask_of(stage: Stage, number: int, scene: Scene) -> NDArray[np.bool_]:
    """Where an object is seen, [S, S]."""
    first = sum(len(things) for things in stage.objects[:number])
    return (scene.thing >= first) & (scene.thing < first + len(stage.objects[number]))


def _cut(mask: NDArray[np.bool_], scene: Scene) -> bool:
    """Whether it touches the picture's border or has something nearer at its side."""
    if mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any():
        return True
    rim = ndimage.binary_dilation(mask) & ~mask
    # Its own foot stands on what is as near as it is; only what is clearly nearer hides some of it.
    nearer = scene.depth[rim] < 0.97 * scene.depth[mask].min()
    return bool(nearer.mean() > 0.02)


def _middle(things: tuple[Thing, ...]) -> Vector:
    """The centre of the first thing that has one."""
    centre, _ = next(thing.shape.bound for thing in things if thing.shape.bound is not None)
    return centre


def _pushed(thing: Thing, by: Vector) -> Thing:
    place = "base" if hasattr(thing.shape, "base") else "centre"
    x, y, z = (at + step for at, step in zip(getattr(thing.shape, place), by))
    return replace(thing, shape=replace(thing.shape, **{place: (x, y, z)}))  # type: ignore[type-var]
