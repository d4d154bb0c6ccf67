"""Somebody else's metric, by `file.py:Name`, `package.module:Name`, or an entry point in group `stylegauge.metrics`.

A metric is a function or an object that is called with pictures and returns one number for each:

    def sharpness(output, reference): ...          # [N, 3, H, W] in [0, 1] each, to [N]

and says in attributes what the table needs: `compares` ("o,c", "o,s", or "o,c,s" for three arguments) and
`higher_is_better`; where it likes also `family`, `unit`, `summary`, `paper`. With `backbone` and `taps` it is
called with tap -> feature map [N, C, H', W'] in place of pictures. `minimum_side` says how small a picture may be, in
pixels, where a run over smaller ones should be refused before it begins.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, cast

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.named import named_object, what_went_wrong
from stylegauge.metrics.info import FAMILIES, OF_A_PAIR, MetricInfo

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.metrics.bindings import Binding
    from stylegauge.metrics.info import Family

GROUP = "stylegauge.metrics"
_FAMILIES = {"o,c": "content", "o,s": "style", "o,c,s": "artefact"}


def plugin(spec: str) -> MetricInfo:
    """The row of the metric that a specification names; its code is imported.

    raises: UsageError for what cannot be imported or does not say what a metric must
    """
    return _described(_built(named_object(spec), spec), spec.rpartition(":")[2], spec)


def entry_point(name: str) -> MetricInfo | None:
    """The row of a metric that another distribution declares; None where there is none of that name."""
    point = registered().get(name)
    if point is None:
        return None
    try:
        found = point.load()
    except Exception as error:
        raise UsageError(f"metric '{name}' ({point.value}) cannot be imported: {what_went_wrong(error)}") from error
    return _described(_built(found, name), name, point.value)


def registered() -> dict[str, EntryPoint]:
    """Every metric that an installed distribution declares in the group `stylegauge.metrics`."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def binding_of(info: MetricInfo) -> Binding:
    """How a plugin's metric is fed."""
    from stylegauge.metrics.bindings import Binding

    metric = _built(named_object(info.target), info.target)
    taps = tuple(getattr(metric, "taps", ()))

    def compute(*given: Any) -> Tensor:
        # Its own copies: one that writes into what it is given must not change what others are given.
        pictures = [{tap: each.clone() for tap, each in maps.items()} for maps in given[:-1]]
        try:
            values = metric(*(pictures if taps else [maps[""] for maps in pictures]))
        except (Exception, SystemExit) as error:
            raise UsageError(f"the metric '{info.id}' raised {what_went_wrong(error)}") from error
        return _checked(info, values, len(next(iter(pictures[0].values()))))

    least = int(getattr(metric, "minimum_side", 1))
    return Binding("map" if taps else "pixels", lambda _: taps or ("",), compute, least)


def _built(target: Any, spec: str) -> Callable[..., Any]:
    """The thing to call: a class is built without arguments."""
    try:
        metric = target() if inspect.isclass(target) else target
    except (Exception, SystemExit) as error:
        raise UsageError(f"the metric '{spec}' cannot be built: {what_went_wrong(error)}") from error
    if not callable(metric):
        raise UsageError(f"the metric '{spec}' cannot be called; expected a function, or a class with __call__")
    return metric


def _described(metric: Any, name: str, target: str) -> MetricInfo:
    compares = getattr(metric, "compares", None)
    if compares not in OF_A_PAIR:
        found = f"found compares = {compares!r}, possible: {', '.join(map(repr, OF_A_PAIR))}"
        raise UsageError(f"the metric '{name}' must say what it compares; {found}")
    better = getattr(metric, "higher_is_better", None)
    if not isinstance(better, bool):
        raise UsageError(f"the metric '{name}' must say higher_is_better = True or False; found {better!r}")
    backbone = getattr(metric, "backbone", "")
    if bool(backbone) != bool(getattr(metric, "taps", ())):
        raise UsageError(f"the metric '{name}' must name both, backbone and taps, or neither")
    family = getattr(metric, "family", _FAMILIES[compares])
    if family not in FAMILIES:
        raise UsageError(f"the metric '{name}' is of family {family!r}; there are: {', '.join(FAMILIES)}")
    text = inspect.getdoc(metric if inspect.isfunction(metric) else type(metric)) or name
    return MetricInfo(
        name,
        cast("Family", family),
        compares,
        better,
        str(getattr(metric, "unit", "")),
        (backbone,) if backbone else (),
        str(getattr(metric, "summary", text.splitlines()[0])),
        target,
        str(getattr(metric, "paper", target)),
    )


def _checked(info: MetricInfo, values: Any, n: int) -> Tensor:
    """One number for each picture, or an error: a metric that returns anything else would fill the table with it."""
    import torch

    if not isinstance(values, torch.Tensor) or values.shape != (n,):
        found = f"shape {list(values.shape)}" if isinstance(values, torch.Tensor) else type(values).__name__
        raise UsageError(
            f"the metric '{info.id}' must return a tensor [N], one number a picture, N = {n}; found {found}"
        )
    return values.to(torch.float64)
