"""Which pairs of a split follow from its rule and seed, so that a file need not list them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.pairs import Pair, is_rule, make_pairs
from stylegauge.datasets.splits.records import LISTED, Item, Split

ACROSS = "across "  # before a rule: the contents of each domain meet the styles of other domains only


def derive(rule: str, contents: Sequence[Item], styles: Sequence[Item], seed: int) -> tuple[Pair, ...]:
    """The pairs of a rule of `pairs.make_pairs`, or of such a rule after ACROSS, domain by domain of the contents.

    raises: UsageError for a rule or number that cannot be used; the path of a list of pairs is none, for the rule may
        come from a stranger's file
    """
    if not is_rule(rule.removeprefix(ACROSS)):
        raise UsageError(f"no pairing rule {rule!r}; there are: full, zip, k=N, and each of them after '{ACROSS}'")
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
    return split.rule != LISTED and _derived(split) == split.pairs


def check_rule(split: Split) -> None:
    """Refuse pairs that the split's rule does not give.

    The names and the order of a hidden split's pictures are not those that its pairs were made from, so of it only what
    does not depend on them is checked: how often each picture is used, and that domains meet as they should.
    raises: UsageError that names the rule
    """
    if split.rule == LISTED or follow_from_the_rule(split):
        return
    if not split.hidden or _uses(split.pairs) != _uses(_derived(split)) or not _meet(split):
        found = f"its {len(split.pairs)} pairs are not those of its rule '{split.rule}'"
        raise UsageError(f"{found}; of any others the rule is '{LISTED}'")


def _derived(split: Split) -> tuple[Pair, ...]:
    return derive(split.rule, split.contents, split.styles, split.seed)


def _uses(pairs: Sequence[Pair]) -> list[list[int]]:
    """How often contents are used, and how often styles, whichever they are."""
    return [sorted(Counter(pair[side] for pair in pairs).values()) for side in (0, 1)]


def _meet(split: Split) -> bool:
    return not split.rule.startswith(ACROSS) or all(
        split.content(content).domain != split.style(style).domain for content, style in split.pairs
    )
