"""Trains, ships and measures the snapshots: two early stages of every training whose weights are shipped.

    python benchmarks/snapshots.py train OUT     every recipe as far as its later snapshot, one after another; goes on
    python benchmarks/snapshots.py ship OUT      copies them, with their provenance, into the package
    python benchmarks/snapshots.py look PICTURES what each stage makes of some contents, a picture a training, and a
                                                 table: kid@embedded of each stage to its domain, as shipped_weights.py

Train from a checkout without changes, whose commit the provenance names. The steps were chosen by looking: the first
is visibly poor, the second clearly better and short of the end.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from shipped_weights import SPLIT, embedded
from torch import Tensor

from stylegauge.baselines import BASELINES
from stylegauge.baselines.checkpoint import SHIPPED, SNAPSHOTS
from stylegauge.baselines.training.systems import SYSTEMS
from stylegauge.datasets.images import to_tensor, to_uint8, write_png
from stylegauge.datasets.request import Request
from stylegauge.datasets.resize import resize
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.kid import kid
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer

STEPS = {
    "adain": (60, 480),
    "wct": (40, 320),
    "cyclegan": (40, 160),
    "dualgan": (300, 600),
    "discogan": (750, 1800),  # half of its training only learns to keep pictures
    "stargan": (90, 360),
    "cartoongan": (200, 800),  # a tenth of its training only learns to keep pictures
    "noise-gan": (75, 300),
    "noise-style": (150, 600),
}
# noise-style has 571,000 weights: in 8 bits above the half megabyte that a snapshot may take, so its are narrower.
NARROWER = {"noise-style": 14}
SHOWN, SIDE = 6, 144  # contents of a picture, and their size in it


def trainings() -> list[tuple[str, str, list[str]]]:
    """(name of the file, system, what else is typed) of every training."""
    found: list[tuple[str, str, list[str]]] = []
    for system in STEPS:
        recipe = SYSTEMS[system]
        if recipe.together:
            width = ["--width", str(NARROWER[system])] if system in NARROWER else []
            found.append((system, system, width))
        else:
            found += [(f"{system}-{domain}", system, ["--domains", domain]) for domain in recipe.domains]
    return found


def train(out: Path) -> None:
    """Every training whose snapshots are not in `out` yet."""
    for name, system, words in trainings():
        first, last = STEPS[system]
        if (out / name / SNAPSHOTS / f"{name}.curve.csv").exists():
            continue
        asked = ["train", system, *words, "--snapshots", f"{first},{last}", "--until", str(last)]
        print("stylegauge", *asked, flush=True)
        command = [sys.executable, "-m", "stylegauge.benchmark.cli", *asked, "--out", str(out / name), "--quiet"]
        subprocess.run(command, check=True)


def ship(out: Path) -> None:
    """Copy the two stages of every training in `out`, and its curve."""
    (SHIPPED / SNAPSHOTS).mkdir(exist_ok=True)
    for name, system, _ in trainings():
        stages = [f"{name}@{step}{end}" for step in STEPS[system] for end in (".json", ".safetensors")]
        files = [out / name / SNAPSHOTS / file for file in (*stages, f"{name}.curve.csv")]
        if all(file.exists() for file in files):
            for file in files:
                shutil.copyfile(file, SHIPPED / SNAPSHOTS / file.name)
        print(name, "shipped" if all(file.exists() for file in files) else "is not trained")


def look(pictures: Path) -> None:
    """A row of contents and a row a stage for each training, and the table."""
    scorer = Scorer(resolve(("kid",), "embedded"), {"embedded": load_backbone("embedded", "cpu")})
    contents = torch.stack([to_tensor(SPLIT.image(item)) for item in SPLIT.contents])
    print("| weights | domain | step | kid@embedded |\n|---|---|---|---|")
    for system, steps in STEPS.items():
        if not any((SHIPPED / SNAPSHOTS).glob(f"{system}*@{steps[0]}.json")):
            continue
        stages = {step: model(system, step) for step in (*steps, None)}
        for label in stages[steps[0]].domains if stages[None].kind == "domain" else ("",):
            made = {step: stage.stylize(request(contents, label)) for step, stage in stages.items()}
            write_png(pictures / f"{system}-{label or 'all'}.png", grid([contents, *made.values()]))
            if not label:
                continue
            wanted = embedded(scorer, [to_tensor(SPLIT.image(i)) for i in SPLIT.references if i.domain == label])
            for step, images in made.items():
                value = kid(embedded(scorer, images), wanted)
                print(f"| `{system}` | {label} | {step or SYSTEMS[system].steps} | {value:.2f} |", flush=True)


def model(system: str, step: int | None) -> Any:
    """A baseline with the weights of a step, None for the last."""
    module, _, target = next(info.target for info in BASELINES if info.name == system).partition(":")
    return getattr(importlib.import_module(module), target)(snapshot=step)


def request(contents: Tensor, label: str) -> Request:
    """All contents in a domain, or for "" in the suite's styles in turn."""
    n = len(contents)
    if label:
        return Request(contents, torch.empty(n, 3, 0, 0), (label,) * n, tuple(range(n)))
    styles = torch.stack([to_tensor(SPLIT.image(item)) for item in SPLIT.styles])
    return Request(contents, styles[torch.arange(n) % len(styles)], ("",) * n, tuple(range(n)))


def grid(rows: list[Tensor]) -> np.ndarray:
    """uint8 [H, W, 3] of the first pictures of each row."""
    small = [resize(images[:SHOWN], (SIDE, SIDE)).clamp(0, 1) for images in rows]
    return np.concatenate([np.concatenate([to_uint8(image) for image in row], axis=1) for row in small], axis=0)


if __name__ == "__main__":
    what, place = sys.argv[1:]
    {"train": train, "ship": ship, "look": look}[what](Path(place).resolve())
