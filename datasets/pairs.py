"""Which content meets which style: full crossing, zipped, k styles a content in balance, or a list from a file."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from stylegauge.datasets.errors import UsageError

Pair = tuple[str, str]
RULES = ("full", "zip", "k=N", "FILE.csv")
# A balanced design is the best of this many seeded draws; fewer for large ones, where chance balances well by itself.
MOST_DRAWS, PAIRS_TO_DRAW = 400, 20_000


def make_pairs(
    rule: str,
    contents: Sequence[str],
    styles: Sequence[str],
    content_groups: Mapping[str, str] | None = None,
    style_groups: Mapping[str, str] | None = None,
    seed: int = 0,
) -> tuple[Pair, ...]:
    """The (content id, style id) pairs of a rule; the same ones for the same arguments, each once.

    rule: "full", "zip" (first with first, ...), "k=3" (`balanced`) or the path of a CSV with columns content,style
    content_groups, style_groups: id to group; an id that is missing is a group of its own
    raises: UsageError for a rule, id, file or number that cannot be used
    """
    _check_ids("content", contents)
    _check_ids("style", styles)
    if rule == "full":
        return _distinct_names((c, s) for c in contents for s in styles)
    if rule == "zip":
        return _distinct_names(_zipped(contents, styles))
    if found := re.fullmatch(r"k=(-?\d+)", rule):
        return _distinct_names(balanced(contents, styles, int(found[1]), content_groups, style_groups, seed))
    if rule.lower().endswith(".csv") or Path(rule).is_file():
        return _distinct_names(_from_csv(Path(rule), set(contents), set(styles)))
    raise UsageError(f"no pairing rule '{rule}'; there are: {', '.join(RULES)}")


def is_rule(rule: str) -> bool:
    """Whether it is a rule that speaks for itself, rather than the path of a list of pairs."""
    return rule in ("full", "zip") or bool(re.fullmatch(r"k=-?\d+", rule))


def _check_ids(role: str, ids: Sequence[str]) -> None:
    if not ids:
        raise UsageError(f"no {role} images to pair; at least one is needed")
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        raise UsageError(f"{role} id '{twice[0]}' is given {ids.count(twice[0])} times; ids must differ")


def _distinct_names(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Refuse two pairs whose images would share a file, `<content>__<style>.png`."""
    pairs = tuple(pairs)
    if not any("__" in content or content.endswith("_") for content in {content for content, _ in pairs}):
        return pairs  # only such contents can: every name then shows where its content ends
    names: dict[str, Pair] = {}
    for pair in pairs:
        other = names.setdefault("__".join(pair), pair)
        if other != pair:
            raise UsageError(f"pairs {other} and {pair} would share the name '{'__'.join(pair)}'; rename one image")
    return pairs


def refuse_shared_names(pairs: Iterable[Pair], repeats: int) -> None:
    """Refuse a pair whose image would be taken for a repeat of another's, `<content>__<style>__<repeat>.png`.

    raises: UsageError that names both
    """
    if repeats < 2:
        return
    names = {"__".join(pair): pair for pair in pairs}
    for name, pair in names.items():
        head, _, number = name.rpartition("__")
        if head in names and number in {str(repeat) for repeat in range(1, repeats)}:
            raise UsageError(
                f"pair {pair} and repeat {number} of {names[head]} would share the name '{name}'; rename one image"
            )


def _zipped(contents: Sequence[str], styles: Sequence[str]) -> Iterable[Pair]:
    if len(contents) != len(styles):
        raise UsageError(f"'zip' needs as many contents as styles; found {len(contents)} and {len(styles)}")
    return zip(contents, styles)


def _from_csv(path: Path, contents: set[str], styles: set[str]) -> list[Pair]:
    """The pairs a file lists, in its order; further columns are ignored, a pair listed twice counts once."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets write a byte order mark
            reader = csv.DictReader(file)
            if not {"content", "style"} <= set(reader.fieldnames or ()):
                raise UsageError(f"'{path}' has columns {reader.fieldnames or []}; needed: content, style")
            rows = [(row["content"] or "", row["style"] or "") for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"cannot read the pairs '{path}': {error}") from error
    if not rows:
        raise UsageError(f"'{path}' lists no pairs; expected rows of content,style under that heading")
    _check_known(path, "content", [content for content, _ in rows], contents)
    _check_known(path, "style", [style for _, style in rows], styles)
    return list(dict.fromkeys(rows))


def _check_known(path: Path, role: str, found: list[str], known: set[str]) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        some = ", ".join(sorted(known)[:5]) + (", ..." if len(known) > 5 else "")
        raise UsageError(f"'{path}' names an unknown {role} '{unknown[0]}'{more}; there are: {some}")


def balanced(
    contents: Sequence[str],
    styles: Sequence[str],
    k: int,
    content_groups: Mapping[str, str] | None = None,
    style_groups: Mapping[str, str] | None = None,
    seed: int = 0,
) -> tuple[Pair, ...]:
    """k styles for every content, every style equally often (to within one), spread over the groups of both.

    The best of many seeded draws: a content should meet styles of different groups, the contents of one group different
    styles, and any two styles few contents in common, so that no comparison rests on one corner of the design.
    returns: pairs in the order of `contents`, then of `styles`
    raises: UsageError when k is under 1 or over the number of styles
    """
    if not 1 <= k <= len(styles):
        raise UsageError(
            f"'k={k}' styles a content is not possible; k goes from 1 to the {len(styles)} styles there are"
        )
    content_of, style_of = (
        {name: known.get(name, name) for name in names}
        for names, known in ((contents, content_groups or {}), (styles, style_groups or {}))
    )
    generator = random.Random(seed)  # noqa: S311  a design, not a secret
    draws = max(1, min(MOST_DRAWS, PAIRS_TO_DRAW // (len(contents) * k)))
    steady = draws < MOST_DRAWS  # few draws find no design without clumps, so each is dealt with fewer of them
    designs = [_draw(content_of, style_of, k, generator, steady) for _ in range(draws)]
    best = designs[0] if draws == 1 else min(designs, key=lambda design: _clumping(design, content_of, style_of))
    place = {style: index for index, style in enumerate(styles)}
    return tuple((c, s) for c in contents for s in sorted(best[c], key=place.__getitem__))


Design = dict[str, list[str]]


def _draw(
    content_of: Mapping[str, str], style_of: Mapping[str, str], k: int, generator: random.Random, steady: bool
) -> Design:
    """Deal the styles out like cards, one shuffled pack after another: each pack holds every style once.

    steady: groups take turns in one order throughout a pack, so that a hand within it holds no group twice before it
    holds each once
    """
    design: Design = {}
    styles, pack, place = by_group(style_of), list[str](), 0
    for content in interleaved(by_group(content_of), generator):
        hand = pack[place : place + k]
        place += k
        if len(hand) < k:
            pack = interleaved(styles, generator, steady)
            if hand:
                pack = _continued(pack, hand, k, style_of, steady)
            place = k - len(hand)
            hand = hand + pack[:place]
        design[content] = hand
    return design


def _continued(pack: list[str], hand: list[str], k: int, style_of: Mapping[str, str], steady: bool) -> list[str]:
    """The fresh pack in an order that can go on with a hand begun from the last one: what it holds is at the back."""
    held = set(hand)
    pack = sorted(pack, key=held.__contains__)
    if not steady:
        return pack
    groups = {style_of[style] for style in hand}
    fitting = sorted(pack, key=lambda style: (style in held, style_of[style] in groups))[: k - len(hand)]
    taken = set(fitting)
    return fitting + [style for style in pack if style not in taken]


def by_group(group_of: Mapping[str, str]) -> dict[str, list[str]]:
    """The names of each group, in their order."""
    groups: dict[str, list[str]] = {}
    for name, group in group_of.items():
        groups.setdefault(group, []).append(name)
    return groups


def interleaved(members_of: Mapping[str, Sequence[str]], generator: random.Random, steady: bool = False) -> list[str]:
    """All names in random order, neighbours from different groups for as long as groups last.

    steady: the groups keep their order from one round to the next
    """
    groups = {group: list(members) for group, members in members_of.items()}
    for members in groups.values():
        if len(members) > 1:
            generator.shuffle(members)
    rounds: list[str] = []
    turn: list[str] = []
    while groups:
        if steady and turn:
            turn = [group for group in turn if group in groups]
        else:
            turn = list(groups)
            generator.shuffle(turn)
        rounds += [groups[group].pop() for group in turn]
        groups = {group: members for group, members in groups.items() if members}
    return rounds


def _clumping(design: Design, content_of: Mapping[str, str], style_of: Mapping[str, str]) -> tuple[int, int, int]:
    """How unevenly a design is spread, worst first: within contents, over pairs of groups, over pairs of styles."""
    pairs = [(content, style) for content, hand in design.items() for style in hand]
    within = Counter((content, style_of[style]) for content, style in pairs)
    groups = Counter((content_of[content], style_of[style]) for content, style in pairs)
    repeats = Counter((content_of[content], style) for content, style in pairs)
    shared = Counter((a, b) for hand in design.values() for a in hand for b in hand if a < b)
    return _squares(within), _squares(groups) + _squares(repeats), _squares(shared)


def _squares(counts: Counter[tuple[str, str]]) -> int:
    return sum(count * count for count in counts.values())
