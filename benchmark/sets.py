"""Set metrics of a run: from embeddings that are already there, against the split's references."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.statistics import jackknife
from stylegauge.metrics.scorer import SetScore, set_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.datasets.splits import Item, Split
    from stylegauge.metrics.registry import MetricInfo

LEAST_IN_A_SET = 32  # outputs; below it a set metric says more about n than about the model


@dataclass(frozen=True)
class ReferenceSet:
    """Embeddings that outputs are compared with.

    embeddings: [M, D] float32; domains, groups: of each row, a group being what makes two of them dependent
    note: what a reader must know of them, "" where they are images of the same domain that no model was given
    """

    embeddings: NDArray[np.float32]
    domains: tuple[str, ...]
    groups: tuple[str, ...]
    note: str

    def of(self, domain: str) -> ReferenceSet:
        """The rows of one domain, or everything for "all"."""
        kept = [i for i, name in enumerate(self.domains) if domain in (name, "all")]
        domains, groups = [self.domains[i] for i in kept], [self.groups[i] for i in kept]
        return ReferenceSet(self.embeddings[kept], tuple(domains), tuple(groups), self.note)


def reference_items(split: Split) -> tuple[tuple[Item, ...], str]:
    """The split's reference part, or its style images where it has none, and the note that goes with them."""
    if split.references:
        return split.references, ""
    return split.styles, "no reference part: the style images stand in, so a style copy scores about 0 by construction"


def set_rows(
    model: str,
    metrics: tuple[MetricInfo, ...],
    embeddings: NDArray[np.float32],
    pairs: list[tuple[str, str]],
    references: ReferenceSet,
    split: Split,
) -> list[tuple[Any, ...]]:
    """Rows of sets.parquet for one model: each set metric over all outputs, and over each domain with enough of them.

    embeddings: [n, D] of the model's outputs; pairs: (content, style) of each row
    """
    domain = {item.id: item.domain for item in split.styles}
    groups = {"all": list(range(len(pairs)))}
    for name in sorted(set(domain.values()) - {""}):
        groups[name] = [i for i, (_, style) in enumerate(pairs) if domain[style] == name]
    return [
        _row(model, group, info, embeddings[index], [pairs[i] for i in index], references.of(group), split)
        for info in metrics
        if info.compares == "set"
        for group, index in groups.items()
        if len(index) >= LEAST_IN_A_SET
    ]


def _row(
    model: str,
    group: str,
    info: MetricInfo,
    embeddings: NDArray[np.float32],
    pairs: list[tuple[str, str]],
    references: ReferenceSet,
    split: Split,
) -> tuple[Any, ...]:
    """The metric on all rows, and its interval from leaving out one content group or one style group at a time."""
    contents = {item.id: item.group for item in split.contents}
    styles = {item.id: item.group for item in split.styles}
    content_groups, style_groups = [contents[c] for c, _ in pairs], [styles[s] for _, s in pairs]

    def measure(kept: NDArray[np.intp]) -> SetScore:
        return set_scores(
            [info],
            embeddings[kept],
            references.embeddings,
            content_ids=[content_groups[i] for i in kept],
            style_ids=[style_groups[i] for i in kept],
            reference_ids=references.groups,
        )[info.id]

    whole = measure(np.arange(len(pairs)))
    low = high = math.nan
    if not math.isnan(whole.value):
        interval = jackknife(lambda kept: measure(kept).value, content_groups, style_groups)
        low, high = interval.low, interval.high
    note = "; ".join(text for text in (whole.note, references.note) if text)
    return model, group, info.id, whole.value, low, high, whole.n, whole.n_reference, note
