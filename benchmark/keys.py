"""When two pieces of work are the same piece of work: the keys that resuming and finished runs are judged by.

No torch is imported here, so that asking for a finished run again answers at once.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.adapters.identity import code_sha256, model_sha256, source_sha256
from stylegauge.benchmark.device import device_name, thread_count
from stylegauge.benchmark.networks import located
from stylegauge.benchmark.store import canonical_json, file_sha256
from stylegauge.metrics.registry import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylegauge.benchmark.plan import Plan
    from stylegauge.metrics.info import MetricInfo

# Whose code the published networks are made of.
NETWORKS = ("torchvision", "pytorch-fid", "timm", "open_clip_torch")
# Whatever computes pixels or scores: another version of it is another environment.
COMPUTES = ("torch", "numpy", "scipy", "pillow", *NETWORKS)
PIXELS_AND_SCORES = (
    "datasets",
    "metrics",
    "baselines",
    "benchmark/adapters",
    *(f"benchmark/{name}.py" for name in ("asking", "attempts", "batches", "behaviour", "device", "domains")),
    *(f"benchmark/{name}.py" for name in ("domain_gauge", "groundwork", "networks", "noskill", "seeding", "units")),
)
TABLES = tuple(
    f"benchmark/{name}.py"
    for name in (
        *("diversity", "domain_gains", "domain_sets", "gate"),
        *("probe", "reduce", "sets", "statistics", "unit_features"),
    )
)
REPORTED = (*COMPUTES, "stylegauge", "pandas", "pyarrow", "scikit-image", "matplotlib", "safetensors")


def versions(names: tuple[str, ...] = REPORTED) -> dict[str, str]:
    """Installed versions by distribution name; "absent" where one is not installed."""
    return {name: _version(name) for name in names}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def machine_key(device: str) -> str:
    """What anything computed of a picture depends on besides it: our code with its weights, versions, the machine."""
    parts = {
        "code": code_sha256(*PIXELS_AND_SCORES),
        "versions": versions(COMPUTES) | {"python": platform.python_version()},
        "device": [device, device_name(device), thread_count()],
    }
    return hash_of(parts)


def split_key(split_sha256: str, device: str) -> str:
    """What anything computed of a split depends on: its images, and how they are computed with."""
    return hash_of([split_sha256, machine_key(device)])


def reduce_key() -> str:
    """The code that turns kept units into tables: where it changed they are reduced again, and no more is done."""
    return code_sha256(*TABLES)


def common_key(plan: Plan, split_sha256: str, device: str) -> str:
    """What all units of a run share: the split's key, and how the plan asks: metrics, seeds, batch."""
    asked = plan.document()
    how = {key: asked[key] for key in ("metrics", "backbone", "numerics", "seed", "repeats", "batch", "size")}
    metrics = resolve(plan.metrics, plan.backbone)
    weights = {name: file.sha256 for name, file in located(plan, metrics).items()}
    return hash_of([split_key(split_sha256, device), how, weights, own_metrics(metrics)])


def own_metrics(metrics: Iterable[MetricInfo]) -> dict[str, str]:
    """Hash of the code of each metric that is somebody's own, by id."""
    own = [info for info in metrics if not info.target.startswith("stylegauge.")]
    return {
        info.id: file_sha256(Path(info.target)) if info.target.endswith(".safetensors") else source_sha256(info.target)
        for info in own
    }


def unit_keys(plan: Plan, common: str) -> dict[str, str]:
    """A key for each model: what all units share, and the model's own source tree, weights and arguments."""
    return {spec.name: hash_of([common, model_sha256(spec)]) for spec in plan.models}


def hash_of(value: Any) -> str:
    """sha256 of a JSON value."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
