"""Intervals for designs in which contents and styles are crossed and grouped.

Every content meets every style, so what a model gains by luck with one style repeats over all contents. Pairs are
therefore no independent draws: errors are clustered by content group (photograph) and by style group (artist, domain)
at once, after Cameron, Gelbach and Miller 2011 (doi:10.1198/jbes.2010.07136). `benchmarks/interval_coverage.py`
measures how often these intervals cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

LEVEL = 0.95
Groups = Sequence[object] | NDArray


@dataclass(frozen=True)
class Interval:
    """A mean with its spread over contents and styles.

    mean, low, high, se: in the unit of the values; low, high and se are nan where `reason` says why
    df: degrees of freedom of the t distribution, min(content groups, style groups) - 1
    n: number of pairs
    """

    mean: float
    low: float
    high: float
    se: float
    df: int
    n: int
    n_content_groups: int
    n_style_groups: int
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Whether there is a spread at all; where not, `reason` says why."""
        return not self.reason


@dataclass(frozen=True)
class Design:
    """Which pairs belong together: one cluster number a pair, counted from 0, along contents, styles and both."""

    content: NDArray[np.intp]  # [n]
    style: NDArray[np.intp]  # [n]
    both: NDArray[np.intp]  # [n]

    @property
    def n(self) -> int:
        """Number of pairs."""
        return len(self.content)

    @property
    def n_content(self) -> int:
        """Number of content groups."""
        return _count(self.content)

    @property
    def n_style(self) -> int:
        """Number of style groups."""
        return _count(self.style)

    @property
    def df(self) -> int:
        """Degrees of freedom: the dimension with fewer groups limits what is known."""
        return min(self.n_content, self.n_style) - 1

    @property
    def reason(self) -> str:
        """Why no spread can be given, or an empty string."""
        if self.n == 0:
            return "no pairs"
        alone = [name for name, count in (("content", self.n_content), ("style", self.n_style)) if count < 2]
        return f"only one {' and one '.join(alone)} group, so its spread is unknown" if alone else ""


def make_design(content_groups: Groups, style_groups: Groups) -> Design:
    """Number the groups of each pair; ValueError when the two lists differ in length."""
    if len(content_groups) != len(style_groups):
        raise ValueError(f"{len(content_groups)} content groups but {len(style_groups)} style groups: one each a pair")
    content, style = (
        np.unique(np.asarray(groups), return_inverse=True)[1] for groups in (content_groups, style_groups)
    )
    both = np.unique(content * (_count(style) + 1) + style, return_inverse=True)[1]
    return Design(content, style, both)


def _count(codes: NDArray[np.intp]) -> int:
    return int(codes.max()) + 1 if codes.size else 0


def cluster_sums(values: NDArray[np.float64], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sums of `values` [..., n] within each cluster: [..., clusters]; codes [n] count from 0 without gaps."""
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(_count(codes)))
    if len(starts) == len(codes):
        return values[..., order]
    return np.add.reduceat(values[..., order], starts, axis=-1)


def _cluster_variance(residuals: NDArray[np.float64], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Variance of the mean when clusters are the independent draws; G / (G - 1) corrects for the fitted mean."""
    clusters = _count(codes)
    sums = cluster_sums(residuals, codes)
    return clusters / (clusters - 1) * np.square(sums).sum(axis=-1) / residuals.shape[-1] ** 2


def crossed_errors(values: NDArray[np.float64], design: Design) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard error over the last axis of `values` [..., n], many sets of values at a time.

    V = V_content + V_style - V_both: what pairs share through both dimensions is in the first two terms, so once too
    often. With few groups the difference can fall below one of its parts, even below 0; V is then the greater part.
    returns: mean [...], se [...]
    raises: ValueError when a dimension has one group only
    """
    if design.reason:
        raise ValueError(design.reason)
    mean = values.mean(axis=-1)
    residuals = values - mean[..., None]
    content, style, both = (
        _cluster_variance(residuals, codes) for codes in (design.content, design.style, design.both)
    )
    variance = np.maximum(content + style - both, np.maximum(content, style))
    return mean, np.sqrt(variance)


def crossed_interval(values: ArrayLike, content_groups: Groups, style_groups: Groups, level: float = LEVEL) -> Interval:
    """Two-way cluster-robust interval of the mean over pairs, complete design or not.

    values: [n], one a pair, finite
    content_groups, style_groups: [n], the group of each pair's content and style
    level: 0 to 1, the share of intervals that shall cover
    returns: low, high and se are nan, with the reason, where a dimension has one group only
    raises: ValueError for values that are not finite or lists of unequal length
    """
    design = make_design(content_groups, style_groups)
    array = _finite(values, design.n)
    if design.reason:
        return _undefined(float(array.mean()) if design.n else math.nan, design)
    mean, se = crossed_errors(array, design)
    return _interval(float(mean), float(se), design, level)


def paired_difference(
    a: ArrayLike, b: ArrayLike, content_groups: Groups, style_groups: Groups, level: float = LEVEL
) -> Interval:
    """Interval of mean(a - b) for two models over the same pairs, in the same order: a, b [n]."""
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"{first.size} values against {second.size}: a paired difference needs the same pairs in both")
    return crossed_interval(first - second, content_groups, style_groups, level)


def p_value(interval: Interval, null: float = 0.0) -> float:
    """Two-sided p value of "the true mean is `null`"; nan where the interval is undefined."""
    if not interval.defined:
        return math.nan
    distance = abs(interval.mean - null)
    if interval.se == 0:
        return 1.0 if distance == 0 else 0.0
    return float(2 * stdtr(interval.df, -distance / interval.se))


def jackknife(
    statistic: Callable[[NDArray[np.intp]], float],
    content_groups: Groups,
    style_groups: Groups,
    level: float = LEVEL,
    at_most: int = 60,
) -> Interval:
    """Interval of a number that only a whole set has (FID, KID), by leaving out one group at a time.

    A bootstrap would repeat images, which such distances punish. Each content group and each style group is left out
    once, and V = V_content + V_style. What pairs share through both dimensions is counted twice: taking it off would
    need one refit a pair, so the interval errs on the wide side. It speaks of sets of this size: Fréchet distances
    shrink as sets grow, so say the size beside it.

    Where a dimension has more than `at_most` groups they are dealt out, in the order of their names, to that many
    heaps, none of which gets two more than another, and a heap is left out at a time: it estimates the same variance.

    statistic: given the rows to keep (positions in 0..n-1, ascending), the value on those rows
    content_groups, style_groups: [n], the group of each row
    returns: the value on all rows as `mean`; undefined, with the reason, where it or a subset's value is not finite
    """
    groups = make_design(content_groups, style_groups)
    design = make_design(groups.content % at_most, groups.style % at_most)
    rows = np.arange(design.n)
    if design.n == 0:
        return _undefined(math.nan, design)
    mean = float(statistic(rows))
    if design.reason:
        return _undefined(mean, design)
    variance = _jackknife_variance(statistic, design.content) + _jackknife_variance(statistic, design.style)
    if not math.isfinite(mean + variance):
        return _undefined(mean, design, "not finite on all rows, or once a group is left out")
    return _interval(mean, math.sqrt(variance), design, level)


def _jackknife_variance(statistic: Callable[[NDArray[np.intp]], float], codes: NDArray[np.intp]) -> float:
    clusters = _count(codes)
    kept = np.array([statistic(np.flatnonzero(codes != cluster)) for cluster in range(clusters)], dtype=np.float64)
    return float((clusters - 1) / clusters * np.square(kept - kept.mean()).sum())


def t_quantile(df: int, level: float) -> float:
    """The t at which a two-sided interval of this level ends."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, found {level}")
    return float(stdtrit(df, 0.5 + level / 2))


def _finite(values: ArrayLike, n: int) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (n,):
        raise ValueError(f"values of shape {array.shape} for {n} pairs")
    if not np.isfinite(array).all():
        raise ValueError(f"{int((~np.isfinite(array)).sum())} of {n} values are not finite")
    return array


def _interval(mean: float, se: float, design: Design, level: float) -> Interval:
    half = t_quantile(design.df, level) * se
    return Interval(mean, mean - half, mean + half, se, design.df, design.n, design.n_content, design.n_style)


def _undefined(mean: float, design: Design, reason: str = "") -> Interval:
    nan, df = math.nan, max(design.df, 0)
    return Interval(mean, nan, nan, nan, df, design.n, design.n_content, design.n_style, reason or design.reason)
