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
_ALL = ("hatching", "woodcut", "pointillism", "mosaic", "oil", "cartoon")

# Papers train for days; these take minutes on one core. Higher rates, lighter cycles and upsampling without
# checkerboards are what a short training needs; each System says which of its defaults are the paper's.
SYSTEMS: dict[str, Recipe] = {
    "adain": Recipe(
        f"{_HERE}.adain:AdaINTraining", 2400, 64, 32, 4, _ALL, together=True,
        options={
            "tap": "relu2_1", "layers": 4, "rate": 2e-3, "decay": 2e-3, "style": 2.0, "gram": 20.0, "structure": 2.0,
            "tone": 200.0,
        },
    ),
    "wct": Recipe(
        f"{_HERE}.wct:WCTTraining", 1600, 64, 32, 2, _ALL, together=True,
        options={"taps": "relu3_1,relu2_1,relu1_1", "rate": 2e-3, "decay": 2e-3, "pixel": 10.0},
    ),
    "cyclegan": Recipe(
        f"{_HERE}.cyclegan:CycleGANTraining", 1600, 96, 16, 1, ("hatching", "woodcut"), average=0.99,
        options={
            "generator": "resnet6", "upsampling": "nearest", "discriminator_width": 32, "learning_rate": 3e-4,
            "cycle": 5.0, "identity": 0.4,
        },
    ),
    "dualgan": Recipe(
        f"{_HERE}.dualgan:DualGANTraining", 6000, 96, 12, 1, ("hatching", "woodcut"), average=0.99,
        options={
            "learning_rate": 5e-4, "critic_steps": 2, "reconstruction": 10.0, "critic_width": 16,
            "upsampling": "nearest", "initialisation": 300, "inverse": False,
        },
    ),
    "discogan": Recipe(
        f"{_HERE}.discogan:DiscoGANTraining", 3000, 64, 40, 6, ("hatching", "woodcut"),
        options={
            "halvings": 3, "upsampling": "nearest", "discriminator_width": 24, "learning_rate": 3e-4,
            "curriculum": 0, "rate_after": 0.8, "initialisation": 1500, "inverse": False,
        },
    ),
    "stargan": Recipe(
        f"{_HERE}.stargan:StarGANTraining", 3600, 96, 12, 1, ("hatching", "woodcut", "mosaic"), together=True,
        options={
            "critic_steps": 2, "learning_rate": 1e-3, "classification": 3.0, "identity": 5.0, "upsampling": "nearest",
        },
    ),
    "cartoongan": Recipe(
        f"{_HERE}.cartoongan:CartoonGANTraining", 4000, 96, 14, 1, ("cartoon", "hatching"),
        options={
            "tap": "relu2_1", "learning_rate": 1e-3, "content": 15.0, "initialisation": 0.1, "blocks": 6,
            "upsampling": "nearest",
        },
    ),
    "noise-gan": Recipe(
        f"{_HERE}.noise_gan:NoiseGANTraining", 3000, 64, 16, 16, ("mosaic",),
        options={"loss": "non-saturating-gp", "rate": 1e-3},
    ),
    "noise-style": Recipe(f"{_HERE}.noise_style:NoiseStyleTraining", 4000, 64, 16, 3, _ALL, together=True),
}  # fmt: skip
