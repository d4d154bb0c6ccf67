"""The networks whose features a run needs: which, where their weights lie, and loading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.names import BACKBONES
from stylegauge.metrics.modern.catalogue import BACKBONES as MODERN
from stylegauge.metrics.modern.catalogue import FILES
from stylegauge.metrics.registry import PLANE, resolve
from stylegauge.metrics.weights.catalogue import WEIGHTS

if TYPE_CHECKING:
    from stylegauge.benchmark.plan import Plan
    from stylegauge.metrics.backbones.base import Backbone
    from stylegauge.metrics.info import MetricInfo
    from stylegauge.metrics.weights.files import Located


def needed(metrics: Sequence[MetricInfo]) -> tuple[str, ...]:
    """Names of the networks that metrics take features from, in their order."""
    return tuple(dict.fromkeys(name for info in metrics for name in info.backbones))


def located(plan: Plan, metrics: Sequence[MetricInfo]) -> dict[str, Located]:
    """Each weights file that does not come with the package, by its name.

    raises: UsageError that names every file that is missing, or not the published one where that was not allowed, and
    a file that was given for nothing
    """
    from stylegauge.metrics.modern.files import given
    from stylegauge.metrics.weights.files import locate

    wanted = dict.fromkeys(weights for name in needed(metrics) for weights in files_of(name))
    idle = [name for name in plan.weights if name not in wanted]
    if idle:
        raise UsageError(
            f"--weights {idle[0]}=...: no metric of this plan needs it; needed: {', '.join(wanted) or 'none'}"
        )
    found, refused = {}, []
    for weights in wanted:
        look = given if weights in FILES else locate
        try:
            found[weights] = look(weights, plan.weights.get(weights), plan.allow_unverified_weights)
        except UsageError as error:
            refused.append(str(error))
    if refused:
        raise UsageError(" | ".join(refused))
    return found


def files_of(name: str) -> tuple[str, ...]:
    """The weights files that a network is made of; none where they come with the package.

    raises: UsageError for a network that is not known
    """
    if name in MODERN:
        return MODERN[name]
    if name not in BACKBONES:
        raise UsageError(f"no backbone {name!r}; there are: {', '.join([*BACKBONES, *MODERN])}")
    weights = BACKBONES[name].weights
    return (weights,) if weights else ()


def load_networks(plan: Plan, metrics: Sequence[MetricInfo], device: str) -> dict[str, Backbone]:
    """Every network that the metrics need, ready on the device, by name.

    raises: UsageError as `located` does
    """
    return {name: _load(name, plan, device) for name in needed(metrics)}


def _load(name: str, plan: Plan, device: str) -> Backbone:
    if name in MODERN:
        from stylegauge.metrics.modern.load import load_modern

        return load_modern(name, plan.weights, device, plan.numerics, plan.allow_unverified_weights)
    from stylegauge.metrics.backbones.load import load_backbone

    path = next((plan.weights[file] for file in files_of(name) if file in plan.weights), None)
    return load_backbone(name, device, plan.numerics, path, plan.allow_unverified_weights)


def refuse_small(size: int, metrics: Sequence[MetricInfo], networks: Mapping[str, Backbone]) -> None:
    """Images of a run all have one size: where a metric needs larger ones, no unit of it could ever be scored.

    raises: UsageError that says how large they must be
    """
    from stylegauge.metrics.bindings import least_side
    from stylegauge.metrics.features import Extractor

    extractor = Extractor(networks)
    for info in metrics:
        least = least_side(info, extractor)
        if size < least:
            raise UsageError(
                f"metric '{info.id}' needs images of at least {least} px a side, found {size}; --size {least} or more, "
                "or --metrics without it"
            )


def plane_metrics(plan: Plan, metrics: Sequence[MetricInfo]) -> tuple[MetricInfo, ...]:
    """The plane's two metrics, where the run computes both; else nothing can be gated, and the page says so."""
    both = resolve(PLANE, plan.backbone)
    return both if {info.id for info in both} <= {info.id for info in metrics} else ()


def parse_weights(text: str) -> tuple[str, Path]:
    """One --weights; UsageError for anything but NAME=FILE."""
    name, equals, file = text.partition("=")
    known = [*WEIGHTS, *FILES]
    if not equals or not file or name not in known:
        raise UsageError(f"cannot read --weights '{text}'; expected NAME=FILE, NAME one of {', '.join(known)}")
    return name, Path(file)
