"""Set metrics of a run: from embeddings that are already there, against the split's references."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.statistics import jackknife
from stylegauge.metrics.sets import SetScore, set_scores

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

    def of(self, *wanted: str) -> ReferenceSet:
        """The rows of some domains, or everything for "all"."""
        kept = [i for i, name in enumerate(self.domains) if name in wanted or "all" in wanted]
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
    content_group = {item.id: item.group for item in split.contents}
    style_group = {item.id: item.group for item in split.styles}
    content_groups, style_groups = [content_group[c] for c, _ in pairs], [style_group[s] for _, s in pairs]
    domains = _comparable_domains(pairs, split, references)

    def measure(kept: NDArray[np.intp]) -> SetScore:
        # Where a domain is left out of the outputs its references go as well, or the distance would be to a hole.
        against = references if domains is None else references.of(*{domains[i] for i in kept})
        return set_scores(
            [info],
            embeddings[kept],
            against.embeddings,
            content_ids=[content_groups[i] for i in kept],
            style_ids=[pairs[i][1] for i in kept],
            reference_ids=against.groups,
            domains=None if domains is None else [domains[i] for i in kept],
            reference_domains=None if domains is None else against.domains,
        )[info.id]

    whole = measure(np.arange(len(pairs)))
    low = high = math.nan
    if not math.isnan(whole.value):
        interval = jackknife(lambda kept: measure(kept).value, content_groups, style_groups)
        low, high = interval.low, interval.high
    note = "; ".join(text for text in (whole.note, references.note) if text)
    return model, group, info.id, whole.value, low, high, whole.n, whole.n_reference, note


def _comparable_domains(pairs: list[tuple[str, str]], split: Split, references: ReferenceSet) -> list[str] | None:
    """The domain of each row, None where domain cannot be compared with domain.

    That takes references in every domain of the outputs, and two styles in each: one is never independent of itself.
    """
    domain = {item.id: item.domain for item in split.styles}
    styles = Counter(domain[style] for style in {style for _, style in pairs})
    if "" in styles or min(styles.values()) < 2 or not set(styles) <= set(references.domains):
        return None
    return [domain[style] for _, style in pairs]
