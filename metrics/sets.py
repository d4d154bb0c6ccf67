"""Set metrics of outputs against references, from features alone; of all outputs, and of all but some for an interval.

scorer = SetScorer(inputs)
scorer.score(info)        # value, sizes and what to mind
scorer.refit(info, kept)  # the value without some outputs, from what the whole set cost already
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from stylegauge.metrics.artfid import PUBLISHED_PAIRS, STYLEID, artfid
from stylegauge.metrics.frechet import FrechetRefits
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.kid import KernelRefits, Labels
from stylegauge.metrics.registry import implementation
from stylegauge.metrics.scorer import composed_part
from stylegauge.metrics.vectors import Array, NotFiniteError, TooFewError, Vectors

FID, KID, ARTFID = (f"stylegauge.metrics.{name}:{name}" for name in ("fid", "kid", "artfid"))
FEW = 32  # pictures; below it a set metric says more about their number than about what made them
Mask = NDArray[np.bool_]


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


@dataclass(frozen=True)
class SetInputs:
    """What set metrics are computed from: N outputs and M references.

    features: source -> [N, D]; an array, or rows that are read as they are needed
    references: source -> [M, D]
    styles: source -> [N, D], of the style image of each output, for metrics that compare with those
    paired: metric id -> [N], for metrics that are made of a paired one
    content_ids, style_ids, reference_ids: N, N and M labels, what makes two pictures dependent: see kid
    domains, reference_domains: N and M labels, both or neither. References of domains without an output are left out;
        kid compares domain with domain, others the two mixtures as they are
    """

    features: Mapping[str, Vectors]
    references: Mapping[str, Vectors]
    styles: Mapping[str, Vectors] = field(default_factory=dict)
    paired: Mapping[str, Array] = field(default_factory=dict)
    content_ids: Labels = None
    style_ids: Labels = None
    reference_ids: Labels = None
    domains: Labels = None
    reference_domains: Labels = None


def set_scores(infos: Sequence[MetricInfo], inputs: SetInputs) -> dict[str, SetScore]:
    """The set metrics among the rows of the registry: metric id -> score."""
    scorer = SetScorer(inputs)
    return {info.id: scorer.score(info) for info in infos if info.compares == "set"}


class SetScorer:
    """Set metrics of one set of outputs; what two metrics share is computed once."""

    def __init__(self, inputs: SetInputs) -> None:
        self._inputs = inputs
        self._kernels: dict[str, KernelRefits] = {}
        self._frechet: dict[tuple[str, bool], FrechetRefits] = {}
        self._distances: dict[tuple[str, bool, bytes], float] = {}

    def score(self, info: MetricInfo) -> SetScore:
        """The metric on all outputs. KeyError where features or paired values it needs are not among the inputs."""
        n = self._inputs.features[info.sources[-1]].shape[0]
        everything = np.ones(n, dtype=bool)
        n_reference = n if info.id == STYLEID else int(self._references(info, everything).sum())
        try:
            value = self._value(info, everything)
        except (TooFewError, NotFiniteError) as reason:  # the table says so and the run goes on
            return SetScore(float("nan"), n, n_reference, f"not applicable: {reason}")
        return SetScore(value, n, n_reference, "; ".join(self._notes(info, n, n_reference)))

    def refit(self, info: MetricInfo, kept: Mask) -> float:
        """The metric on the outputs kept, [N]; nan where it cannot be measured on those."""
        try:
            return self._value(info, kept)
        except (TooFewError, NotFiniteError):
            return float("nan")

    def _value(self, info: MetricInfo, kept: Mask) -> float:
        known: Mapping[str, Callable[[MetricInfo, Mask], float]] = {
            FID: self._fid,
            KID: self._kid,
            ARTFID: self._artfid,
        }
        return known.get(info.target, self._any)(info, kept)

    def _fid(self, info: MetricInfo, kept: Mask) -> float:
        source, with_styles = info.sources[-1], info.id == STYLEID
        key = (source, with_styles, np.packbits(kept).tobytes())
        if key not in self._distances:
            against = kept if with_styles else self._references(info, kept)
            self._distances[key] = self._frechet_refits(source, with_styles).distance(kept, against)
        return self._distances[key]

    def _frechet_refits(self, source: str, with_styles: bool) -> FrechetRefits:
        if (source, with_styles) not in self._frechet:
            against = self._inputs.styles if with_styles else self._inputs.references
            self._frechet[source, with_styles] = FrechetRefits(self._inputs.features[source], against[source])
        return self._frechet[source, with_styles]

    def _artfid(self, info: MetricInfo, kept: Mask) -> float:
        return artfid(self._inputs.paired[composed_part(info)][kept], self._fid(info, kept))

    def _kid(self, info: MetricInfo, kept: Mask) -> float:
        source, given = info.sources[-1], self._inputs
        if source not in self._kernels:
            self._kernels[source] = KernelRefits(
                given.features[source],
                given.references[source],
                given.content_ids,
                given.style_ids,
                given.reference_ids,
                domains=given.domains,
                reference_domains=given.reference_domains,
            )
        return self._kernels[source].distance(kept)

    def _any(self, info: MetricInfo, kept: Mask) -> float:
        """A metric that knows no refits: a function of two arrays of features, called anew."""
        source = info.sources[-1]
        rows, against = np.flatnonzero(kept), np.flatnonzero(self._references(info, kept))
        return float(
            implementation(info)(self._inputs.features[source][rows], self._inputs.references[source][against])
        )

    def _references(self, info: MetricInfo, kept: Mask) -> Mask:
        """[M]: the references of the domains of the outputs kept; where one is left out it would be a hole."""
        domains, of_reference = self._inputs.domains, self._inputs.reference_domains
        if domains is None or of_reference is None:
            return np.ones(self._inputs.references[info.sources[-1]].shape[0], dtype=bool)
        there = {domain for domain, is_kept in zip(domains, kept) if is_kept}
        return np.array([domain in there for domain in of_reference], dtype=bool)

    def _notes(self, info: MetricInfo, n: int, n_reference: int) -> list[str]:
        """What to mind of a value that could be measured."""
        notes = []
        source, with_styles = info.sources[-1], info.id == STYLEID
        width = self._inputs.features[source].shape[1]
        if info.target in (FID, ARTFID):
            distinct = self._frechet_refits(source, with_styles).distinct
            if distinct < width:
                notes.append(f"n < D: {distinct} distinct pictures, {width} dimensions")
            if n_reference < n:
                notes.append(f"fewer references than outputs: {n_reference} for {n}")
        if n < FEW:
            notes.append(f"few pictures: {n}")
        if with_styles and n != PUBLISHED_PAIRS:
            notes.append(f"n = {n}: published rows are at {PUBLISHED_PAIRS} pairs, and FID depends on n")
        return notes
