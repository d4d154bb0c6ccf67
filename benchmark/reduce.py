"""Finished units to the run's tables: ordered, in float64, so that one sitting or ten give the same bytes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.adapters.protocol import DOMAIN
from stylegauge.benchmark.batches import Pair, shards
from stylegauge.benchmark.diversity import diversity_rows
from stylegauge.benchmark.records import DOMAIN_COLUMNS, EFFICIENCY_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.sets import Outputs, ReferenceSet, set_rows
from stylegauge.benchmark.store import join_tables, read_json, write_table
from stylegauge.benchmark.unit_features import unit_features, unit_values
from stylegauge.benchmark.units import LOST, UnitFiles
from stylegauge.metrics import cost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.benchmark.domain_gauge import DomainGauge
    from stylegauge.benchmark.probe import Probe
    from stylegauge.benchmark.runner import Setting
    from stylegauge.datasets.splits import Split


def reduce_run(
    setting: Setting, folder: Path, probes: dict[str, Probe], references: ReferenceSet | None, gauge: DomainGauge | None
) -> dict[str, dict[str, Any]]:
    """Write scores, sets, domains and efficiency from the units; returns what became known of each model.

    references: None where no set metric was asked for; gauge: None where domain gains cannot be had
    """
    import pandas as pd

    every = shards(setting.split, setting.plan.repeats)
    scores: list[Path] = []
    sets: list[tuple[Any, ...]] = []
    domains: list[tuple[Any, ...]] = []
    costs: list[tuple[Any, ...]] = []
    facts: dict[str, dict[str, Any]] = {}
    asked = {info.id for info in setting.metrics}
    for spec in setting.plan.models:
        units = [UnitFiles(folder, spec.name, index) for index in range(len(every))]
        kept = [read_json(unit.path(".json")) for unit in units]
        scores += [unit.path(".parquet") for unit in units]
        probe = probes[spec.name]
        distinct = _distinct(kept, setting.split, by_domain=probe.kind == DOMAIN)
        if references is not None:
            outputs = _outputs(units, kept, setting)
            outputs = outputs.at(distinct) if len(distinct) < len(outputs.pairs) else outputs
            sets += set_rows(spec.name, setting.metrics, outputs, references, setting.split)
        pictures = [_pictures(folder, kept)[row] for row in distinct]
        if gauge is not None and pictures:
            lost = unit_values(
                [unit.path(".safetensors") for unit, document in zip(units, kept) if document["pairs"]], (LOST,)
            )
            pairs = [pair for pair, _ in pictures]
            domains += gauge.rows(spec.name, pairs, lost[LOST][distinct], outputs.features, probe.kind != DOMAIN)
        sets += diversity_rows(spec.name, pictures, setting, probe.kind == DOMAIN)
        costs += [row for row in _costs(spec.name, kept, probe) if row[1].removesuffix("_p95") in asked]
        notes = Counter(note for unit in kept for note in unit["notes"] if note)
        facts[spec.name] = {
            "spec": spec.spec,
            "role": spec.role,
            "kind": probe.kind,
            "domains": list(probe.domains),
            "failed": sum(unit["failed"] for unit in kept),
            "notes": [f"{count} images {note}" for note, count in sorted(notes.items())],
        }
    join_tables(scores, folder / "scores.parquet")
    write_table(folder / "sets.parquet", pd.DataFrame(sets, columns=list(SET_COLUMNS)))
    write_table(folder / "domains.parquet", pd.DataFrame(domains, columns=list(DOMAIN_COLUMNS)))
    write_table(folder / "efficiency.parquet", pd.DataFrame(costs, columns=list(EFFICIENCY_COLUMNS)))
    return facts


def _outputs(units: list[UnitFiles], kept: list[dict[str, Any]], setting: Setting) -> Outputs:
    """The features of one model's outputs, and the paired values that set metrics are made of."""
    from stylegauge.metrics.scorer import COMPOSED, composed_part

    filled = [
        (unit.path(".safetensors"), document["pairs"]) for unit, document in zip(units, kept) if document["pairs"]
    ]
    files, counts = [file for file, _ in filled], [len(pairs) for _, pairs in filled]
    pairs = [(content, style) for _, pairs in filled for content, style, _ in pairs]
    if not pairs:
        return Outputs([], {})
    sets = [info for info in setting.metrics if info.compares == "set"]
    sources = dict.fromkeys(info.sources[-1] for info in sets)
    paired = dict.fromkeys(composed_part(info) for info in sets if info.name == COMPOSED)
    return Outputs(pairs, unit_features(files, counts, sources), unit_values(files, paired))


def _distinct(kept: list[dict[str, Any]], split: Split, by_domain: bool) -> NDArray[np.intp]:
    """Which of a model's outputs make up a set of pictures: all, or of each (content, domain, repeat) the first.

    A picture that stands under several pairs is one picture: twice in a set, it would only pretend to be two.
    """
    pairs = [Pair(*pair) for document in kept for pair in document["pairs"]]
    if not by_domain:
        return np.arange(len(pairs))
    first: dict[Pair, int] = {}
    for row, pair in enumerate(pairs):
        first.setdefault(pair._replace(style=split.style(pair.style).domain), row)
    return np.array(list(first.values()), np.intp)


def _pictures(folder: Path, kept: list[dict[str, Any]]) -> list[tuple[Pair, Path]]:
    """Each output of one model, and where its picture is kept."""
    return [
        (Pair(*pair), folder / name)
        for document in kept
        for pair, name in zip(document["pairs"], document["outputs"], strict=True)
    ]


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
