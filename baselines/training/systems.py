"""What `train` can train, and how the shipped weights of each were trained. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """The defaults of `train NAME`, which are what the shipped weights were trained with.

    target: "module:class" of the System; steps, size, width, batch, average: see `system.Settings`
    options: of the System's own, where they are not its defaults
    domains: each a training of its own, where `together` is False; what a system of pairs is shown, where it is True
    """

    target: str
    steps: int
    size: int
    width: int
    batch: int
    domains: tuple[str, ...]
    together: bool = False
    average: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)


_HERE = "stylegauge.baselines.training"
_EACH = ("hatching", "woodcut", "mosaic")
_ALL = ("hatching", "woodcut", "pointillism", "mosaic", "oil", "cartoon")

SYSTEMS: dict[str, Recipe] = {
    "adain": Recipe(f"{_HERE}.adain:AdaINTraining", 3000, 128, 32, 4, _ALL, together=True),
    "wct": Recipe(f"{_HERE}.wct:WCTTraining", 3000, 128, 32, 4, _ALL, together=True),
    "cyclegan": Recipe(f"{_HERE}.cyclegan:CycleGANTraining", 2000, 96, 16, 1, _EACH),
    "dualgan": Recipe(f"{_HERE}.dualgan:DualGANTraining", 2000, 96, 16, 1, _EACH),
    "discogan": Recipe(f"{_HERE}.discogan:DiscoGANTraining", 2000, 64, 16, 4, _EACH),
    "stargan": Recipe(f"{_HERE}.stargan:StarGANTraining", 3000, 96, 16, 2, _EACH, together=True),
    "cartoongan": Recipe(f"{_HERE}.cartoongan:CartoonGANTraining", 2000, 96, 16, 1, _EACH),
    "noise-gan": Recipe(
        f"{_HERE}.noise_gan:NoiseGANTraining", 4000, 64, 16, 16, _EACH,
        options={"loss": "non-saturating-gp", "rate": 1e-3},
    ),
    "noise-style": Recipe(f"{_HERE}.noise_style:NoiseStyleTraining", 4000, 64, 16, 3, _ALL, together=True),
}  # fmt: skip
