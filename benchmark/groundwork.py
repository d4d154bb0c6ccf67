"""What all models of a run are measured against, made before the first of them: inputs, no-skill curve, references."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from stylegauge.benchmark.noskill import PLANE, noskill_points
from stylegauge.benchmark.sets import ReferenceSet, reference_items
from stylegauge.benchmark.store import table_bytes, write_atomic
from stylegauge.datasets import cache
from stylegauge.datasets.images import png_bytes, to_tensor
from stylegauge.datasets.references import prepare
from stylegauge.metrics.registry import MetricInfo, resolve

if TYPE_CHECKING:
    from stylegauge.benchmark.batches import Pictures
    from stylegauge.benchmark.events import Log
    from stylegauge.benchmark.runner import Setting


def keep_inputs(pictures: Pictures, folder: Path) -> None:
    """The contents and styles as they were given, for whoever redraws the pages without the split."""
    split = pictures.split
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
    known = not sets or cache.read("references", setting.reuse) is not None
    with ThreadPoolExecutor(max_workers=1) as ahead:
        rendered = ahead.submit(prepare, () if known else setting.split.references, setting.split.size)
        _keep_noskill(setting, folder, log)
        log.progress.stage("references")
        rendered.result()
    return _references(setting, sets, log) if sets else None


def _keep_noskill(setting: Setting, folder: Path, log: Log) -> None:
    from stylegauge.metrics.scorer import Scorer

    plane = resolve(PLANE, setting.plan.backbone)
    if not {info.id for info in plane} <= {info.id for info in setting.metrics}:
        return  # without both axes of the plane nothing can be gated, and the page says so
    log.progress.stage("no-skill curve")
    scorer = Scorer(plane, setting.backbone)
    data = cache.cached(
        "noskill", setting.reuse, lambda: table_bytes(noskill_points(setting.pictures, scorer, log.progress.stage))
    )
    write_atomic(folder / "noskill.parquet", data)
    log.events.write("no-skill curve")


def _references(setting: Setting, sets: tuple[MetricInfo, ...], log: Log) -> ReferenceSet:
    import torch
    from safetensors.torch import load, save

    from stylegauge.metrics.scorer import Scorer

    items, note = reference_items(setting.split)
    scorer = Scorer(sets, setting.backbone)

    def embed() -> bytes:
        one_by_one = [scorer.embed(to_tensor(setting.split.image(item)).to(setting.device)[None]) for item in items]
        return save({"embeddings": torch.cat(one_by_one)})

    data = cache.cached("references", setting.reuse, embed)
    log.events.write("references", n=len(items))
    groups, domains = tuple(item.group for item in items), tuple(item.domain for item in items)
    return ReferenceSet(load(data)["embeddings"].numpy(), domains, groups, note)
