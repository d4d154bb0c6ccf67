"""What is known about every metric without computing it: name, unit, direction, source, and where its code is.

`--help`, `list metrics` and the report read this table, so it imports no torch. `implementation` imports the code
behind a row when somebody is about to compute it; a test holds every row against its code and docs/metrics.md.
"""

import importlib
from collections.abc import Callable, Iterable
from typing import Any

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.modern.rows import ROWS as MODERN
from stylegauge.metrics.rows import ROWS

# Which backbones a suite's metrics use, the first that has the metric. "reference" is what papers publish; "vgg" asks
# one VGG-16 pass for everything that compares pictures, and is the fastest way to published features.
SUITE_BACKBONES = {
    "embedded": ("embedded",),
    "reference": ("vgg19", "alex", "inception", "alex+inception"),
    "vgg": ("vgg", "inception"),
}
# The plane of the report and the gate: content distance, style distance.
PLANE = ("content", "gram_rel")
GATE_COLUMNS = ("gain", "over blending", "above curve")  # what the page shows beside metrics
EVERYTHING = "all"  # as a metric's name: also those that are only computed when asked for

METRICS: dict[str, MetricInfo] = {}


def register(info: MetricInfo) -> None:
    """Add a metric to the table; ValueError when its id is taken."""
    if info.id in METRICS:
        raise ValueError(f"metric {info.id!r} is registered twice")
    METRICS[info.id] = info


for _row in (*ROWS, *MODERN):
    register(_row)


def resolve(names: Iterable[str] | None = None, backbone: str = "embedded") -> tuple[MetricInfo, ...]:
    """Rows for names such as "psnr", "lpips" (on the suite's backbone) or "lpips@vgg"; the usual ones for None.

    Names given twice count once; the order is the order asked for. UsageError for a name or backbone that is unknown.
    A name with a colon is somebody's own metric (`metrics.plugins`), a .safetensors file a judge of one's own
    (`metrics.quality.own`).
    """
    if isinstance(names, str):
        raise TypeError(f"names must be a sequence of metric names, not the string {names!r}")
    if backbone not in SUITE_BACKBONES:
        raise UsageError(f"no backbone {backbone!r}; there are: {', '.join(SUITE_BACKBONES)}")
    if names is None:
        return tuple(info for info in _of_suite(backbone) if info.default)
    return _once([info for name in names for info in _find(name, backbone)])


def _once(found: Iterable[MetricInfo]) -> tuple[MetricInfo, ...]:
    """Each row once; UsageError for two metrics of one id, which no table could tell apart."""
    kept: dict[str, MetricInfo] = {}
    for info in found:
        if kept.setdefault(info.id, info) != info:
            raise UsageError(
                f"two metrics are called {info.id!r}: {kept[info.id].target} and {info.target}; rename one"
            )
    return tuple(kept.values())


def plane(backbone: str) -> tuple[str, str]:
    """The ids of the plane's two metrics in a suite: content distance and style distance."""
    content, style = resolve(PLANE, backbone)
    return content.id, style.id


def _of_suite(backbone: str) -> list[MetricInfo]:
    names = dict.fromkeys(info.name for info in METRICS.values())
    found = (_preferred(name, backbone) for name in names)
    return [info for info in found if info is not None]


def _preferred(name: str, backbone: str) -> MetricInfo | None:
    """The row that a bare name means in a suite; None where the suite has none."""
    ids = (name, *(f"{name}@{each}" for each in SUITE_BACKBONES[backbone]))
    return next((METRICS[each] for each in ids if each in METRICS), None)


def _find(name: str, backbone: str) -> tuple[MetricInfo, ...]:
    if name == EVERYTHING:
        return tuple(_of_suite(backbone))
    if name.endswith(".safetensors"):
        from stylegauge.metrics.quality.own import own_judge

        return (own_judge(name),)
    if ":" in name:
        from stylegauge.metrics.plugins import plugin

        return (_not_ours(plugin(name)),)
    found = METRICS.get(name) or _preferred(name, backbone) or _only(name)
    if found is not None:
        return (found,)
    base, _, suffix = name.partition("@")
    if base in METRICS:
        raise UsageError(f"metric {base!r} has no backbone, found {name!r}; write {base!r}")
    variants = [info.id for info in METRICS.values() if info.name == base]
    if variants and suffix:
        raise UsageError(f"no backbone {suffix!r} for metric {base!r}; there are: {', '.join(variants)}")
    if variants:
        raise UsageError(f"metric {base!r} has no form on backbone {backbone!r}; there are: {', '.join(variants)}")
    from stylegauge.metrics.plugins import entry_point

    other = entry_point(name)
    if other is None:
        raise UsageError(
            f"no metric {name!r}; there are: {_names()}; or file.py:Name, package.module:Name, JUDGE.safetensors"
        )
    return (other,)


def _not_ours(info: MetricInfo) -> MetricInfo:
    """Somebody else's metric; UsageError where it is called as one of this package, in whose place it would stand."""
    if info.name in GATE_COLUMNS or any(info.name == ours.name for ours in METRICS.values()):
        raise UsageError(f"the metric {info.target!r} has the name of one of this package's, {info.name!r}; rename it")
    return info


def _only(name: str) -> MetricInfo | None:
    """The row of a bare name with a single form: there is nothing else that it could mean."""
    variants = [info for info in METRICS.values() if info.name == name]
    return variants[0] if len(variants) == 1 else None


def _names() -> str:
    return ", ".join(sorted({info.name for info in METRICS.values()}))


def implementation(info: MetricInfo) -> Callable[..., Any]:
    """The function behind a row; imports its module, and with it torch."""
    module, _, function = info.target.partition(":")
    return getattr(importlib.import_module(module), function)
