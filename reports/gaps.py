"""Public and private judge side by side: what each model gains by the one whose weights everybody has."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stylegauge.reports import numbers


@dataclass(frozen=True)
class Row:
    """One model; places: by either judge, "" for controls; flag: in plain words, "" where it is like the field."""

    model: str
    entry: bool
    public: str
    private: str
    gap: str
    interval: str
    n: int
    places: str
    flag: str


@dataclass(frozen=True)
class Gap:
    """Two judges and their table; conclusion: who stands out of the field, in a sentence."""

    public: str
    private: str
    conclusion: str
    rows: list[Row]


def gap_tables(document: Mapping[str, Any]) -> list[Gap]:
    """A table for each private judge; document: of leaderboard.json."""
    return [_gap(found) for found in document["judge_gaps"]]


def _gap(found: Mapping[str, Any]) -> Gap:
    rows = [_row(model) for model in found["models"]]
    return Gap(found["public"], found["private"], _conclusion(found), rows)


def _conclusion(found: Mapping[str, Any]) -> str:
    if found["median"] is None:
        return f"Nobody can stand out: {found['reason']}."
    median = f"The median gap of the entries is {numbers.fixed(found['median'], 1, sign=True)}."
    higher = [model["name"] for model in found["models"] if model["flag"].startswith("higher")]
    if not higher:
        return f"{median} No entry gains clearly more than that by the public judge."
    gains = "entry gains" if len(higher) == 1 else "entries gain"
    return f"{median} {len(higher)} {gains} clearly more than that by the public judge: {', '.join(higher)}."


def _row(model: Mapping[str, Any]) -> Row:
    mean, low, high = (math.nan if (end := model["gap"][key]) is None else end for key in ("mean", "low", "high"))
    decimals = numbers.decimals_for(mean, low, high)
    ends = [numbers.fixed(end, decimals, sign=True) for end in (low, high)]
    public, private = (math.nan if (value := model[judge]) is None else value for judge in ("public", "private"))
    return Row(
        model["name"], model["role"] != "control", numbers.fixed(public, 1), numbers.fixed(private, 1),
        numbers.fixed(mean, decimals, sign=True), " … ".join(ends) if math.isfinite(low + high) else "",
        model["gap"]["n"], "" if None in model["ranks"] else " and ".join(map(str, model["ranks"])), model["flag"],
    )  # fmt: skip
