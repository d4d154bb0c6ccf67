"""Which models' values of a set metric may be held against each other: those of equally large sets.

A Frechet distance of few pictures is mostly bias, and falls as they grow more: a worse model with 1000 pictures can
beat a better one with 300.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

ANY_SIZE = ("kid",)  # without bias: more pictures make it surer, not lower


def comparable(metric: str, sizes: Mapping[str, tuple[int, int]]) -> tuple[tuple[str, ...], ...]:
    """Groups of models that compare, the largest first; within a group, and among groups of one size, in order.

    metric: id, "fid@inception"; one that is not known to be without bias compares at equal sizes alone
    sizes: model -> (n, n_reference) of its row
    """
    groups: dict[tuple[int, int], list[str]] = defaultdict(list)
    for model, size in sizes.items():
        groups[(0, 0) if metric.partition("@")[0] in ANY_SIZE else size].append(model)
    return tuple(tuple(group) for group in sorted(groups.values(), key=len, reverse=True))


def unequal_sizes_note(metric: str, sizes: Mapping[str, tuple[int, int]]) -> str:
    """What to say where not all models compare, "" where they do."""
    groups = comparable(metric, sizes)
    if len(groups) < 2:
        return ""
    parts = [f"{', '.join(group)} at {sizes[group[0]][0]} against {sizes[group[0]][1]}" for group in groups]
    return f"{metric} depends on how many pictures go in and is not ranked across: {'; '.join(parts)}"
