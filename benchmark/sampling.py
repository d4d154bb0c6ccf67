"""A small part of a split's pairs that stands for the whole: spread over its groups, the same each time."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stylegauge.datasets.splits import Split

Pair = tuple[str, str]


def balanced(split: Split, count: int, seed: int) -> tuple[Pair, ...]:
    """So many of a split's pairs, in the split's order; all of them where there are no more.

    Each next pair is one whose content group and style group have been taken least, then whose content and style have;
    the seed decides among equals. A smaller sample is a part of a larger one.
    """
    order = list(split.pairs)
    random.Random(seed).shuffle(order)  # noqa: S311
    taken: list[Pair] = []
    uses: Counter[tuple[str, str]] = Counter()
    while order and len(taken) < count:
        best = min(order, key=lambda pair: _burden(pair, split, uses))
        order.remove(best)
        taken.append(best)
        uses.update(_names(best, split))
    chosen = set(taken)
    return tuple(pair for pair in split.pairs if pair in chosen)


def _names(pair: Pair, split: Split) -> list[tuple[str, str]]:
    content, style = split.content(pair[0]), split.style(pair[1])
    return [
        ("content group", content.group),
        ("style group", style.group),
        ("content", content.id),
        ("style", style.id),
    ]


def _burden(pair: Pair, split: Split, uses: Counter[tuple[str, str]]) -> tuple[int, int]:
    groups, items = (sum(uses[name] for name in part) for part in (_names(pair, split)[:2], _names(pair, split)[2:]))
    return groups, items
