"""What the quality score is shown of a run: each pair's outputs, and what is made of them by known steps.

An example is a picture judged for a pair. Its *kind* says how it came about; `order` says which of two examples of one
pair is the better one where that follows from how they were made, and nothing is said where it does not.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from stylegauge.datasets import distortions, painterly
from stylegauge.datasets.colour import colour_match
from stylegauge.datasets.images import quantise, to_tensor, to_uint8

ORACLE = "oracle"
IDENTITY = "identity"
BLENDS = ("content", "style")  # an output blended with these
# What harms any picture, and what harms those that are in the style: damage -> how often it is shown.
OF_ANY = {"blur": 3, "noise": 3, "jpeg": 3, "checkerboard": 2, "patch_shuffle": 1, "tiling": 1}
OF_GOOD = {"content": 3, "style": 3, "hue": 1, "colour_shift": 1}
DRIFT = (0.25, 0.5, 0.75, 1.0)
ROUNDS = (1, 2, 4)


@dataclass(frozen=True)
class Ladders:
    """What is degraded of a pair: so many ladders, of pictures drawn for each, with so many steps; and whether every
    ladder is climbed from the true rendering besides."""

    count: int
    steps: int
    of_truth: bool = False


LEARNT = Ladders(10, 4)
ASKED = Ladders(4, 99, of_truth=True)  # step by step


@dataclass(frozen=True)
class Example:
    """One picture judged for a pair.

    image: [3, H, W] in [0, 1], 8 bits rounded
    kind: "output", "control", "ladder", "drift", "rounds", "wrong-content" or "wrong-style"
    maker: the generator that made it or what was degraded; the control's name
    damage, step: of a ladder, its name and the place on it, 0 for what is not degraded
    """

    image: Tensor
    kind: str
    maker: str
    damage: str = ""
    step: float = 0.0


@dataclass(frozen=True)
class Lesson:
    """One pair with its pictures.

    content, style: [3, H, W]; recipe: of the style, None where nobody rendered it
    outputs: generator -> [3, H, W], the oracle's under "oracle"
    other_style: outputs for this content in another style; other_content: for another content in this style, likewise
    """

    content_id: str
    style_id: str
    content: Tensor
    style: Tensor
    recipe: Mapping[str, Any] | None
    outputs: Mapping[str, Tensor]
    other_style: Mapping[str, Tensor] = field(default_factory=dict)
    other_content: Mapping[str, Tensor] = field(default_factory=dict)


def examples(
    lesson: Lesson, good: tuple[str, ...], draw: random.Random, ladders: Ladders = LEARNT
) -> Iterator[Example]:
    """Everything that is made of a lesson; all chance comes from `draw`.

    good: the generators whose outputs are in the style, the oracle among them
    """
    for maker, image in lesson.outputs.items():
        yield Example(image, "output", maker)
    yield from _controls(lesson, draw)
    for kind, others in (("wrong-style", lesson.other_style), ("wrong-content", lesson.other_content)):
        for maker, image in others.items():
            yield Example(image, kind, maker)
    if ladders.of_truth and ORACLE in lesson.outputs:
        for damage in OF_ANY | OF_GOOD:
            yield from _ladder(lesson, (ORACLE, lesson.outputs[ORACLE]), damage, ladders.steps, draw)
    drawn_from = lesson if not ladders.of_truth else replace(lesson, outputs=_without_truth(lesson.outputs))
    for damage in _drawn(OF_ANY | OF_GOOD, ladders.count, draw):
        yield from _ladder(lesson, _base(drawn_from, damage, good, draw), damage, ladders.steps, draw)
    if lesson.recipe is not None:
        yield from _of_the_renderer(lesson, lesson.recipe, draw)


def _controls(lesson: Lesson, draw: random.Random) -> Iterator[Example]:
    content, style = lesson.content[None], lesson.style[None]
    matched = colour_match(content, style)
    made: dict[str, Callable[[], Tensor]] = {
        "identity": lambda: content,
        "style-copy": lambda: style,
        "blend": lambda: distortions.blend(content, style, draw.uniform(0.1, 0.9)),
        "colour-blend": lambda: distortions.blend(matched, style, draw.uniform(0.1, 0.9)),
        "colour-match": lambda: distortions.blend(content, matched, draw.choice((0.5, 1.0, 1.0))),
        "noise": lambda: distortions.noise(content, draw.choice((0.1, 0.2)), [draw.randrange(2**31)]),
        "blur": lambda: distortions.blur(content, draw.uniform(1, 6)),
    }
    for name, make in made.items():
        yield Example(quantise(make())[0], "control", name)


def _without_truth(outputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {maker: image for maker, image in outputs.items() if maker != ORACLE}


def _drawn(weights: Mapping[str, int], count: int, draw: random.Random) -> list[str]:
    """So many different names, those of greater weight more often."""
    left = dict(weights)
    found: list[str] = []
    while left and len(found) < count:
        found.append(draw.choices(list(left), list(left.values()))[0])
        del left[found[-1]]
    return found


def _base(lesson: Lesson, damage: str, good: tuple[str, ...], draw: random.Random) -> tuple[str, Tensor]:
    """What is degraded: the content itself or anybody's output, where that is harm to any picture."""
    there = {IDENTITY: lesson.content, **lesson.outputs}
    known = [maker for maker in good if maker in lesson.outputs] or list(lesson.outputs)
    if damage in OF_ANY and (not known or draw.random() < 0.5):
        known = list(there)
    maker = draw.choice(known or [IDENTITY])
    return maker, there[maker]


def _ladder(
    lesson: Lesson, base: tuple[str, Tensor], damage: str, steps: int, draw: random.Random
) -> Iterator[Example]:
    maker, image = base
    seeds = [draw.randrange(2**31)]
    towards = {"content": lesson.content, "style": lesson.style}.get(damage)
    name = damage if towards is None else "blend"
    strengths = distortions.LADDERS[name]
    for place in sorted(draw.sample(range(len(strengths)), min(steps, len(strengths)))):
        made = distortions.distort(
            name, image[None], strengths[place], seeds, None if towards is None else towards[None]
        )
        yield Example(quantise(made)[0], "ladder", maker, damage, place + 1)


def _of_the_renderer(lesson: Lesson, recipe: Mapping[str, Any], draw: random.Random) -> Iterator[Example]:
    other = painterly.draw(recipe["domain"], draw)
    for share in DRIFT:
        yield Example(rendered(painterly.moved(recipe, other, share), lesson.content), "drift", ORACLE, "drift", share)
    image = lesson.outputs.get(ORACLE)
    if image is None:
        return
    for turn in range(1, max(ROUNDS) + 1):
        image = rendered(recipe, image)
        if turn in ROUNDS:
            yield Example(image, "rounds", ORACLE, "rounds", turn)


def rendered(recipe: Mapping[str, Any], image: Tensor) -> Tensor:
    """[3, H, W] in a recipe's style."""
    made: Tensor = to_tensor(painterly.render(recipe, to_uint8(image)))
    return made


def seeded(seed: int, *words: str) -> random.Random:
    """Chance that belongs to a pair alone."""
    return random.Random(f"quality {seed} {' '.join(words)}")  # noqa: S311  pictures, not secrets
