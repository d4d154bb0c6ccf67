"""The pictures training starts from: nothing but what the project renders or reads from the wheels it depends on.

Photographs are crops of the *training* part of `datasets.photos`; scenes have seeds far from those of any split. No
photograph of the test part, and no image of any outside collection, is ever seen.
"""

import hashlib
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets import painterly
from stylegauge.datasets.photos import training_crops
from stylegauge.datasets.scenes import render_scene
from stylegauge.metrics.embedded.training.synthetic import KINDS

Pixels = NDArray[np.uint8]
SIDE = 256
FIRST_SCENE = 700_000  # splits use small seeds


@dataclass(frozen=True)
class Pool:
    """uint8 [SIDE, SIDE, 3] pictures by kind."""

    photographs: tuple[Pixels, ...]
    scenes: tuple[Pixels, ...]
    synthetic: tuple[Pixels, ...]
    paintings: tuple[Pixels, ...]

    def sha256(self) -> str:
        """Of all pixels in order: what was trained on, to the last bit."""
        digest = hashlib.sha256()
        for kind in (self.photographs, self.scenes, self.synthetic, self.paintings):
            digest.update(f"{len(kind)};".encode())
            for picture in kind:
                digest.update(picture.tobytes())
        return digest.hexdigest()

    def counts(self) -> dict[str, int]:
        """How many pictures of each kind."""
        return {
            "photograph crops": len(self.photographs),
            "scenes": len(self.scenes),
            "synthetic": len(self.synthetic),
            "painterly renderings": len(self.paintings),
        }


def make_pool(seed: int, scale: float = 1.0) -> Pool:
    """Draw the pictures of a seed: 160 crops, 24 scenes, 240 synthetic, 240 paintings, times `scale` (at least 8)."""
    rng = random.Random(seed)  # noqa: S311  a picture, not a secret
    numbers = np.random.default_rng(seed)
    photographs = tuple(training_crops(rng, SIDE, _count(160, scale)))
    scenes = tuple(render_scene(FIRST_SCENE + 1000 * seed + i, SIDE).image for i in range(_count(24, scale)))
    synthetic = tuple(KINDS[i % len(KINDS)](numbers, SIDE) for i in range(_count(160, scale)))
    contents = (*photographs, *scenes, *synthetic)
    paintings = tuple(
        painterly.render(painterly.draw(painterly.DOMAINS[i % len(painterly.DOMAINS)], rng), rng.choice(contents))
        for i in range(_count(240, scale))
    )
    return Pool(photographs, scenes, synthetic, paintings)


def _count(full: int, scale: float) -> int:
    return max(8, round(full * scale))
