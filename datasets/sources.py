"""The words that say where a picture of the quick split comes from, and the picture they stand for.

photograph NAME LEFT TOP SIDE [mirrored]    a square of SIDE pixels of a photograph of the wheels
scene SEED [mirrored]                       a rendered scene
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.photos import crop, find
from stylegauge.datasets.scenes import kind_of, render_scene

Pixels = NDArray[np.uint8]
FORMS = "photograph NAME LEFT TOP SIDE [mirrored], scene SEED [mirrored]"


def picture(source: str, size: int) -> Pixels:
    """The picture a source stands for: uint8 [size, size, 3], the same bytes on every machine."""
    words, mirrored = _words(source)
    if words[0] == "scene":
        image = _scene(int(words[1]), size)
    else:
        left, top, side = (int(word) for word in words[2:])
        image = crop(words[1], left, top, side, size)
    return np.ascontiguousarray(image[:, ::-1]) if mirrored else image


def group(source: str) -> str:
    """What makes two pictures dependent: the photograph they are crops of, or the scene."""
    words, _ = _words(source)
    return f"scene-{words[1]}" if words[0] == "scene" else find(words[1]).group


def licence(source: str) -> str:
    """What the photograph may be used under, in words; "" for a scene, which is nobody's picture."""
    words, _ = _words(source)
    return "" if words[0] == "scene" else find(words[1]).licence


def kind(source: str) -> str:
    """ "photograph", or the kind of scene."""
    words, _ = _words(source)
    return kind_of(int(words[1])) if words[0] == "scene" else "photograph"


def _words(source: str) -> tuple[list[str], bool]:
    words = source.split()
    mirrored = words[-1:] == ["mirrored"]
    words = words[: len(words) - mirrored]
    numbers = words[1:] if words[:1] == ["scene"] else words[2:]
    if (words[:1], len(words)) not in ((["scene"], 2), (["photograph"], 5)) or not all(n.isdecimal() for n in numbers):
        raise UsageError(f"no picture comes from '{source}'; possible are: {FORMS}")
    return words, mirrored


@lru_cache(maxsize=24)  # references ask for one scene in many styles
def _scene(seed: int, size: int) -> Pixels:
    image = render_scene(seed, size).image
    image.setflags(write=False)
    return image
