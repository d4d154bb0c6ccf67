"""The networks whose features a run needs: which, where their weights lie, and loading them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stylegauge.metrics.backbones.names import BACKBONES
from stylegauge.metrics.registry import PLANE, resolve

if TYPE_CHECKING:
    from stylegauge.benchmark.plan import Plan
    from stylegauge.metrics.backbones.base import Backbone
    from stylegauge.metrics.info import MetricInfo
    from stylegauge.metrics.weights.files import Located


def needed(metrics: Sequence[MetricInfo]) -> tuple[str, ...]:
    """Names of the networks that metrics take features from, in their order."""
    return tuple(dict.fromkeys(name for info in metrics for name in info.backbones))


def located(plan: Plan, metrics: Sequence[MetricInfo]) -> dict[str, Located]:
    """The weights file of each network that does not ship with the package, by the network's name.

    raises: UsageError for a file that is missing, or not the published one where that was not allowed
    """
    from stylegauge.metrics.weights.files import locate

    return {
        name: locate(weights, plan.weights.get(weights), plan.allow_unverified_weights)
        for name in needed(metrics)
        if (weights := BACKBONES[name].weights)
    }


def load_networks(plan: Plan, metrics: Sequence[MetricInfo], device: str) -> dict[str, Backbone]:
    """Every network that the metrics need, ready on the device, by name.

    raises: UsageError as `located` does
    """
    from stylegauge.metrics.backbones.load import load_backbone

    return {
        name: load_backbone(
            name,
            device,
            plan.numerics,
            plan.weights.get(BACKBONES[name].weights or ""),
            plan.allow_unverified_weights,
        )
        for name in needed(metrics)
    }


def plane_metrics(plan: Plan, metrics: Sequence[MetricInfo]) -> tuple[MetricInfo, ...]:
    """The plane's two metrics, where the run computes both; else nothing can be gated, and the page says so."""
    both = resolve(PLANE, plan.backbone)
    return both if {info.id for info in both} <= {info.id for info in metrics} else ()
