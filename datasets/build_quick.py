"""Make the quick split again: `python -m stylegauge.datasets.build_quick`. The same bytes come out each time.

Four parts share no photograph and no scene: contents (what is stylised), styles (what is shown as style), references
(what set metrics compare with, never shown) and whatever is trained, which may use all but the contents.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from stylegauge.datasets import painterly, sources
from stylegauge.datasets.images import pixels_sha256, write_png
from stylegauge.datasets.loading import facts
from stylegauge.datasets.pairs import balanced
from stylegauge.datasets.photos import draw_crop, part
from stylegauge.datasets.references import rendering
from stylegauge.datasets.splits.files import write_split
from stylegauge.datasets.splits.named import FOLDER
from stylegauge.datasets.splits.records import Item, Split

SIZE = 256
STYLES_A_CONTENT = 4
PAIRS_SEED = 9  # the first under which two crops of one photograph never meet the same style
REFERENCES_A_DOMAIN = 64
SCENES = 1_000_000  # where the seeds of style and reference scenes begin; they are train scenes
REFERENCE_SCENES = tuple(range(SCENES + 100, SCENES + 116))  # four of each kind

# Chosen by looking at them: each crop is a picture of its own, and two crops of one photograph show different things.
CONTENTS: tuple[tuple[str, str], ...] = (
    ("astronaut-portrait", "photograph astronaut 50 0 400"),
    ("astronaut-helmet", "photograph astronaut 200 210 300"),
    ("cat-face", "photograph chelsea 75 0 300"),
    ("coffee-cup", "photograph coffee 110 0 400"),
    ("coffee-spoon", "photograph coffee 300 140 258"),
    ("rocket-pad", "photograph rocket 150 0 427"),
    ("rocket-lights", "photograph rocket 180 160 264"),
    ("still-life-bowl", "scene 212"),
    ("still-life-marble", "scene 204"),
    ("village", "scene 213"),
    ("mountain-lake", "scene 106"),
    ("hall", "scene 203"),
)
# (id, source, number of the draw): two draws a domain, chosen to lie apart. hopper serves here and nowhere else.
STYLES: tuple[tuple[str, str, int], ...] = (
    ("hatching-1", "photograph hopper 56 0 400", 2),
    ("hatching-2", f"scene {SCENES + 15}", 2),
    ("woodcut-1", f"scene {SCENES + 14}", 4),
    ("woodcut-2", "photograph hopper 90 60 330 mirrored", 0),
    ("pointillism-1", f"scene {SCENES + 22}", 4),
    ("pointillism-2", f"scene {SCENES + 8}", 3),
    ("mosaic-1", f"scene {SCENES + 10}", 1),
    ("mosaic-2", f"scene {SCENES + 12}", 2),
    ("oil-1", f"scene {SCENES + 18}", 0),
    ("oil-2", "photograph hopper 20 0 490", 4),
    ("cartoon-1", f"scene {SCENES + 13}", 3),
    ("cartoon-2", f"scene {SCENES + 20}", 1),
)


def contents(folder: Path, chosen: Sequence[tuple[str, str]] = CONTENTS) -> tuple[Item, ...]:
    """Write the content images into `folder`."""
    items = []
    for name, source in chosen:
        image = sources.picture(source, SIZE)
        path = folder / f"content-{name}.png"
        write_png(path, image)
        items.append(item("content", name, sources.group(source), sources.kind(source), path, None, source))
    return tuple(items)


def styles(folder: Path, chosen: Sequence[tuple[str, str, int]] = STYLES) -> tuple[Item, ...]:
    """Write the style images into `folder`. A style's group is its domain: two styles of one domain are dependent."""
    items = []
    for name, source, number in chosen:
        domain = name.rsplit("-", 1)[0]
        recipe = painterly.draw(domain, _random(f"style {name} {number}"))
        image = rendering(source, recipe, SIZE)
        path = folder / f"style-{name}.png"
        write_png(path, image)
        items.append(item("style", name, domain, domain, path, recipe, source))
    return tuple(items)


def item(role: str, name: str, group: str, domain: str, path: Path, recipe: dict[str, Any] | None, source: str) -> Item:
    """What the list states of a picture that has just been written."""
    (found,) = facts([path], SIZE)
    return Item(
        name,
        role,
        group,
        domain,
        found.pixels_sha256,
        recipe,
        source,
        file=path.name,
        file_sha256=found.file_sha256,
        bytes=found.bytes,
        width=found.width,
        height=found.height,
        licence=sources.licence(source),
        data=path.parent,
    )


def reference_plans() -> list[tuple[str, str, dict[str, Any]]]:
    """(id, source, recipe) of every reference: half of a domain's from crops of photographs, half from scenes."""
    shown = {sources.group(source) for _, source, _ in STYLES}
    photographs = tuple(p for p in part("train") if p.group not in shown)
    scenes = [f"scene {seed}{mirrored}" for seed in REFERENCE_SCENES for mirrored in ("", " mirrored")]
    plans = []
    for domain in painterly.DOMAINS:
        rng = _random(f"references {domain}")
        for number in range(REFERENCES_A_DOMAIN):
            source = scenes[number // 2 % len(scenes)] if number % 2 else _crop(rng, photographs)
            plans.append((f"{domain}-{number:02}", source, painterly.draw(domain, rng)))
    return plans


def references(plans: Sequence[tuple[str, str, dict[str, Any]]]) -> tuple[Item, ...]:
    """Render references for their hashes, in two processes."""
    by_source = sorted(plans, key=lambda plan: plan[1])
    with ProcessPoolExecutor(2) as pool:
        hashes = dict(pool.map(_hashed, by_source, chunksize=-(-len(plans) // 2)))
    return tuple(
        Item(
            name,
            "reference",
            sources.group(source),
            recipe["domain"],
            hashes[name],
            recipe,
            source,
            licence=sources.licence(source),
        )
        for name, source, recipe in plans
    )


def _hashed(plan: tuple[str, str, dict[str, Any]]) -> tuple[str, str]:
    name, source, recipe = plan
    return name, pixels_sha256(rendering(source, recipe, SIZE))


def _crop(rng: Random, photographs: tuple[Any, ...]) -> str:
    where = draw_crop(rng, SIZE, photographs)
    mirrored = " mirrored" if rng.random() < 0.5 else ""
    return f"photograph {where['name']} {where['left']} {where['top']} {where['side']}{mirrored}"


def _random(name: str) -> Random:
    return Random(f"stylegauge quick {name}")  # noqa: S311  a picture, not a secret


def pairs(content_items: Sequence[Item], style_items: Sequence[Item]) -> tuple[tuple[str, str], ...]:
    """Every content meets 4 styles of 4 domains, every style 4 contents."""
    groups = [{item.id: item.group for item in items} for items in (content_items, style_items)]
    ids = [list(names) for names in groups]
    return balanced(ids[0], ids[1], STYLES_A_CONTENT, content_groups=groups[0], style_groups=groups[1], seed=PAIRS_SEED)


def build(folder: Path = FOLDER) -> Split:
    """Write quick.json and quick/*.png into `folder`, replacing what is there."""
    pictures = folder / "quick"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.png"):
        old.unlink()
    content_items, style_items = contents(pictures), styles(pictures)
    met = pairs(content_items, style_items)
    split = Split(
        "quick",
        SIZE,
        content_items,
        style_items,
        references(reference_plans()),
        met,
        complete=(".",),
        data=pictures,
    )
    write_split(split, folder / "quick.json")
    return split


if __name__ == "__main__":
    made = build()
    print(f"{made.name}: {len(made.contents)} contents, {len(made.styles)} styles, {len(made.pairs)} pairs,")
    print(f"{len(made.references)} references, sha256 {made.sha256}")
