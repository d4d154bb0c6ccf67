"""The tables and plots of validation.html: each a part of validation.json, in the digits that its intervals support."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from stylegauge.reports import numbers
from stylegauge.reports.ladder_plots import draw_ladders
from stylegauge.reports.summary import plural

WIDE, NARROW = 1100, 350
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Text:
    """A number in a cell, what stands beneath it, and its tone."""

    main: str
    sub: str = ""
    tone: str = ""
    title: str = ""


@dataclass(frozen=True)
class Table:
    """Columns (text, what stands beneath it) and rows: a name, what stands beneath it, cells."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str, tuple[Text, ...]], ...]


@dataclass(frozen=True)
class Plot:
    """One metric on its ladders, for wide and narrow windows."""

    metric: str
    words: str
    wide: Markup
    narrow: Markup


def _share(value: float | None) -> str:
    return numbers.NOT_APPLICABLE if value is None else f"{100 * value:.0f} %"


def _fixed(value: float | None, decimals: int = 2, sign: bool = False) -> str:
    return numbers.fixed(math.nan if value is None else value, decimals, sign)


def _estimate(found: Row, sign: bool = False) -> Text:
    """A mean with its interval beneath, in the digits that the interval supports."""
    if found["mean"] is None:
        return Text(numbers.NOT_APPLICABLE, "", "na", found.get("reason", ""))
    digits = numbers.decimals_for(found["mean"], found["low"], found["high"])
    known = found["low"] is not None
    ends = f"{_fixed(found['low'], digits)} to {_fixed(found['high'], digits)}" if known else ""
    return Text(_fixed(found["mean"], digits, sign), ends, "", found.get("reason", ""))


def ladder_table(document: Mapping[str, Any]) -> Table:
    """Metric by ladder: tau, and the share of steps the wrong way beneath it."""
    ladders = list(dict.fromkeys(row["ladder"] for row in document["ladders"]))
    known = {(row["metric"], row["ladder"]): row for row in document["ladders"]}
    rows = []
    for info in document["metrics"]:
        cells = [_ladder_cell(known.get((info["id"], ladder)), document["limits"]) for ladder in ladders]
        rows.append((*named(info["id"]), tuple(cells)))
    return Table(tuple((ladder.replace("_", " "), "") for ladder in ladders), tuple(rows))


def _ladder_cell(row: Row | None, limits: Mapping[str, float]) -> Text:
    if row is None or row["tau"]["mean"] is None:
        return Text(
            "–", "", "na", "this ladder says nothing of what the metric compares" if row is None else "no value"
        )
    tau, wrong = row["tau"]["mean"], row["violations"]["mean"]
    tone = "good" if tau >= limits["tau"] else "warn" if tau >= limits["tau_single"] else "bad"
    return Text(_fixed(tau), f"{_share(wrong)} wrong", "na" if row["unasked"] else tone, row["unasked"])


def unasked(document: Mapping[str, Any]) -> list[str]:
    """A sentence on each ladder of which some metrics promise nothing."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in document["ladders"]:
        if row["unasked"]:
            found.setdefault((row["ladder"], row["unasked"]), []).append(row["metric"])
    return [
        f"{ladder.replace('_', ' ')}: not asked of {', '.join(metrics)}, since {why}."
        for (ladder, why), metrics in found.items()
    ]


def plot(document: Mapping[str, Any], info: Row, place: int) -> Plot:
    """One metric on its ladders; place: of its plot on the page."""
    rows = [row for row in document["ladders"] if row["metric"] == info["id"]]
    better = bool(info["higher_is_better"])
    words = ", ".join(part for part in (info["unit"], f"{'higher' if better else 'lower'} is better") if part)
    wide, narrow = (
        draw_ladders(rows, info["id"], better, width, f"ladders-{place}-{size}")
        for width, size in ((WIDE, "wide"), (NARROW, "narrow"))
    )
    start = rows[0]["start"] if rows else ""
    return Plot(info["id"], f"{words}; from {start}" if start else words, wide, narrow)


def means(document: Mapping[str, Any]) -> Table:
    """Control by metric."""
    means = {(row["control"], row["metric"]): row for row in document["controls"]["means"]}
    controls = list(dict.fromkeys(row["control"] for row in document["controls"]["means"]))
    metrics = [info["id"] for info in document["metrics"]]
    missing = {"mean": None, "low": None, "high": None}
    rows = tuple(
        (control, "", tuple(_estimate(means.get((control, metric), missing)) for metric in metrics))
        for control in controls
    )
    return Table(tuple(_heading(info) for info in document["metrics"]), rows)


def named(metric: str) -> tuple[str, str]:
    """A metric's name, and the backbone that stands beneath it."""
    name, at, backbone = metric.partition("@")
    return name, f"{at}{backbone}"


def _heading(info: Row) -> tuple[str, str]:
    name, backbone = named(info["id"])
    return f"{name} {'↑' if info['higher_is_better'] else '↓'}", backbone


def retest(document: Mapping[str, Any]) -> Table:
    """How far each metric moves when the same output is measured again."""
    kinds = {"exact": "must not change", "numeric": "last digits", "small": "a small change"}
    ways = {row["what"]: kinds[row["kind"]] for row in document["retest"]}
    known = {(row["metric"], row["what"]): row for row in document["retest"]}
    rows = [
        (*named(info["id"]), tuple(_retested(known[info["id"], what]) for what in ways)) for info in document["metrics"]
    ]
    return Table(tuple(ways.items()), tuple(rows))


def _retested(row: Row) -> Text:
    if row["mean"] is None:
        return Text(numbers.NOT_APPLICABLE, "", "na")
    if row["largest"] == 0:
        return Text("0", "", "good")
    tone = "bad" if row["kind"] == "exact" else ""
    if row["mean_relative"] is None:
        return Text(f"{row['mean']:.1e}", f"at most {row['largest']:.1e}", tone)
    return Text(f"{_small(row['mean_relative'])} sd", f"at most {_small(row['largest_relative'])}", tone)


def _small(value: float) -> str:
    if value and abs(value) < 0.001:
        exponent = math.floor(math.log10(abs(value)))
        return f"{value / 10**exponent:.0f}{numbers.power(exponent)}"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}"


def resolution(document: Mapping[str, Any]) -> Table:
    """How alike outputs are ranked at other sizes and crops."""
    seen = list(dict.fromkeys(row["view"] for row in document["resolution"]))
    known = {(row["metric"], row["view"]): row for row in document["resolution"]}
    rows = [
        (*named(info["id"]), tuple(_viewed(known[info["id"], view]) for view in seen)) for info in document["metrics"]
    ]
    return Table(tuple((view, "") for view in seen), tuple(rows))


def _viewed(row: Row) -> Text:
    if row["rank"] is None:
        return Text(numbers.NOT_APPLICABLE, row["reason"], "na")
    shift = row["shift_relative"]
    return Text(f"ρ {_fixed(row['rank'], 3)}", "" if shift is None else f"shift {_fixed(shift, 2, sign=True)} sd")


def attack(document: Mapping[str, Any]) -> Table:
    """How far a change that nobody sees moves each metric."""
    columns = (
        ("moved by", "in score units"),
        ("of the way", ""),
        ("way", "in score units"),
        ("attacked", ""),
        ("by", ""),
    )
    rows = []
    for row in document["attack"]:
        way = Text(numbers.NOT_APPLICABLE if row["way"] is None else numbers.significant(row["way"]))
        place = Text(row["on"], f"towards {row['towards']}")
        rows.append((*named(row["metric"]), (_estimate(row["gain"]), Text(_share(row["share"])), way, place,
                                         Text(", ".join(row["how"])))))  # fmt: skip
    return Table(columns, tuple(rows))


def heat(rows: Sequence[Row]) -> Table | None:
    """The sensitivity map: metric by factor, the deeper the tint the more it moves; None where nothing was measured."""
    if not rows:
        return None
    columns = list(dict.fromkeys((row["side"], row["domain"], row["factor"], str(row["change"])) for row in rows))
    known = {(row["metric"], row["side"], row["domain"], row["factor"], str(row["change"])): row for row in rows}
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    most = max((abs(row["moved"]) for row in rows if row["moved"] is not None), default=0.0) or 1.0
    table = [
        (*named(metric), tuple(_heated(known.get((metric, *column)), most) for column in columns)) for metric in metrics
    ]
    headings = [(factor.replace("_", " "), ", ".join(filter(None, (domain or side, change))))
                for side, domain, factor, change in columns]  # fmt: skip
    return Table(tuple(headings), tuple(table))


def _heated(row: Row | None, most: float) -> Text:
    if row is None or row["moved"] is None:
        return Text(numbers.NOT_APPLICABLE, "", "heat-0")
    known = row["low"] is not None and row["high"] is not None
    ends = f"{_fixed(row['low'])} to {_fixed(row['high'])}" if known else ""
    return Text(_fixed(row["moved"]), ends, f"heat-{round(9 * abs(row['moved']) / most)}", f"n {row['n']}")


def votes(found: Mapping[str, Any] | None) -> list[tuple[str, Table]]:
    """A table for each question, people among one another in the last row."""
    if found is None:
        return []
    columns = (
        ("on the winner’s side", "of votes"), ("ρ by image", "Spearman"), ("τ by image", "Kendall"),
        ("ρ by system", "Spearman"), ("τ by system", "Kendall"),
    )  # fmt: skip
    parts = []
    for people in found["ceiling"]:
        mine = [row for row in found["agreement"] if row["question"] == people["question"]]
        rows = [(*named(row["metric"]), _agreed(row)) for row in mine]
        again = "no comparison was voted on twice" if not people["comparisons"] else (
            f"{plural(people['comparisons'], 'comparison')} with more than one vote")  # fmt: skip
        rows.append(("people among one another", again, _agreed(people)))
        parts.append((people["question"], Table(columns, tuple(rows))))
    return parts


def _agreed(row: Row) -> tuple[Text, ...]:
    image, system = row["image"], row.get("system")
    cells = [_estimate(row["votes"]), _estimate(image["spearman"]), _estimate(image["kendall"])]
    none = Text("–", "", "na", "people stand for all systems alike")
    return (*cells, *([_estimate(system[name]) for name in ("spearman", "kendall")] if system else [none, none]))
