"""The cases of the sensitivity map: true renderings in which one factor of the style or of the content was moved.

A study is one content with what is moved on it. Worker processes render studies; nothing here needs torch.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets import painterly
from stylegauge.datasets.factors import moved, shown, style_factors
from stylegauge.datasets.loading import ordered_map
from stylegauge.datasets.resize import square
from stylegauge.datasets.scene_variants import CONTENT_FACTORS, first_movable, original, scene_variant
from stylegauge.datasets.scenes import FIRST_TRAIN_SEED
from stylegauge.datasets.splits.named import load_split

Pixels = NDArray[np.uint8]
Recipe = dict[str, Any]
Move = tuple[str, float]  # a factor, and by how much it is moved

STYLE_CHANGES = (0.1, 0.2, 0.4)  # shares of a parameter's range
CONTENT_CHANGES = {"edge displaced": (1.0, 2.0, 4.0), "object moved": (2.0, 4.0, 8.0), "light changed": (0.1, 0.2, 0.4)}
# The same style from another seed: how much a metric moves where no factor does.
CHANCE: Move = ("another seed", 0.0)


CONTENT_MOVES = tuple((factor, change) for factor in CONTENT_FACTORS for change in CONTENT_CHANGES[factor])


@dataclass(frozen=True)
class Design:
    """How much is rendered.

    cases: style studies of each domain, each of another content; scenes: content studies, each in every domain
    size: px a side
    """

    cases: int = 4
    scenes: int = 4
    size: int = 256


@dataclass(frozen=True)
class Study:
    """One content and what is done with it.

    content: its pixels, or the seed of a scene, of which the first one with an object to move is taken
    source: the picture that is shown in the recipe's style as style image
    recipes: each gives one case; moves: of the recipe where the side is "style", of the scene where it is "content"
    """

    side: str
    name: str
    group: str
    content: Pixels | int
    source: Pixels
    recipes: tuple[Recipe, ...]
    moves: tuple[Move, ...]
    size: int


@dataclass(frozen=True)
class Case:
    """One content under one recipe, rendered.

    content, style, output: uint8 [S, S, 3]; output is the true rendering; moved: [moves, S, S, 3], in their order
    group: of the content, its photograph or scene
    """

    side: str
    name: str
    group: str
    domain: str
    moves: tuple[Move, ...]
    content: Pixels
    style: Pixels
    output: Pixels
    moved: Pixels


def cases(design: Design, seed: int) -> Iterator[Case]:
    """All cases of a seed, in an order that is always the same."""
    for made in ordered_map(_rendered, studies(design, seed), ahead=2):
        yield from made


def studies(design: Design, seed: int) -> Iterator[Study]:
    """Style studies on contents of the quick split, content studies on test scenes.

    A smaller design is the beginning of a larger one.
    """
    pictures = _one_a_group(design.size, _random(seed, "contents"))
    start = _random(seed, "scenes").randrange(FIRST_TRAIN_SEED // 2)
    for number in range(max(design.cases, design.scenes)):
        if number < design.cases:
            yield from (_style_study(domain, number, seed, pictures, design.size) for domain in painterly.DOMAINS)
        if number < design.scenes:
            scene = start + 101 * number  # every kind of scene in turn, and room to look for another of a kind
            recipes = tuple(_recipe(domain, _random(seed, f"{domain} {scene}")) for domain in painterly.DOMAINS)
            name, source = f"scene-{scene}", pictures[number % len(pictures)][1]
            yield Study("content", name, name, scene, source, recipes, CONTENT_MOVES, design.size)


def _style_study(domain: str, number: int, seed: int, pictures: list[tuple[str, Pixels]], size: int) -> Study:
    # Domains begin at different contents, so that all together see all of them.
    place = painterly.DOMAINS.index(domain) + number
    (group, content), (_, source) = (pictures[(place + step) % len(pictures)] for step in (0, len(pictures) // 2))
    recipes = (_recipe(domain, _random(seed, f"{domain} {number}")),)
    return Study("style", f"{domain}-{number}", group, content, source, recipes, style_moves(domain), size)


def style_moves(domain: str) -> tuple[Move, ...]:
    """What is moved in a domain."""
    return (*((factor, change) for factor in style_factors(domain) for change in STYLE_CHANGES), CHANCE)


def _recipe(domain: str, rng: random.Random) -> Recipe:
    return shown(painterly.draw(domain, rng))


def _random(seed: int, what: str) -> random.Random:
    return random.Random(f"sensitivity {seed} {what}")  # noqa: S311  a design, not a secret


def _one_a_group(size: int, rng: random.Random) -> list[tuple[str, Pixels]]:
    """(group, picture) of one content of the quick split for each photograph or scene, in shuffled order."""
    split = load_split("quick")
    items = list(split.contents)
    rng.shuffle(items)
    chosen = {item.group: item for item in items}
    return [(group, square(split.image(item), size)) for group, item in chosen.items()]


def _rendered(study: Study) -> list[Case]:
    """A case for each of the study's recipes. Runs in a worker."""
    contents = _contents(study)
    return [_case(study, recipe, contents) for recipe in study.recipes]


def _contents(study: Study) -> list[Pixels]:
    """The content, and after it one changed content for each move of a content study."""
    if not isinstance(study.content, int):
        return [study.content]
    seed = first_movable(study.content, study.size)
    changed = [scene_variant(seed, study.size, factor, change).image for factor, change in study.moves]
    return [original(seed, study.size).image, *changed]


def _case(study: Study, recipe: Recipe, contents: Sequence[Pixels]) -> Case:
    output = painterly.render(recipe, contents[0])
    if study.side == "style":
        outputs = [painterly.render(_moved(recipe, move), contents[0]) for move in study.moves]
    else:
        outputs = [painterly.render(recipe, content) for content in contents[1:]]
    style, domain = painterly.render(recipe, study.source), recipe["domain"]
    name = f"{study.name}-{domain}" if study.side == "content" else study.name
    return Case(study.side, name, study.group, domain, study.moves, contents[0], style, output, np.stack(outputs))


def _moved(recipe: Recipe, move: Move) -> Recipe:
    # Far from the seed itself: renderers take its next neighbours for their layers.
    return {**recipe, "seed": recipe["seed"] ^ 2**20} if move == CHANCE else moved(recipe, *move)
