"""What all models of a run are measured against, made before the first of them: inputs, no-skill curve, references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stylegauge.benchmark.keys import hash_of
from stylegauge.benchmark.networks import plane_metrics
from stylegauge.benchmark.noskill import noskill_points
from stylegauge.benchmark.sets import ReferenceSet, reference_items
from stylegauge.benchmark.store import write_table
from stylegauge.datasets import cache
from stylegauge.datasets.files import write_atomic
from stylegauge.datasets.images import png_bytes, to_tensor
from stylegauge.datasets.references import prepare
from stylegauge.metrics.artfid import STYLEID
from stylegauge.metrics.info import MetricInfo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.benchmark.batches import Pictures
    from stylegauge.benchmark.events import Log
    from stylegauge.benchmark.runner import Setting
    from stylegauge.datasets.splits import Item

_AT_ONCE = 32  # pictures in memory beside each other


def keep_inputs(pictures: Pictures, folder: Path) -> None:
    """The contents and styles as they were given, for whoever redraws the pages without the split.

    Those of a hidden split stay where they are: one place less to keep secret.
    """
    split = pictures.split
    if split.hidden:
        return
    listed = {("content", item.id) for item in split.contents} | {("style", item.id) for item in split.styles}
    for path in (folder / "inputs").rglob("*.png"):
        if (path.parent.name, path.stem) not in listed:
            path.unlink()  # of an earlier state of the folders
    for role, items in (("content", split.contents), ("style", split.styles)):
        for item in items:
            path, data = folder / "inputs" / role / f"{item.id}.png", png_bytes(split.image(item))
            if not path.exists() or path.read_bytes() != data:
                write_atomic(path, data)


def lay_groundwork(setting: Setting, folder: Path, log: Log) -> ReferenceSet | None:
    """The no-skill curve into the folder, and the references' embeddings; both from the cache where they are there.

    References are rendered by processes of their own while the curve is computed, and before any model is timed.
    returns: None where no set metric was asked for
    """
    sets = tuple(info for info in setting.metrics if info.compares == "set")
    known = not sets or cache.read("references", setting.reuse_key(sets)) is not None
    unseen = () if known else [item for item in setting.split.references if item.path is None]
    with ThreadPoolExecutor(max_workers=1) as ahead:
        rendered = ahead.submit(prepare, unseen, setting.split.size)
        _keep_noskill(setting, folder, log)
        log.progress.stage("references")
        rendered.result()
    return _references(setting, sets, log) if sets else None


def _keep_noskill(setting: Setting, folder: Path, log: Log) -> None:
    plane = plane_metrics(setting.plan, setting.metrics)
    if not plane:
        return
    log.progress.stage("no-skill curve")
    key = setting.reuse_key(plane)

    def kept(content: str, compute: Callable[[], bytes]) -> bytes:
        return cache.cached("noskill", hash_of([key, content]), compute)

    write_table(
        folder / "noskill.parquet",
        noskill_points(setting.pictures, setting.scorer(plane), kept, log.progress.stage),
    )
    log.events.write("no-skill curve")


def _references(setting: Setting, sets: tuple[MetricInfo, ...], log: Log) -> ReferenceSet:
    items, note = reference_items(setting.split)
    compared_with_styles = tuple(info for info in sets if info.id == STYLEID)
    features = _embedded("references", setting, sets, items)
    styles = _embedded("styles", setting, compared_with_styles, setting.split.styles)
    log.events.write("references", n=len(items))
    # A domain as a group is a cluster for intervals, and no reason why two of its pictures should be dependent.
    groups = tuple(item.id if item.group == item.domain else item.group for item in items)
    domains = tuple(item.domain for item in items)
    return ReferenceSet(features, domains, groups, note, styles)


def _embedded(
    what: str, setting: Setting, metrics: tuple[MetricInfo, ...], items: Sequence[Item]
) -> dict[str, NDArray[np.float32]]:
    """The embeddings that metrics need of some pictures of the split: source -> [M, D]; kept in the cache."""
    from safetensors.numpy import load, save

    if not metrics:
        return {}

    def compute() -> bytes:
        scorer = setting.scorer(metrics)
        rows = []
        for start in range(0, len(items), _AT_ONCE):
            images = [setting.split.image(item) for item in items[start : start + _AT_ONCE]]
            rows.append(scorer.embed([to_tensor(image).to(setting.device) for image in images]))
        return save({source: np.concatenate([row[source].numpy() for row in rows]) for source in scorer.sources})

    return load(cache.cached(what, setting.reuse_key(metrics), compute))
