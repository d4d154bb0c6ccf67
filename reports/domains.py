"""The ranking within single domains: a row an entry, a column a domain, from leaderboard.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stylegauge.reports import numbers
from stylegauge.reports.summary import plural

NOT_MADE, INCOMPLETE = "not made", "incomplete"


@dataclass(frozen=True)
class Place:
    """One entry in one domain.

    rank: "1", or "1 to 3" where ranks cannot be told apart; "" where it is not ranked, and `reason` says why
    gain, interval: over the domain's no-skill curve, "" where there is none
    """

    rank: str
    gain: str
    interval: str
    reason: str = ""


@dataclass(frozen=True)
class DomainTable:
    """What the page shows of single domains; nothing where `rows` is empty.

    domains: (label, number of pairs); rows: (entry, what it makes, a place for each domain)
    notes: domains in which nothing is ranked, and why; cares: those whose gate misplaces a control, and which
    """

    domains: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, tuple[Place, ...]], ...]
    notes: tuple[str, ...]
    cares: tuple[str, ...]


def domain_table(document: Mapping[str, Any], order: Sequence[Mapping[str, Any]]) -> DomainTable:
    """Shown where an entry is ranked in some domain, or makes domains rather than pairs.

    document: leaderboard.json; order: its models in the order of the table
    """
    domains = document.get("domains", {})
    entries = [model for model in order if model["role"] != "control"]
    ranked = any(found["ranked"] for found in domains.values())
    if not domains or not (ranked or any(model["kind"] == "domain" for model in entries)):
        return DomainTable((), (), (), ())
    return DomainTable(
        tuple((label, plural(found["pairs"], "pair")) for label, found in domains.items()),
        tuple((model["name"], makes(model), _places(model, domains)) for model in entries),
        tuple(f"{label}: {found['reason']}" for label, found in domains.items() if not found["ranked"]),
        tuple(f"{label}: {found['caveat']}" for label, found in domains.items() if found["caveat"]),
    )


def makes(model: Mapping[str, Any], most: int = 6) -> str:
    """What a model of kind "domain" makes, in a few words; "" for one of pairs."""
    labels = model.get("domains") or []
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return f"makes {', '.join(labels[:most])}{more}" if labels else ""


def _places(model: Mapping[str, Any], domains: Mapping[str, Mapping[str, Any]]) -> tuple[Place, ...]:
    places = []
    for label, found in domains.items():
        row = next((row for row in found["models"] if row["name"] == model["name"]), None)
        made = not model["domains"] or label in model["domains"]
        places.append(_place(row) if row else Place("", "", "", INCOMPLETE if made else NOT_MADE))
    return tuple(places)


def _place(row: Mapping[str, Any]) -> Place:
    low, high = row["rank_interval"] or (0, 0)
    rank = "" if row["rank"] is None else f"{low}" if low == high else f"{low} to {high}"
    return Place(rank, *_gain(row["gain"]), row["rank_reason"])


def _gain(gain: Mapping[str, Any]) -> tuple[str, str]:
    """Mean and interval, with the digits that the interval supports; "" for what there is not."""
    low, mean, high = (gain[key] for key in ("low", "mean", "high"))
    if mean is None:
        return "", ""
    decimals = numbers.decimals_for(mean, low, high)
    ends = [] if low is None or high is None else [low, high]
    return numbers.fixed(mean, decimals, True), " … ".join(numbers.fixed(end, decimals, True) for end in ends)
