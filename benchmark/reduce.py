"""Finished units to the run's tables: ordered, in float64, so that one sitting or ten give the same bytes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.batches import shards
from stylegauge.benchmark.records import EFFICIENCY_COLUMNS, SCORE_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.sets import ReferenceSet, set_rows
from stylegauge.benchmark.store import read_json, read_table, write_table
from stylegauge.benchmark.units import UnitFiles
from stylegauge.metrics import cost

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stylegauge.benchmark.probe import Probe
    from stylegauge.benchmark.runner import Setting


def reduce_run(
    setting: Setting, folder: Path, probes: dict[str, Probe], references: ReferenceSet | None
) -> dict[str, dict[str, Any]]:
    """Write scores, sets and efficiency from the units; returns what became known of each model.

    references: None where no set metric was asked for
    """
    import pandas as pd

    every = shards(setting.split, setting.plan.repeats)
    scores: list[pd.DataFrame] = []
    sets: list[tuple[Any, ...]] = []
    costs: list[tuple[Any, ...]] = []
    facts: dict[str, dict[str, Any]] = {}
    asked = {info.id for info in setting.metrics}
    for spec in setting.plan.models:
        units = [UnitFiles(folder, spec.name, index) for index in range(len(every))]
        kept = [read_json(unit.path(".json")) for unit in units]
        scores += [read_table(unit.path(".parquet"), SCORE_COLUMNS) for unit in units]
        if references is not None:
            embeddings, pairs = _embeddings(units, kept)
            sets += set_rows(spec.name, setting.metrics, embeddings, pairs, references, setting.split)
        probe = probes[spec.name]
        costs += [row for row in _costs(spec.name, kept, probe) if row[1].removesuffix("_p95") in asked]
        notes = Counter(note for unit in kept for note in unit["notes"] if note)
        facts[spec.name] = {
            "spec": spec.spec,
            "role": spec.role,
            "kind": probe.kind,
            "failed": sum(unit["failed"] for unit in kept),
            "notes": [f"{count} images {note}" for note, count in sorted(notes.items())],
        }
    write_table(folder / "scores.parquet", pd.concat(scores, ignore_index=True))
    write_table(folder / "sets.parquet", pd.DataFrame(sets, columns=list(SET_COLUMNS)))
    write_table(folder / "efficiency.parquet", pd.DataFrame(costs, columns=list(EFFICIENCY_COLUMNS)))
    return facts


def _embeddings(
    units: list[UnitFiles], kept: list[dict[str, Any]]
) -> tuple[NDArray[np.float32], list[tuple[str, str]]]:
    """The embeddings of one model's outputs, [n, D], and the (content, style) of each."""
    import numpy as np
    from safetensors.numpy import load_file

    parts: list[NDArray[np.float32]] = []
    pairs: list[tuple[str, str]] = []
    for unit, document in zip(units, kept):
        if document["pairs"]:
            parts.append(load_file(unit.path(".safetensors"))["embeddings"])
            pairs += [(content, style) for content, style, _ in document["pairs"]]
    return (np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)), pairs


def _costs(name: str, kept: list[dict[str, Any]], probe: Probe) -> list[tuple[Any, ...]]:
    """Rows of the efficiency table for one model; images made elsewhere cost nothing worth comparing.

    A call before the first timed one has warmed the model up (probe.py).
    """
    calls = [(images, seconds) for unit in kept for images, seconds, _ in unit["timings"]]
    if probe.parameters is None:
        return []
    rows: list[tuple[Any, ...]] = [(name, "parameters", float(probe.parameters), "", "values reachable from the model")]
    if probe.flops is not None:
        rows.append((name, "flops", float(probe.flops), "", "one image; a multiply-add counts two, as torch counts"))
    if calls:
        over = f"over {len(calls)} calls of up to {max(images for images, _ in calls)} images"
        rows += [
            (name, "latency_ms", cost.latency_ms(calls), "ms an image", f"median {over}"),
            (name, "latency_ms_p95", cost.latency_ms_p95(calls), "ms an image", f"95th percentile {over}"),
            (name, "throughput", cost.throughput(calls), "images/s", over),
        ]
    growths = [growth for unit in kept for _, _, growth in unit["timings"] if growth is not None]
    if growths:
        rows.append((name, "peak_memory_mb", cost.peak_memory_mb(growths), "MiB", "highest growth during a call"))
    return rows
