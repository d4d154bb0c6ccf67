"""Which pairs of a split follow from its rule and seed, so that a file need not list them."""

from __future__ import annotations

from collections.abc import Sequence

from stylegauge.datasets.pairs import Pair, make_pairs
from stylegauge.datasets.splits.records import LISTED, Item, Split

ACROSS = "across "  # before a rule: the contents of each domain meet the styles of other domains only


def derive(rule: str, contents: Sequence[Item], styles: Sequence[Item], seed: int) -> tuple[Pair, ...]:
    """The pairs of a rule of `pairs.make_pairs`, or of such a rule after ACROSS, domain by domain of the contents.

    raises: UsageError for a rule or number that cannot be used
    """
    if not rule.startswith(ACROSS):
        return _paired(rule, contents, styles, seed)
    pairs: list[Pair] = []
    for domain in dict.fromkeys(item.domain for item in contents):
        here = [item for item in contents if item.domain == domain]
        pairs += _paired(rule.removeprefix(ACROSS), here, [item for item in styles if item.domain != domain], seed)
    return tuple(pairs)


def _paired(rule: str, contents: Sequence[Item], styles: Sequence[Item], seed: int) -> tuple[Pair, ...]:
    return make_pairs(
        rule,
        [item.id for item in contents],
        [item.id for item in styles],
        content_groups={item.id: item.group for item in contents},
        style_groups={item.id: item.group for item in styles},
        seed=seed,
    )


def follow_from_the_rule(split: Split) -> bool:
    """Whether the split's rule and seed give exactly its pairs again."""
    return split.rule != LISTED and derive(split.rule, split.contents, split.styles, split.seed) == split.pairs
