"""Write the splits that learned metrics are trained on and held to: `data training DIR`, the same bytes each time.

Contents are crops of photographs and scenes, styles are renderings with recipes drawn anew and, for variety that no
renderer has, crops of photographs themselves. The part "train" shares no photograph, scene or recipe with the quick
split's contents and styles, nor a scene or recipe with what the baselines were trained on. The part "test" has its
contents from the photographs and scenes that are kept for tests, and styles of its own. Another seed gives other
splits of the same kind: a private one is drawn by a secret.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylegauge.datasets import painterly, sources
from stylegauge.datasets.build_quick import SIZE, item
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import write_png
from stylegauge.datasets.pairs import balanced
from stylegauge.datasets.photos import Photograph, draw_crop, part
from stylegauge.datasets.references import rendering
from stylegauge.datasets.splits.files import write_split
from stylegauge.datasets.splits.records import Item, Split


@dataclass(frozen=True)
class Part:
    """How many pictures a part has, and where its contents come from.

    contents, styles, mixed, photographs: contents; renderings of each domain, and of `painterly.mixed`; photographs
        shown as styles
    met: styles that a content meets; scenes: the lowest seed of its contents that are scenes, and how many there are
    """

    name: str
    contents: int
    styles: int
    mixed: int
    photographs: int
    met: int
    scenes: tuple[int, int]

    @property
    def stream(self) -> str:
        """What its draws' names begin with: each part has chance of its own."""
        return "" if self.name == "train" else f"{self.name} "


TRAINING = 5_000_000  # beyond the seeds of the quick split and of what the baselines are trained on
PARTS = {
    "train": Part("train", 72, 14, 40, 12, 4, (TRAINING, 10**9)),
    "test": Part("test", 24, 4, 0, 4, 4, (1000, 10**4)),  # below FIRST_TRAIN_SEED, beyond those of the quick split
}
PUBLIC_SEED = "public"


def build(folder: Path, part_name: str = "train", seed: str = PUBLIC_SEED) -> Split:
    """Write PART.json and PART/*.png into `folder`.

    part_name: of PARTS; seed: of crops, scenes, recipes and pairs
    raises: UsageError where the folder holds that split already
    """
    kind = PARTS[part_name]
    file, pictures = folder / f"{part_name}.json", folder / part_name
    if file.exists() or pictures.exists():
        raise UsageError(f"'{folder}' holds the split '{part_name}' already; name another folder")
    pictures.mkdir(parents=True)
    content_items = tuple(
        _written(pictures, "content", f"content-{number:03}", source, None)
        for number, source in enumerate(_sources(f"{kind.stream}contents", kind.contents, seed, kind))
    )
    plans = _style_plans(kind, seed)
    style_items = tuple(_written(pictures, "style", name, source, recipe) for name, source, recipe in plans)
    split = Split(
        f"training-{part_name}", SIZE, content_items, style_items, (), _pairs(content_items, style_items, kind, seed),
        complete=(".",), data=pictures,
    )  # fmt: skip
    write_split(split, file)
    return split


def _sources(what: str, count: int, seed: str, kind: Part) -> list[str]:
    """Crops and scenes in turn, in the words of `datasets.sources`."""
    draw = _random(what, seed)
    low, many = kind.scenes
    first = low + draw.randrange(many // 1000) * 1000
    photographs = part(kind.name)
    return [f"scene {first + number}" if number % 2 else _crop(draw, photographs) for number in range(count)]


def _style_plans(kind: Part, seed: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    """(id, source, recipe) of every style; a photograph has no recipe, and its domain is "photograph"."""
    plans: list[tuple[str, str, dict[str, Any] | None]] = []
    for domain, many in (*((domain, kind.styles) for domain in painterly.DOMAINS), (painterly.MIXED, kind.mixed)):
        draw = _random(f"{kind.stream}recipes {domain}", seed)
        found = _sources(f"{kind.stream}styles {domain}", many, seed, PARTS["train"])
        plans += [
            (f"{domain}-{number:02}", source, painterly.draw(domain, draw)) for number, source in enumerate(found)
        ]
    draw, photographs = _random(f"{kind.stream}photographs", seed), part("train", grey=True)
    return plans + [(f"photograph-{number:02}", _crop(draw, photographs), None) for number in range(kind.photographs)]


def _crop(draw: random.Random, photographs: tuple[Photograph, ...]) -> str:
    at = draw_crop(draw, SIZE, photographs)
    mirrored = " mirrored" if draw.random() < 0.5 else ""
    return f"photograph {at['name']} {at['left']} {at['top']} {at['side']}{mirrored}"


def _written(folder: Path, role: str, name: str, source: str, recipe: dict[str, Any] | None) -> Item:
    path = folder / f"{role}-{name}.png"
    write_png(path, sources.picture(source, SIZE) if recipe is None else rendering(source, recipe, SIZE))
    domain = recipe["domain"] if recipe else sources.kind(source)
    group = sources.group(source) if role == "content" else domain
    return item(role, name, group, domain, path, recipe, source)


def _pairs(contents: Sequence[Item], styles: Sequence[Item], kind: Part, seed: str) -> tuple[tuple[str, str], ...]:
    """Every content meets as many styles of as many domains, every style as many contents or one more."""
    groups = [{one.id: one.group for one in items} for items in (contents, styles)]
    ids = [list(names) for names in groups]
    number = _random(f"{kind.stream}pairs", seed).randrange(2**31)
    return balanced(ids[0], ids[1], kind.met, content_groups=groups[0], style_groups=groups[1], seed=number)


def _random(what: str, seed: str) -> random.Random:
    return random.Random(f"stylegauge training {seed} {what}")  # noqa: S311  a picture; a secret seed is hashed in
