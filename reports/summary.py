"""What a page says first: what was run, and what came out of it in three sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_NAMES = 4
BEHAVES = "behaves"
_AXES = re.compile(r"(content|gram_rel)@.+")  # the axes of the gate's plane


@dataclass(frozen=True)
class Finding:
    """One thing to know before reading any number."""

    title: str
    text: str


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 pair", "48 pairs"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def headline(plan: Mapping[str, Any], split: Mapping[str, Any]) -> str:
    """The page's title: "13 models on 48 pairs"."""
    return f"{plural(len(plan['models']), 'model')} on {plural(len(split['pairs']), 'pair')}"


def contents_in_words(split: Mapping[str, Any]) -> str:
    """ "9 crops of 6 photographs and 3 rendered scenes": pictures that share a photograph are no independent draws."""
    photographs = [item for item in split["contents"] if item["domain"] == "photograph"]
    scenes = len(split["contents"]) - len(photographs)
    if not photographs:
        return plural(len(split["contents"]), "content")
    crops = f"{plural(len(photographs), 'crop')} of {plural(len({i['group'] for i in photographs}), 'photograph')}"
    return f"{crops} and {plural(scenes, 'rendered scene')}" if scenes else crops


def styles_in_words(split: Mapping[str, Any]) -> str:
    """ "12 style images from 6 rendered domains"."""
    domains = {style["domain"] for style in split["styles"]} - {""}
    words = plural(len(split["styles"]), "style image")
    if not domains:
        return words
    rendered = "rendered " if all(style.get("recipe") for style in split["styles"]) else ""
    return f"{words} from {len(domains)} {rendered}{'domain' if len(domains) == 1 else 'domains'}"


def lede(plan: Mapping[str, Any], split: Mapping[str, Any]) -> str:
    """What was run, in a sentence or two."""
    pairs, full = len(split["pairs"]), len(split["contents"]) * len(split["styles"])
    crossing = "every content with every style" if pairs == full else f"{pairs:,} of {full:,} possible pairs"
    repeats = plan.get("repeats", 1)
    times = f", each {repeats} times" if repeats > 1 else ""
    return (
        f"{contents_in_words(split)}, with {styles_in_words(split)}: {crossing}{times}, "
        f"at {split['size']} × {split['size']} pixels. Features come from the {plan['backbone']} backbone."
    )


def findings(
    document: Mapping[str, Any], statements: Sequence[Mapping[str, Any]], gate: Mapping[str, Any]
) -> list[Finding]:
    """The self-test, the gate and the best group, each in a sentence or two.

    statements, gate: of `benchmark.trust` and of `benchmark.gate_trust`
    """
    gated, best = _gated(document), _best(document)
    unsure = [one["metric"] for one in statements if _AXES.fullmatch(one["metric"]) and one["verdict"] != BEHAVES]
    if unsure:
        part = "do not pass their" if len(unsure) > 1 else "does not pass its"
        gated = Finding(
            gated.title, f"{gated.text} With care: {names(unsure)}, by which this is told, {part} self-test."
        )
    if gate["verdict"].startswith("fails"):
        claims = gate["verdict"].removeprefix("fails: ")
        gated = Finding(gated.title, f"{gated.text} The gate does not find here that {claims}.")
    return [_trusted(statements), gated, best]


def _trusted(statements: Sequence[Mapping[str, Any]]) -> Finding:
    behaving = [statement for statement in statements if statement["verdict"] == BEHAVES]
    failing = [statement["metric"] for statement in statements if statement["verdict"].startswith("fails")]
    text = f"{len(behaving)} of {plural(len(statements), 'metric')} put every control in its place"
    text += f"; {names(failing)} {'does' if len(failing) == 1 else 'do'} not." if failing else "."
    unchecked = len({claim["claim"] for statement in statements for claim in statement["unchecked"]})
    if unchecked:
        text += f" {plural(unchecked, 'claim')} could not be checked: this run lacks the controls."
    return Finding("Which numbers can be trusted", text)


def _gated(document: Mapping[str, Any]) -> Finding:
    title = "Better than mixing and recolouring"
    entries = [model for model in document["models"] if model["role"] != "control"]
    asked = [model for model in entries if model["gain"]["valid"] is not None]
    if not entries:
        return Finding(title, "Only controls were run: there is nothing to judge.")
    if not asked:
        return Finding(title, f"Not gated: {entries[0]['gain']['reason']}.")
    valid = [model["name"] for model in asked if model["gain"]["valid"]]
    text = f"{len(valid)} of {plural(len(asked), 'entry', 'entries')}"
    return Finding(title, f"{text}: {names(valid)}." if valid else f"{text} shown to be so beyond doubt.")


def _best(document: Mapping[str, Any]) -> Finding:
    title = "The best"
    best = document["not_distinguishable_from_best"]
    if not best:
        return Finding(title, "Nothing is ranked: no entry is complete and above the no-skill curve.")
    if len(best) == 1:
        others = sum(model["rank"] is not None for model in document["models"]) - 1
        return Finding(
            title,
            f"{best[0]}, above {plural(others, 'other')} beyond doubt."
            if others
            else f"{best[0]}, the only one ranked.",
        )
    return Finding(title, f"{names(best)} cannot be told apart with these pairs.")


def names(some: Sequence[str]) -> str:
    """ "a, b and c", with "and 7 more" for the rest of a long list."""
    if len(some) > _MOST_NAMES:
        return f"{', '.join(some[:_MOST_NAMES])} and {len(some) - _MOST_NAMES} more"
    return " and ".join([", ".join(some[:-1]), some[-1]]) if len(some) > 1 else "".join(some)
