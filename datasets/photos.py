"""The photographs that come as files in the wheels of scikit-image and matplotlib: real pictures without a download.

They are read from the installed packages and never copied into this one, except as the crops of the quick split.
Test and train part share no photograph, and the two views of the motorcycle are one photograph.

The test part holds only pictures that are in the public domain or CC0 beyond doubt, for its crops ship with this
package. `ihc` (stained tissue), `retina` and `hubble` are no everyday contents: nobody would stylise them to judge a
generator, and a metric's habits on them say little about photographs. Their palettes and textures are welcome variety
for training and for the reference images, so they serve there. The grey pictures serve only as texture for training.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylegauge.datasets.errors import UsageError

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Photograph:
    """One file of a wheel.

    group: the photograph it is a view of; part: "test" or "train"
    path: inside the installed package; sha256: of the file
    area: (left, top, width, height), the part of the picture worth cropping, in pixels
    weight: how often random crops come from its group, against the other groups
    """

    name: str
    group: str
    part: str
    package: str
    path: str
    sha256: str
    area: tuple[int, int, int, int]
    credit: str
    licence: str
    weight: int
    grey: bool = False


_MIDDLEBURY = "Middlebury 2014 stereo benchmark, D. Scharstein et al."
_MIDDLEBURY_TERMS = "distributed with scikit-image; no terms stated there, so nothing made from it ships here"

# Credits and licences as scikit-image's documentation of `skimage.data` states them.
PHOTOGRAPHS: tuple[Photograph, ...] = (
    Photograph("astronaut", "astronaut", "test", "skimage", "data/astronaut.png",
               "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
               (0, 0, 512, 512), "NASA Great Images, Eileen Collins", "public domain", 4),
    Photograph("chelsea", "chelsea", "test", "skimage", "data/chelsea.png",
               "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
               (0, 0, 451, 300), "Stefan van der Walt", "CC0", 4),
    Photograph("coffee", "coffee", "test", "skimage", "data/coffee.png",
               "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
               (0, 0, 600, 400), "Rachel Michetti, courtesy of Pikolo Espresso Bar", "CC0", 4),
    Photograph("rocket", "rocket", "test", "skimage", "data/rocket.jpg",
               "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
               (0, 0, 640, 427), "SpaceX, DSCOVR on Falcon 9", "public domain", 4),
    Photograph("hopper", "hopper", "train", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg",
               "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130",
               (0, 0, 512, 600), "United States Navy, Grace Hopper", "public domain", 4),
    Photograph("motorcycle_left", "motorcycle", "train", "skimage", "data/motorcycle_left.png",
               "db18e9c4157617403c3537a6ba355dfeafe9a7eabb6b9b94cb33f6525dd49179",
               (0, 0, 741, 500), _MIDDLEBURY, _MIDDLEBURY_TERMS, 4),
    Photograph("motorcycle_right", "motorcycle", "train", "skimage", "data/motorcycle_right.png",
               "5fc913ae870e42a4b662314bc904d1786bcad8e2f0b9b67dba5a229406357797",
               (0, 0, 741, 500), _MIDDLEBURY, _MIDDLEBURY_TERMS, 4),
    Photograph("ihc", "ihc", "train", "skimage", "data/ihc.png",
               "f8dd1aa387ddd1f49d8ad13b50921b237df8e9b262606d258770687b0ef93cef",
               (0, 0, 512, 512), "Center for Microscopy and Molecular Imaging", "no known copyright restrictions", 2),
    Photograph("retina", "retina", "train", "skimage", "data/retina.jpg",
               "38a07f36f27f095e818aea7b96d34202c05176d30253c66733f2e00379e9e0e6",
               (200, 200, 1010, 1010), "Mikael Häggström", "CC0", 1),
    Photograph("hubble", "hubble", "train", "skimage", "data/hubble_deep_field.jpg",
               "3a19c5dd8a927a9334bb1229a6d63711b1c0c767fb27e2286e7c84a3e2c2f5f4",
               (0, 0, 1000, 872), "NASA, Hubble eXtreme Deep Field", "public domain", 1),
    Photograph("camera", "camera", "train", "skimage", "data/camera.png",
               "b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a",
               (0, 0, 512, 512), "Lav Varshney", "CC0", 1, True),
    Photograph("brick", "brick", "train", "skimage", "data/brick.png",
               "7966caf324f6ba843118d98f7a07746d22f6a343430add0233eca5f6eaaa8fcf",
               (0, 0, 512, 512), "CC0Textures, Bricks25", "CC0", 1, True),
    Photograph("grass", "grass", "train", "skimage", "data/grass.png",
               "b6b6022426b38936c43a4ac09635cd78af074e90f42ffa8227ac8b7452d39f89",
               (0, 0, 512, 512), "linolafett, DeviantArt", "CC0", 1, True),
    Photograph("gravel", "gravel", "train", "skimage", "data/gravel.png",
               "c48615b451bf1e606fbd72c0aa9f8cc0f068ab7111ef7d93bb9b0f2586440c12",
               (0, 0, 512, 512), "CC0Textures, Gravel04", "CC0", 1, True),
    Photograph("coins", "coins", "train", "skimage", "data/coins.png",
               "f8d773fc9cfa6f4d8e5942dc34d0a0788fcaed2a4fefbbed0aef5398d7ef4cba",
               (0, 0, 384, 303), "Brooklyn Museum Collection", "no known copyright restrictions", 1, True),
)  # fmt: skip


def part(name: str, *, grey: bool = False) -> tuple[Photograph, ...]:
    """The photographs of part "test" or "train", in a fixed order; the grey ones only where asked for."""
    found = tuple(p for p in PHOTOGRAPHS if p.part == name and (grey or not p.grey))
    if not found:
        raise UsageError(f"no part of the photographs is called '{name}'; there are: test, train")
    return found


def find(name: str) -> Photograph:
    """The photograph called `name`."""
    for photograph in PHOTOGRAPHS:
        if photograph.name == name:
            return photograph
    raise UsageError(f"no photograph '{name}'; there are: {', '.join(p.name for p in PHOTOGRAPHS)}")


def locate(photograph: Photograph) -> Path:
    """Where the file lies in the installed package (which is not imported for that)."""
    spec = importlib.util.find_spec(photograph.package)
    if spec is None or spec.origin is None:
        raise UsageError(f"photograph '{photograph.name}' comes with {photograph.package}, which is not installed")
    return Path(spec.origin).parent / photograph.path


@lru_cache(maxsize=4)
def load(name: str) -> Pixels:
    """The photograph `name` as it lies in the wheel: uint8 [H, W, 3], read-only.

    UsageError names the file when it is missing or is not the one this package was made with.
    """
    photograph = find(name)
    path = locate(photograph)
    if not path.is_file():
        raise UsageError(f"photograph '{name}' is missing: {path}")
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != photograph.sha256:
        raise UsageError(f"{path} has changed: sha256 {found[:12]}, expected {photograph.sha256[:12]}")
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    pixels.setflags(write=False)
    return pixels


def shrink(image: Pixels, size: int) -> Pixels:
    """Area average of a square picture [S, S, 3] to [size, size, 3], the same to the last bit on every machine.

    Each output pixel is the mean of the S/size x S/size input pixels it covers, those on its rim in proportion, rounded
    half up. All sums are whole numbers below 2**53, so float64 products are exact in whatever order they are added.
    """
    side = image.shape[0]
    if image.shape[:2] != (side, side) or side < size:
        raise ValueError(f"shrink takes a square of at least {size} pixels, got {image.shape[1]}x{image.shape[0]}")
    if side == size:
        return np.ascontiguousarray(image)
    rows = _overlaps(side, size)
    channels = [rows @ image[:, :, c].astype(np.float64) @ rows.T for c in range(3)]
    total = np.stack(channels, axis=2).astype(np.int64)
    return ((total + side * side // 2) // (side * side)).astype(np.uint8)


@lru_cache(maxsize=8)
def _overlaps(side: int, size: int) -> NDArray[np.float64]:
    """[size, side] whole numbers: how much of each input pixel an output pixel covers, in units of 1/size."""
    start = np.arange(size)[:, None] * side
    pixel = np.arange(side)[None, :] * size
    return np.maximum(0, np.minimum(start + side, pixel + size) - np.maximum(start, pixel)).astype(np.float64)


def crop(name: str, left: int, top: int, side: int, size: int) -> Pixels:
    """The square of `side` pixels at (left, top) of a photograph, shrunk to uint8 [size, size, 3]."""
    image = load(name)
    height, width = image.shape[:2]
    if left < 0 or top < 0 or side < size or left + side > width or top + side > height:
        raise UsageError(f"no crop of {side} pixels at ({left}, {top}) in '{name}', {width}x{height}, for size {size}")
    return shrink(image[top : top + side, left : left + side], size)


def draw_crop(rng: Random, size: int, photographs: tuple[Photograph, ...]) -> dict[str, Any]:
    """A random crop as the arguments of `crop`; two views of one photograph share their weight."""
    weights = {p.group: p.weight for p in photographs if min(p.area[2:]) >= size}
    if not weights:
        raise UsageError(f"no photograph is large enough for crops of {size} pixels")
    group = rng.choices(list(weights), list(weights.values()))[0]
    chosen = rng.choice([p for p in photographs if p.group == group])
    left, top, width, height = chosen.area
    side = rng.randint(size, min(width, height))
    left += rng.randint(0, width - side)
    top += rng.randint(0, height - side)
    return {"name": chosen.name, "left": left, "top": top, "side": side, "size": size}


def training_crops(rng: Random, size: int, n: int, *, grey: bool = True) -> list[Pixels]:
    """n random crops of the train part, uint8 [size, size, 3], half of them mirrored.

    rng: all randomness comes from it, so the same state gives the same crops
    grey: whether the grey pictures take part
    """
    photographs = part("train", grey=grey)
    crops = []
    for _ in range(n):
        where = draw_crop(rng, size, photographs)
        image = crop(**where)
        crops.append(np.ascontiguousarray(image[:, ::-1]) if rng.random() < 0.5 else image)
    return crops
