"""How much a model's outputs of one style differ among themselves, from the pictures a run kept.

Each output is compared with the next of its style in a ring, so that n outputs take n comparisons and n passes through
the network, not n squared. Where pairs are repeated the ring is made of the repeats of one pair, and what differs is
the seed alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.batches import Pair
from stylegauge.benchmark.statistics import jackknife

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.benchmark.runner import Setting
    from stylegauge.metrics.bindings import Paired
    from stylegauge.metrics.features import Parts
    from stylegauge.metrics.info import MetricInfo

Ring = tuple[int, ...]


def diversity_rows(
    model: str, outputs: Sequence[tuple[Pair, Path]], setting: Setting, by_domain: bool = False
) -> list[tuple[Any, ...]]:
    """Rows of sets.parquet for one model: each metric that compares outputs among themselves, where any was asked for.

    outputs: every picture the model made, in the run's order
    by_domain: for a model that makes one picture of a content for a whole domain: its contents there are compared
    """
    pairs, paths = [pair for pair, _ in outputs], [path for _, path in outputs]
    repeated = setting.plan.repeats > 1
    label = {item.id: item.domain for item in setting.split.styles}
    rings = make_rings([p._replace(style=label[p.style]) for p in pairs] if by_domain else pairs, repeated)
    among = "repeats of one pair" if repeated else f"contents under one {'domain' if by_domain else 'style'}"
    content_group = {item.id: item.group for item in setting.split.contents}
    style_group = {item.id: item.group for item in setting.split.styles}
    groups = [content_group[pair.content] for pair in pairs], [style_group[pair.style] for pair in pairs]
    rows: list[tuple[Any, ...]] = []
    for info in (info for info in setting.metrics if info.compares == "outputs"):
        value, low, high, note = math.nan, math.nan, math.nan, f"not applicable: no two {among}"
        distances = np.array(list(_distances(rings, paths, info, setting)), np.float64)
        if rings:
            interval = jackknife(mean_among(distances, rings, len(pairs)), *groups)
            value, low, high = interval.mean, interval.low, interval.high
            note = "; ".join(text for text in (f"between {among}", interval.reason) if text)
        rows.append((model, "all", info.id, value, low, high, len(distances), 0, note))
    return rows


def make_rings(pairs: Sequence[Pair], repeated: bool) -> list[Ring]:
    """Which outputs are compared: positions among `pairs`, each with the next in its ring and the last with the first.

    A ring holds the outputs of one style, or, where pairs are repeated, those of one content and style. An output that
    is alone is in no ring.
    """
    members: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position, pair in enumerate(pairs):
        members[(pair.style, pair.content) if repeated else (pair.style,)].append(position)
    return [tuple(ring) for ring in members.values() if len(ring) > 1]


def mean_among(values: NDArray[np.float64], rings: Iterable[Ring], n: int) -> Callable[[NDArray[np.intp]], float]:
    """The mean of the distances between outputs that are kept, as a statistic for `jackknife`.

    Leaving a content out takes both of its distances away, so the interval errs on the wide side.
    values: of every ring in turn, each output with the next; n: outputs; returns nan where nothing is left to compare
    """
    ends = np.array([end for ring in rings for end in zip(ring, (*ring[1:], ring[0]))], np.intp)  # [len(values), 2]

    def statistic(kept: NDArray[np.intp]) -> float:
        is_kept = np.zeros(n, dtype=bool)
        is_kept[kept] = True
        left = values[is_kept[ends].all(axis=1)]
        return float(left.mean()) if len(left) else math.nan

    return statistic


def _distances(rings: Iterable[Ring], paths: Sequence[Path], info: MetricInfo, setting: Setting) -> Iterator[float]:
    """The distance of each output and the next one, ring by ring; each picture is decoded and passed once."""
    import torch

    from stylegauge.datasets.images import load_image, to_tensor
    from stylegauge.metrics.bindings import bind
    from stylegauge.metrics.features import Extractor

    extractor = Extractor(setting.networks)
    compare = bind(info, extractor)

    def parts(position: int) -> Parts:
        image = to_tensor(load_image(paths[position])).to(setting.device)
        return extractor.extract(image[None], {*compare.own.values(), *compare.parts.values()})

    with torch.inference_mode():
        for ring in rings:
            yield from _around(ring, parts, compare)


def _around(ring: Ring, parts: Callable[[int], Parts], compare: Paired) -> Iterator[float]:
    """Holds the features of the first, the one before and this one, however long the ring."""
    first = before = parts(ring[0])
    for position in ring[1:]:
        here = parts(position)
        yield float(compare(before, here))
        before = here
    yield float(compare(before, first))
