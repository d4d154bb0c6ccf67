"""The columns of the leaderboard: what stands above the numbers, and a cell with its interval for each model."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.registry import METRICS, plane
from stylegauge.reports import numbers
from stylegauge.reports.values import GAIN, OVER_BLENDING, SHARE, Value

FAMILIES = {
    "gate": "Better than mixing and recolouring?",
    "plane": "The plane’s axes: content and style",
    "content": "Is the content kept?",
    "style": "Is the style reached?",
    "artefact": "Is it clean?",
    "set": "Do the outputs, as a set, look like the style?",
    "behaviour": "How does the model behave?",
    "other": "Other",
}
_GATE = {
    GAIN: "Style distance of the no-skill curve at the model's content distance, less the model's, mean over pairs",
    OVER_BLENDING: "The same against alpha blending alone: how much of the gain recolouring explains",
    SHARE: "Share of pairs with a gain above 0",
}
# The gate is told by these two, so they stand beside it, and in sight of a window that cannot show the whole table.
AXES = plane("embedded")
NOT_VERIFIED = "weights not verified"
NO_VALUE = "no model has a value"
STYLEID = "artfid@styleid"
LONGEST = 40  # characters of a remark in a heading; longer ones stand below the table, for a column is narrow
ROUNDING = 1e-9  # of a column's largest value: what is below it is 0 but for rounding
_DIRECTIONS = {
    True: ("↑", "higher is better"),
    False: ("↓", "lower is better"),
    None: ("", "neither direction is better"),
}
_PUBLISHED = {"lpips": "LPIPS", "fid": "FID", "kid": "KID", "gram": "Gram distance", "content": "", "adain": ""}


@dataclass(frozen=True)
class Cell:
    """What a table cell shows.

    interval: "" where there is none; n: "" where the column's heading says it
    whisker: low, mean and high in per cent of the column's axis, None where there is none
    note: number of a remark below the table, 0 for none
    """

    mean: str
    interval: str = ""
    n: str = ""
    whisker: tuple[float, float, float] | None = None
    note: int = 0


@dataclass(frozen=True)
class Column:
    """One metric: what stands above its numbers, and a cell for each model.

    caveats: in a few words; notes: numbers of longer ones, in the remarks below the table
    """

    id: str
    name: str
    suffix: str
    family: str
    arrow: str
    better: str
    unit: str
    n: str
    caveats: tuple[str, ...]
    summary: str
    first: bool
    cells: dict[str, Cell] = field(repr=False)
    notes: tuple[int, ...] = ()


def information(metric: str, known: Mapping[str, MetricInfo] = METRICS) -> MetricInfo:
    """The run's or registry's row of a metric, or what can be said of one that this version does not know."""
    if metric in known:
        return known[metric]
    better = True if metric in _GATE else None
    unit = "% of pairs" if metric == SHARE else ""
    return MetricInfo(
        metric, "artefact", "model", better, unit, (), _GATE.get(metric, "not known to this version"), "", ""
    )


def caveat(info: MetricInfo, unverified: Collection[str] = ()) -> str:
    """What must stand next to the numbers of a metric, in a few words.

    unverified: metrics on weights that are not the published ones
    """
    name, _, backbone = info.id.partition("@")
    if info.id in unverified or (info.id in _GATE and GAIN in unverified):
        return NOT_VERIFIED
    if name == "psnr":
        return "clipped at 100"
    if info.id == STYLEID:
        return "a style copy’s FID is 0 by construction"
    if backbone == "embedded" and _PUBLISHED.get(name):
        return f"not the published {_PUBLISHED[name]}"
    return ""


def make_columns(
    values: dict[str, dict[str, Value]],
    notes: list[str],
    known: Mapping[str, MetricInfo] = METRICS,
    unverified: Collection[str] = (),
    axes: tuple[str, ...] = AXES,
) -> list[Column]:
    """A column for each metric, families together.

    values: metric -> model -> value; notes: remarks below the table, appended to, numbered from 1
    known: the run's metrics; unverified: as for `caveat`; axes: ids of the plane's two, content first
    """
    columns: list[Column] = []
    for family in FAMILIES:
        members = [metric for metric in values if _family(metric, known, axes) == family]
        for metric in sorted(members, key=axes.index) if family == "plane" else members:
            first = not columns or columns[-1].family != family
            columns.append(_column(information(metric, known), values[metric], family, first, notes, unverified))
    return columns


def family_spans(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """What stands above neighbouring columns of one family, and how many they are."""
    counts: dict[str, int] = {}
    for column in columns:
        counts[column.family] = counts.get(column.family, 0) + 1
    return [(FAMILIES[family], count) for family, count in counts.items()]


def _family(metric: str, known: Mapping[str, MetricInfo], axes: tuple[str, ...]) -> str:
    if metric in _GATE:
        return "gate"
    if metric in axes:
        return "plane"
    family = known[metric].family if metric in known else "other"
    return family if family in FAMILIES else "other"


def _column(
    info: MetricInfo,
    values: dict[str, Value],
    family: str,
    first: bool,
    notes: list[str],
    unverified: Collection[str],
) -> Column:
    metric = info.id
    arrow, better = _DIRECTIONS[info.higher_is_better]
    exponent = numbers.shared_exponent([value.mean for value in values.values()])
    unit = " ".join(part for part in (numbers.power(exponent), info.unit) if part)
    sizes = [value.n for value in values.values() if value.n]
    usual = max(sizes, key=sizes.count, default=0)
    shared = _shared([value.note for value in values.values()])
    empty = "" if values else NO_VALUE
    remarks = [text for text in (caveat(info, unverified), *shared.split("; "), empty) if text]
    caveats = tuple(text for text in remarks if len(text) <= LONGEST)
    at_heading = tuple(_note(text, notes) for text in remarks if text not in caveats)
    cells = _cells(metric, {m: _without(v, shared) for m, v in values.items()}, exponent, usual, notes)
    name, at, backbone = metric.partition("@")
    return Column(
        metric,
        name,
        at + backbone,
        family,
        arrow,
        better,
        unit,
        f"n = {usual}" if usual else "",
        caveats,
        info.summary,
        first,
        cells,
        at_heading,
    )


def _shared(remarks: list[str]) -> str:
    """The remark that most models share: it stands in the heading, and the others at their numbers."""
    usual = max(remarks, key=remarks.count, default="")
    return usual if 2 * remarks.count(usual) > len(remarks) else ""


def _without(value: Value, remark: str) -> Value:
    """The value without the remark that its column's heading makes."""
    return replace(value, note="") if value.note == remark else value


def _cells(metric: str, values: dict[str, Value], exponent: int, usual: int, notes: list[str]) -> dict[str, Cell]:
    factor, signed = 10.0**-exponent, metric in (GAIN, OVER_BLENDING)
    zero = ROUNDING * max((abs(v.mean) for v in values.values() if math.isfinite(v.mean)), default=0.0)
    decimals = {
        model: 0
        if metric == SHARE or max(abs(v.low), abs(v.mean), abs(v.high)) <= zero
        else numbers.decimals_for(v.mean * factor, v.low * factor, v.high * factor)
        for model, v in values.items()
    }
    means = numbers.aligned([numbers.fixed(v.mean * factor, decimals[model], signed) for model, v in values.items()])
    axis = _axis([value for value in values.values() if not value.apart])
    return {
        model: Cell(
            mean,
            _interval(value, factor, decimals[model], signed),
            f"n = {value.n}" if value.n and value.n != usual else "",
            None if value.apart else _whisker(value, axis),
            _note("; ".join(text for text in (value.note, value.apart) if text), notes),
        )
        for mean, (model, value) in zip(means, values.items())
    }


def _interval(value: Value, factor: float, decimals: int, signed: bool) -> str:
    if not (math.isfinite(value.low) and math.isfinite(value.high)):
        return ""
    return " … ".join(numbers.fixed(end * factor, decimals, signed) for end in (value.low, value.high))


def _note(text: str, notes: list[str]) -> int:
    if not text:
        return 0
    if text not in notes:
        notes.append(text)
    return notes.index(text) + 1


def _axis(values: Sequence[Value]) -> tuple[float, float]:
    """The span of a column's intervals; one control far outside must not squeeze all others into a dot."""
    means = sorted(value.mean for value in values if math.isfinite(value.mean))
    if not means:
        return 0.0, 1.0
    first, third = means[len(means) // 4], means[(3 * len(means)) // 4]
    reach = 3 * (third - first) or math.inf
    ends = [end for v in values for end in (v.low, v.mean, v.high) if math.isfinite(end)]
    return max(min(ends), first - reach), min(max(ends), third + reach)


def _whisker(value: Value, axis: tuple[float, float]) -> tuple[float, float, float] | None:
    low, high = axis
    if not all(map(math.isfinite, (value.low, value.mean, value.high))) or high <= low:
        return None
    first, middle, last = (
        min(max((end - low) / (high - low), 0.0), 1.0) for end in (value.low, value.mean, value.high)
    )
    return round(100 * first, 1), round(100 * middle, 1), round(100 * last, 1)
