"""What a page says first: what was run, and what came out of it in three sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stylegauge.benchmark.trust import BEHAVES
from stylegauge.reports.board import AXES

_MOST_NAMES = 4


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


def lede(plan: Mapping[str, Any], split: Mapping[str, Any], networks: Sequence[str]) -> str:
    """What was run, in a sentence or two.

    networks: those that the run's metrics take features from
    """
    pairs, full = len(split["pairs"]), len(split["contents"]) * len(split["styles"])
    crossing = "every content with every style" if pairs == full else f"{pairs:,} of {full:,} possible pairs"
    repeats = plan.get("repeats", 1)
    times = f", each {repeats} times" if repeats > 1 else ""
    return (
        f"{contents_in_words(split)}, with {styles_in_words(split)}: {crossing}{times}, "
        f"at {split['size']} × {split['size']} pixels.{_networks(plan, networks)}"
    )


def _networks(plan: Mapping[str, Any], networks: Sequence[str]) -> str:
    """Whose features the numbers are made of, and in which numerics where those are not the usual ones."""
    if not networks:
        return ""
    one = len(networks) == 1
    words = networks[0] if one else f"{', '.join(networks[:-1])} and {networks[-1]}"
    fast = ", in fast numerics (bfloat16)" if plan.get("numerics") == "fast" else ""
    return f" Features come from the {'network' if one else 'networks'} {words}{fast}."


def findings(
    document: Mapping[str, Any], statements: Sequence[Mapping[str, Any]], axes: Collection[str] = AXES
) -> list[Finding]:
    """The self-test, the gate and the best group, each in a sentence or two.

    statements: of `benchmark.trust`; axes: ids of the two metrics that the gate is told by
    """
    gated = _gated(document)
    text = gated.text + _doubts([one for one in statements if one["metric"] in axes])
    if document["gate_trust"]["verdict"].startswith("fails"):
        claims = document["gate_trust"]["verdict"].removeprefix("fails: ")
        text += f" The gate does not find here that {claims}."
    return [_trusted(statements), Finding(gated.title, text), _best(document)]


def _doubts(axes: Sequence[Mapping[str, Any]]) -> str:
    """What to know of the two metrics that the gate is told by, "" where both behave."""
    failing = [one["metric"] for one in axes if not one["verdict"].startswith(BEHAVES)]
    partly = [one["metric"] for one in axes if one["metric"] not in failing and not behaves(one)]
    text = ""
    if failing:
        part = "do not pass their" if len(failing) > 1 else "does not pass its"
        text += f" With care: {names(failing)}, by which this is told, {part} self-test."
    if partly:
        part = "pass their self-tests" if len(partly) > 1 else "passes its self-test"
        text += f" {names(partly)} {part} in part."
    return text


def behaves(statement: Mapping[str, Any]) -> bool:
    """Whether every claim that the split allows was checked and holds beyond doubt."""
    return statement["verdict"] == BEHAVES and not statement["undecided"]


def _trusted(statements: Sequence[Mapping[str, Any]]) -> Finding:
    behaving = [one for one in statements if behaves(one)]
    on_pairs = [one for one in statements if one["verdict"] == BEHAVES and one["undecided"]]
    partly = [one for one in statements if one["verdict"].startswith(BEHAVES) and one["verdict"] != BEHAVES]
    failing = [one["metric"] for one in statements if one["verdict"].startswith("fails")]
    parts = [f"{len(behaving)} of {plural(len(statements), 'metric')} put every control in its place"]
    parts[0] += f", {len(on_pairs)} more on pairs but not on the mean" if on_pairs else ""
    if partly:
        parts.append(f"{len(partly)} {'does' if len(partly) == 1 else 'do'} as far as this run’s controls can tell")
    if failing:
        parts.append(f"{names(failing)} {'does' if len(failing) == 1 else 'do'} not")
    return Finding("Which numbers can be trusted", f"{'; '.join(parts)}.{_unchecked(statements)}")


def _unchecked(statements: Sequence[Mapping[str, Any]]) -> str:
    """How many claims were left out: for lack of controls in this run, or because the split can have none."""
    claims = [claim for statement in statements for claim in statement["unchecked"]]
    left_out = {claim["claim"] for claim in claims if claim["possible"]}
    without = {claim["claim"] for claim in claims if not claim["possible"]} - left_out
    text = f" {plural(len(left_out), 'claim')} could not be checked: this run lacks the controls." if left_out else ""
    if without:
        needs = "needs" if len(without) == 1 else "need"
        text += f" {plural(len(without), 'claim')} {needs} controls that this split cannot have{_lacking(claims)}."
    return text


def _lacking(claims: Sequence[Mapping[str, Any]]) -> str:
    """Which controls a split cannot have, where it is the true renderer alone: the usual case of photographs."""
    missing = {name for claim in claims if not claim["possible"] for name in claim["missing"]}
    return ": its styles have no true renderer" if missing == {"oracle"} else ""


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
    if document["caveat"]:
        return Finding(
            "Who leads",
            "Nothing is led by the gain here, because the gate does not let the true renderer through.",
        )
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
