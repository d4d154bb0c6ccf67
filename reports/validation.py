"""validation.html: metric by property, what may be trusted on a split; one self-contained page of validation.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from stylegauge.benchmark.store import read_json
from stylegauge.datasets.files import write_atomic
from stylegauge.reports import numbers, pages, tables
from stylegauge.reports.ladder_plots import draw_ladders
from stylegauge.reports.summary import Finding, names, plural

PAGE, DOCUMENT = "validation.html", "validation.json"
WIDE, NARROW = 1100, 350
Row = Mapping[str, Any]
# What a property lets one do with a metric, in a few words: may be trusted ...
_USES = {
    "ladders": "to order degradations of one picture",
    "controls": "to order outputs of different models",
    "retest": "to be the same when measured again",
    "resolution": "to give the same order at other sizes",
    "attack": "where models may be tuned to it",
    "votes": "to speak for people",
}
_FINDINGS = (
    ("ladders", "Finding degradations", "climb the ladders that are asked of them"),
    ("controls", "Controls in their places", "put every control where it belongs"),
    ("resolution", "At other sizes", "keep the order of outputs at other sizes and crops"),
    ("attack", "Cheap to buy?", "hardly move under a change that nobody sees"),
)


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


def write_validation_page(folder: Path) -> Path:
    """Write validation.html beside validation.json; the same input gives the same bytes.

    raises: UsageError where the folder holds no validation.json
    """
    page = Path(folder) / PAGE
    write_atomic(page, render_validation(read_json(Path(folder) / DOCUMENT)).encode())
    return page


def render_validation(document: Mapping[str, Any]) -> str:
    """The page as text; document: what validation.json holds."""
    metrics = [info["id"] for info in document["metrics"]]
    template = pages.environment().get_template("validation.html.j2")
    return template.render(
        document=document,
        headline=f"{plural(len(metrics), 'metric')}, put to the test",
        lede=_lede(document),
        findings=_findings(document),
        titles=dict(document["titles"]),
        verdicts=_verdicts(document),
        words=[(metric, _in_words(document, metric)) for metric in metrics],
        ladder_table=_ladder_table(document),
        unasked=_unasked(document),
        plots=[_plot(document, info, place) for place, info in enumerate(document["metrics"])],
        self_tests=tables.self_tests(document["controls"]["trust"]),
        unverified=(),
        means=_means(document),
        retest=_retest(document),
        resolution=_resolution(document),
        attack=_attack(document),
        heat=_heat(document["sensitivity"]),
        votes=_votes(document["votes"]),
        facts=_facts(document),
        limits=document["limits"],
        css=pages.asset("report.css") + pages.asset("validation.css"),
        policy=pages.policy(),
    )


def _lede(document: Mapping[str, Any]) -> str:
    sample, split = document["sample"], document["split"]
    known = (
        "whose style images were rendered by known procedures" if document["rendered"] else "of pictures as they are"
    )
    return (
        f"Before any model: which numbers mean something on the split {split['name']}, {known}. The controls ran on "
        f"{plural(sample['of'], 'pair')}; {sample['n']} of them were degraded, attacked and measured again, at "
        f"{split['size']} × {split['size']} pixels."
    )


def _properties(document: Mapping[str, Any], name: str) -> list[Row]:
    return [row for row in document["properties"] if row["property"] == name]


def _findings(document: Mapping[str, Any]) -> list[Finding]:
    found = []
    for name, title, does in _FINDINGS:
        rows = [row for row in _properties(document, name) if row["tone"] != "na"]
        good = [row["metric"] for row in rows if row["tone"] == "good"]
        bad = [row["metric"] for row in rows if row["tone"] == "bad"]
        text = f"{len(good)} of {plural(len(rows), 'metric')} {does}." if rows else "Nothing could be measured."
        text += f" Not: {names(bad)}." if bad else ""
        found.append(Finding(title, text))
    return found


def _verdicts(document: Mapping[str, Any]) -> list[tuple[str, str, str, list[Row]]]:
    """(metric, its backbone, what it compares, its properties in the columns' order)."""
    order = [name for name, _ in document["titles"]]
    compared = {"o,c": "with the content", "o,s": "with the style image", "o,c,s": "with both"}
    rows = []
    for info in document["metrics"]:
        mine = {row["property"]: row for row in document["properties"] if row["metric"] == info["id"]}
        rows.append((*_named(info["id"]), compared[info["compares"]], [mine[name] for name in order]))
    return rows


def _in_words(document: Mapping[str, Any], metric: str) -> str:
    """ "May be trusted to ...; with care to ...; not to ..."."""
    tones = {row["property"]: row["tone"] for row in document["properties"] if row["metric"] == metric}
    parts = []
    for tone, begin in (("good", "may be trusted"), ("warn", "with care:"), ("bad", "not:")):
        uses = [use for name, use in _USES.items() if tones[name] == tone]
        if uses:
            parts.append(f"{begin} {', '.join(uses)}")
    text = "; ".join(parts) or "nothing could be measured"
    return f"{text[0].upper()}{text[1:]}."


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


def _ladder_table(document: Mapping[str, Any]) -> Table:
    """Metric by ladder: tau, and the share of steps the wrong way beneath it."""
    ladders = list(dict.fromkeys(row["ladder"] for row in document["ladders"]))
    known = {(row["metric"], row["ladder"]): row for row in document["ladders"]}
    rows = []
    for info in document["metrics"]:
        cells = [_ladder_cell(known.get((info["id"], ladder)), document["limits"]) for ladder in ladders]
        rows.append((*_named(info["id"]), tuple(cells)))
    return Table(tuple((ladder.replace("_", " "), "") for ladder in ladders), tuple(rows))


def _ladder_cell(row: Row | None, limits: Mapping[str, float]) -> Text:
    if row is None or row["tau"]["mean"] is None:
        return Text(
            "–", "", "na", "this ladder says nothing of what the metric compares" if row is None else "no value"
        )
    tau, wrong = row["tau"]["mean"], row["violations"]["mean"]
    tone = "good" if tau >= limits["tau"] else "warn" if tau >= limits["tau_single"] else "bad"
    return Text(_fixed(tau), f"{_share(wrong)} wrong", "na" if row["unasked"] else tone, row["unasked"])


def _unasked(document: Mapping[str, Any]) -> list[str]:
    """A sentence on each ladder of which some metrics promise nothing."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in document["ladders"]:
        if row["unasked"]:
            found.setdefault((row["ladder"], row["unasked"]), []).append(row["metric"])
    return [
        f"{ladder.replace('_', ' ')}: not asked of {', '.join(metrics)}, since {why}."
        for (ladder, why), metrics in found.items()
    ]


def _plot(document: Mapping[str, Any], info: Row, place: int) -> Plot:
    rows = [row for row in document["ladders"] if row["metric"] == info["id"]]
    better = bool(info["higher_is_better"])
    words = ", ".join(part for part in (info["unit"], f"{'higher' if better else 'lower'} is better") if part)
    wide, narrow = (
        draw_ladders(rows, info["id"], better, width, f"ladders-{place}-{size}")
        for width, size in ((WIDE, "wide"), (NARROW, "narrow"))
    )
    start = rows[0]["start"] if rows else ""
    return Plot(info["id"], f"{words}; from {start}" if start else words, wide, narrow)


def _means(document: Mapping[str, Any]) -> Table:
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


def _named(metric: str) -> tuple[str, str]:
    """A metric's name, and the backbone that stands beneath it."""
    name, at, backbone = metric.partition("@")
    return name, f"{at}{backbone}"


def _heading(info: Row) -> tuple[str, str]:
    name, backbone = _named(info["id"])
    return f"{name} {'↑' if info['higher_is_better'] else '↓'}", backbone


def _retest(document: Mapping[str, Any]) -> Table:
    kinds = {"exact": "must not change", "numeric": "last digits", "small": "a small change"}
    ways = {row["what"]: kinds[row["kind"]] for row in document["retest"]}
    known = {(row["metric"], row["what"]): row for row in document["retest"]}
    rows = [
        (*_named(info["id"]), tuple(_retested(known[info["id"], what]) for what in ways))
        for info in document["metrics"]
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


def _resolution(document: Mapping[str, Any]) -> Table:
    seen = list(dict.fromkeys(row["view"] for row in document["resolution"]))
    known = {(row["metric"], row["view"]): row for row in document["resolution"]}
    rows = [
        (*_named(info["id"]), tuple(_viewed(known[info["id"], view]) for view in seen)) for info in document["metrics"]
    ]
    return Table(tuple((view, "") for view in seen), tuple(rows))


def _viewed(row: Row) -> Text:
    if row["rank"] is None:
        return Text(numbers.NOT_APPLICABLE, row["reason"], "na")
    shift = row["shift_relative"]
    return Text(f"ρ {_fixed(row['rank'], 3)}", "" if shift is None else f"shift {_fixed(shift, 2, sign=True)} sd")


def _attack(document: Mapping[str, Any]) -> Table:
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
        rows.append((*_named(row["metric"]), (_estimate(row["gain"]), Text(_share(row["share"])), way, place,
                                         Text(", ".join(row["how"])))))  # fmt: skip
    return Table(columns, tuple(rows))


def _heat(rows: Sequence[Row]) -> Table | None:
    """The sensitivity map: metric by factor, the deeper the tint the more it moves; None where nothing was measured."""
    if not rows:
        return None
    columns = list(dict.fromkeys((row["side"], row["domain"], row["factor"], str(row["change"])) for row in rows))
    known = {(row["metric"], row["side"], row["domain"], row["factor"], str(row["change"])): row for row in rows}
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    most = max((abs(row["moved"]) for row in rows if row["moved"] is not None), default=0.0) or 1.0
    table = [
        (*_named(metric), tuple(_heated(known.get((metric, *column)), most) for column in columns))
        for metric in metrics
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


def _votes(found: Mapping[str, Any] | None) -> list[tuple[str, Table]]:
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
        rows = [(*_named(row["metric"]), _agreed(row)) for row in mine]
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


def _facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    environment = document["environment"]
    versions = ", ".join(f"{name} {version}" for name, version in environment.get("versions", {}).items())
    sample = document["sample"]
    return [
        ("suite", document["suite"]),
        ("split", f"{document['split']['name']}, sha256 {document['split']['sha256'][:16]}"),
        ("backbone", f"{document['backbone']}, {document['numerics']} numerics"),
        ("pairs measured", f"{sample['n']} of {sample['of']}, seed {document['seed']}: "
         + ", ".join(f"{content} × {style}" for content, style in sample["pairs"])),
        ("device", environment.get("device", "")),
        ("versions", versions),
    ]  # fmt: skip
