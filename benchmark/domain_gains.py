"""Gains within a domain: how much nearer to the domain a set of outputs is than mixing and recolouring brings it.

A model of kind "domain" is never shown the style image, so it cannot be asked to be near that one picture: it is asked
to be near the domain's reference pictures, as a set. Both axes are of a whole set of outputs:

- content lost: how far from 1 the share of the content is that is kept. An output keeps what makes it nearer to its own
  content than to others: the sum of d(o_c, c') - d(o_c, c) over other contents c' and all outputs, divided by the sum
  of d(c, c'), with d content@B. That is the slope of the outputs' features on the contents': 1 for the contents
  themselves, 0 for what does not look at them, and above 1 where contrast is exaggerated, which counts as lost as well.
  d itself will not do: strokes on the right content are as far from it in a network's features as another picture is,
  and the true renderer counted as a style copy.
- distance: the kernel distance (KID, unbiased) to the references of the domain, which no generator was given.

What takes no skill is a curve between the two: every content blended with a reference picture of the domain, and
recoloured to it and then blended. It ends at nothing kept and a distance of 0, since a picture of the domain that has
nothing to do with the content takes no skill. The gain is the curve's distance at the content that the model loses,
less the model's distance. Every content group is left out once, from curve and model at a time, for an interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylegauge.benchmark.domain_sets import Floats, SetDistance
from stylegauge.benchmark.gate import no_skill

Row = tuple[str, float, float, float, float, int]  # left out, content lost, distance, no-skill distance, gain, outputs


@dataclass(frozen=True)
class DomainOutputs:
    """Outputs within one domain.

    contents: [N] ids; lost: [N], of each output 1 less what it keeps of its content; features: [N, D]
    sources: [N], the reference group an output was made from, "" for none
    """

    contents: tuple[str, ...]
    lost: Floats
    features: NDArray[np.float32]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class DomainReferences:
    """What outputs are compared with: features [M, D], and groups [M] of what makes two of them dependent."""

    features: NDArray[np.float32]
    groups: tuple[str, ...]


class DomainCurve:
    """The no-skill curve of one domain, over any of its contents.

    paths: path -> its steps in order, each over the same contents, the first of them the contents as they are
    groups: content -> its group; weights: content -> its distance to the others, by which what is kept is averaged
    """

    def __init__(
        self,
        paths: Mapping[str, Sequence[DomainOutputs]],
        references: DomainReferences,
        groups: Mapping[str, str],
        weights: Mapping[str, float],
    ) -> None:
        self._references, self._groups, self._weights = references, groups, weights
        self._paths = [[(step, self._distance(step)) for step in steps] for steps in paths.values()]

    def gains(self, outputs: DomainOutputs) -> Iterator[Row]:
        """The gain of a set of outputs ("" left out), and without each of its content groups."""
        distance = self._distance(outputs)
        groups = np.array([self._groups[content] for content in outputs.contents])
        for left_out in ("", *sorted(set(groups))):
            rows = np.flatnonzero(groups != left_out)
            lost = self._lost(outputs, rows)
            at, contents = distance.of(rows), {outputs.contents[row] for row in rows}
            least = self._at(lost, contents)
            yield left_out, lost, at, least, least - at, len(rows)

    def points(self, contents: set[str]) -> list[Floats]:
        """Each path over some contents: [K, 2], content lost and distance at each step."""
        found = []
        for path in self._paths:
            rows = [np.array([i for i, c in enumerate(step.contents) if c in contents], np.intp) for step, _ in path]
            points = [(self._lost(step, at), distance.of(at)) for (step, distance), at in zip(path, rows)]
            found.append(np.array(points, np.float64))
        return found

    def _at(self, lost: float, contents: set[str]) -> float:
        points = self.points(contents)
        if not np.isfinite(lost) or not all(np.isfinite(path).all() for path in points):
            return float("nan")
        return min(float(no_skill(path[None, :, 0], path[None, :, 1], np.array([lost]))[0]) for path in points)

    def _lost(self, outputs: DomainOutputs, rows: NDArray[np.intp]) -> float:
        weights = np.array([self._weights[outputs.contents[row]] for row in rows])
        return abs(float(np.average(outputs.lost[rows], weights=weights))) if weights.any() else float("nan")

    def _distance(self, outputs: DomainOutputs) -> SetDistance:
        groups = [self._groups[content] for content in outputs.contents]
        references = self._references
        return SetDistance(outputs.features, references.features, groups, references.groups, outputs.sources)
