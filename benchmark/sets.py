"""Set metrics of a run: from features that are already there, against the split's references."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.statistics import jackknife
from stylegauge.metrics.sets import FEW, KID, SetInputs, SetScorer
from stylegauge.metrics.vectors import Repeated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.datasets.splits import Item, Split
    from stylegauge.metrics.info import MetricInfo
    from stylegauge.metrics.vectors import Vectors

LEAST = {"fid": 0.0, "fd": 0.0, "artfid": 1.0}  # what no set can be below
MIXED = "domains taken together, which biases it: each needs references of its own and two styles"


@dataclass(frozen=True)
class ReferenceSet:
    """Features that those of outputs are compared with.

    features: source -> [M, D] float32; domains, groups: of each row, a group being what makes two of them dependent
    note: what a reader must know of them, "" where they are images of the same domain that no model was given
    styles: source -> [S, D] of the split's style images, in its order, for metrics that compare with those
    """

    features: Mapping[str, NDArray[np.float32]]
    domains: tuple[str, ...]
    groups: tuple[str, ...]
    note: str
    styles: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def of(self, *wanted: str) -> ReferenceSet:
        """The rows of some domains, or everything for "all"."""
        if "all" in wanted:
            return self
        kept = [i for i, name in enumerate(self.domains) if name in wanted]
        return replace(
            self,
            features={source: each[kept] for source, each in self.features.items()},
            domains=tuple(self.domains[i] for i in kept),
            groups=tuple(self.groups[i] for i in kept),
        )


@dataclass(frozen=True)
class Outputs:
    """What is known of one model's outputs.

    pairs: the (content, style) of each
    features: source -> [N, D]; paired: metric id -> [N], of the paired metrics that set metrics are made of
    """

    pairs: list[tuple[str, str]]
    features: Mapping[str, Vectors]
    paired: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def at(self, rows: NDArray[np.intp]) -> Outputs:
        """Some of them, their features read as they are needed."""
        return Outputs(
            [self.pairs[row] for row in rows],
            {source: Repeated(each, rows) for source, each in self.features.items()},
            {metric: each[rows] for metric, each in self.paired.items()},
        )


def reference_items(split: Split) -> tuple[tuple[Item, ...], str]:
    """The split's reference part, or its style images where it has none, and the note that goes with them."""
    if split.references:
        return split.references, ""
    return split.styles, "no reference part: the style images stand in, so a style copy scores about 0 by construction"


def set_rows(
    model: str, metrics: tuple[MetricInfo, ...], outputs: Outputs, references: ReferenceSet, split: Split
) -> list[tuple[Any, ...]]:
    """Rows of sets.parquet for one model: each set metric over all outputs and over each domain with enough of them.

    Where there are not enough in all, the rows say so and hold no number.
    """
    domain = {item.id: item.domain for item in split.styles}
    groups = {"all": outputs}
    for name in sorted(set(domain.values()) - {"", "all"}):  # a domain of that name has no row of its own
        groups[name] = outputs.at(np.array([i for i, (_, s) in enumerate(outputs.pairs) if domain[s] == name], np.intp))
    wanted = [info for info in metrics if info.compares == "set"]
    columns = [
        _rows_of_group(model, group, wanted, members, references.of(group), split)
        for group, members in groups.items()
        if len(members.pairs) >= FEW
    ]
    if outputs.pairs and not columns:
        return [_too_few(model, info, len(outputs.pairs), len(references.domains)) for info in wanted]
    return [row for rows_of_metric in zip(*columns) for row in rows_of_metric]


def _too_few(model: str, info: MetricInfo, n: int, n_reference: int) -> tuple[Any, ...]:
    note = f"not applicable: fewer than {FEW} outputs"
    return (model, "all", info.id, math.nan, math.nan, math.nan, n, n_reference, note)


def _rows_of_group(
    model: str, group: str, metrics: list[MetricInfo], outputs: Outputs, references: ReferenceSet, split: Split
) -> list[tuple[Any, ...]]:
    """A row a metric, with its interval from leaving out one content group or one style group at a time."""
    content_group = {item.id: item.group for item in split.contents}
    style_group = {item.id: item.group for item in split.styles}
    content_groups = [content_group[content] for content, _ in outputs.pairs]
    style_groups = [style_group[style] for _, style in outputs.pairs]
    scorer = SetScorer(_inputs(outputs, content_groups, references, split))
    rows: list[tuple[Any, ...]] = []
    for info in metrics:
        whole = scorer.score(info)
        low, high, reason = math.nan, math.nan, ""
        if not math.isnan(whole.value):

            def refit(kept: NDArray[np.intp], info: MetricInfo = info) -> float:
                mask = np.zeros(len(outputs.pairs), dtype=bool)
                mask[kept] = True
                return scorer.refit(info, mask)

            interval = jackknife(refit, content_groups, style_groups)
            # A distance ends at 0, however far a few refits make its interval reach.
            low = max(interval.low, LEAST[info.name]) if info.name in LEAST else interval.low
            high, reason = interval.high, interval.reason
        mixed = MIXED if info.target == KID and _is_mixed(outputs.pairs, split, references) else ""
        note = "; ".join(text for text in (whole.note, mixed, reason, references.note) if text)
        rows.append((model, group, info.id, whole.value, low, high, whole.n, whole.n_reference, note))
    return rows


def _inputs(outputs: Outputs, content_groups: list[str], references: ReferenceSet, split: Split) -> SetInputs:
    """Everything set metrics ask for; the style images' features as often as their style was used."""
    domains = _comparable_domains(outputs.pairs, split, references)
    order = {item.id: position for position, item in enumerate(split.styles)}
    of_pair = np.array([order[style] for _, style in outputs.pairs], dtype=np.intp)
    return SetInputs(
        features=outputs.features,
        references=references.features,
        styles={source: Repeated(each, of_pair) for source, each in references.styles.items()},
        paired=outputs.paired,
        content_ids=content_groups,
        style_ids=[style for _, style in outputs.pairs],
        reference_ids=references.groups,
        domains=domains,
        reference_domains=None if domains is None else references.domains,
    )


def _comparable_domains(pairs: list[tuple[str, str]], split: Split, references: ReferenceSet) -> list[str] | None:
    """The domain of each row, None where domain cannot be compared with domain.

    That takes references in every domain of the outputs, and two styles in each: one is never independent of itself.
    """
    domain = {item.id: item.domain for item in split.styles}
    styles = Counter(domain[style] for style in {style for _, style in pairs})
    if "" in styles or min(styles.values()) < 2 or not set(styles) <= set(references.domains):
        return None
    return [domain[style] for _, style in pairs]


def _is_mixed(pairs: list[tuple[str, str]], split: Split, references: ReferenceSet) -> bool:
    """Whether outputs are of several domains that cannot be compared one by one."""
    domain = {item.id: item.domain for item in split.styles}
    several = len({domain[style] for _, style in pairs}) > 1
    return several and _comparable_domains(pairs, split, references) is None
