"""Set metrics of outputs against references, from features alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stylegauge.metrics.fid import fid
from stylegauge.metrics.kid import Labels, kid
from stylegauge.metrics.registry import MetricInfo
from stylegauge.metrics.vectors import Array, TooFewError


@dataclass(frozen=True)
class SetScore:
    """One set metric of one set of outputs.

    value: nan where it cannot be measured; note says why, or what to mind
    n, n_reference: outputs and references that went in
    """

    value: float
    n: int
    n_reference: int
    note: str


def set_scores(
    infos: Sequence[MetricInfo],
    embeddings: Array,
    references: Array,
    *,
    content_ids: Labels = None,
    style_ids: Labels = None,
    reference_ids: Labels = None,
    domains: Labels = None,
    reference_domains: Labels = None,
) -> dict[str, SetScore]:
    """The set metrics among the rows, from embeddings alone: metric id -> score.

    embeddings, references: [N, D], [M, D]
    content_ids, style_ids, reference_ids: N, N and M labels, what makes two pictures dependent: see kid
    domains, reference_domains: N and M labels; kid compares domain with domain, fid the two mixtures as they are
    """
    compute: Mapping[str, Callable[[], float]] = {
        "fid": lambda: fid(embeddings, references),
        "kid": lambda: kid(
            embeddings,
            references,
            content_ids,
            style_ids,
            reference_ids,
            domains=domains,
            reference_domains=reference_domains,
        ),
    }
    wanted = [info for info in infos if info.compares == "set"]
    return {info.id: _set_score(info.name, compute[info.name], embeddings, references) for info in wanted}


def _set_score(name: str, compute: Callable[[], float], embeddings: Array, references: Array) -> SetScore:
    (n, width), m = embeddings.shape, len(references)
    distinct = min(len(np.unique(np.asarray(each), axis=0)) for each in (embeddings, references))
    note = f"n < D: {distinct} distinct pictures, {width} dimensions" if name == "fid" and distinct < width else ""
    try:
        return SetScore(compute(), n, m, note)
    except TooFewError as reason:  # the table says so and the run goes on
        return SetScore(float("nan"), n, m, f"not applicable: {reason}")
