"""Which models can be told apart: simultaneous comparisons, rank intervals and tied groups.

Comparing every model with every other asks many questions of the same few contents and styles. All differences get one
critical value, the level quantile of max |t| over all comparisons, simulated by a multiplier bootstrap over the groups
(Chernozhukov, Chetverikov and Kato 2013, doi:10.1214/13-AOS1161), so that all intervals hold at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylegauge.benchmark.statistics import (
    LEVEL,
    Design,
    Groups,
    cluster_sums,
    crossed_errors,
    make_design,
    t_quantile,
)

DRAWS = 10_000
SEED = 20_261_121
CHUNK = 1_000  # draws at a time: 100 models have 4,950 comparisons, and 40 MB of them a chunk is enough
# A difference this small against the values themselves is rounding of one and the same model.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Comparison:
    """Simultaneous intervals of all differences between models.

    critical: the t all intervals use; nan where `reason` says why there are none
    difference, low, high: [M, M], row minus column, in the unit of the values
    """

    critical: float
    difference: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reason: str = ""

    @property
    def better(self) -> NDArray[np.bool_]:
        """[M, M]: whether the row's model is above the column's beyond doubt; nowhere if there are no intervals."""
        return self.low > 0


def simultaneous(
    values: NDArray[np.float64],
    content_groups: Groups,
    style_groups: Groups,
    level: float = LEVEL,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Comparison:
    """Compare M models over the same n pairs.

    values: [M, n] finite; higher is better for `better`
    content_groups, style_groups: [n]
    level: the share of repetitions in which every interval covers at once
    raises: ValueError for values that are not finite or not [M, n]
    """
    design = make_design(content_groups, style_groups)
    if values.ndim != 2 or values.shape[1] != design.n or not np.isfinite(values).all():
        raise ValueError(f"finite values [models, {design.n}] needed, found shape {values.shape}")
    differences = values[:, None, :] - values[None, :, :]
    if design.reason:
        unknown = np.full(differences.shape[:2], np.nan)
        mean = differences.mean(axis=-1) if design.n else unknown
        return Comparison(float("nan"), mean, unknown, unknown, design.reason)
    mean, se = crossed_errors(differences, design)
    mean = np.where(np.abs(mean) <= _rounding(values), 0.0, mean)
    critical = critical_value(values, design, level, draws=draws, seed=seed)
    return Comparison(critical, mean, mean - critical * se, mean + critical * se)


def critical_value(
    values: NDArray[np.float64], design: Design, level: float = LEVEL, *, draws: int = DRAWS, seed: int = SEED
) -> float:
    """The level quantile of max |t| over all differences between the models in `values` [M, n].

    A draw weighs every content group and every style group by a standard normal, so that the means move together as
    the models' do, and takes each difference over an error that is drawn too, with the design's degrees of freedom.
    For two models that is the t quantile. Taking the errors as known but for a common factor tells equally good
    models apart twice as often as it should (20 models at 12x12: 11 % for 5 %); this way it is 1 to 5 %.
    """
    residuals = values - values.mean(axis=1, keepdims=True)
    sums = np.vstack([_group_sums(residuals, codes) for codes in (design.content, design.style)])  # [C + S, M]
    first, second = np.triu_indices(len(values), k=1)
    apart = np.linalg.norm(sums[:, first] - sums[:, second], axis=0) > _rounding(values)
    first, second = first[apart], second[apart]  # one and the same model, entered twice, has no t
    if len(first) < 2:
        return t_quantile(design.df, level)
    generator = np.random.default_rng(seed)
    largest = [
        _largest_t(generator, min(CHUNK, draws - start), sums, design.df, (first, second))
        for start in range(0, draws, CHUNK)
    ]
    return float(np.quantile(np.concatenate(largest), level))


def _largest_t(
    generator: np.random.Generator,
    count: int,
    sums: NDArray[np.float64],
    df: int,
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]],
) -> NDArray[np.float64]:
    """Max |t| of `count` draws over differences between pairs of models, from the models' group sums [C + S, M]."""
    first, second = pairs
    means = generator.standard_normal((count, len(sums))) @ sums  # [count, M]
    # Wishart: the models' covariance as estimated from df + 1 groups, independent of the means as for normal draws.
    deviations = generator.standard_normal((count, df, len(sums))) @ sums / np.sqrt(df)
    covariance = np.matmul(deviations.transpose(0, 2, 1), deviations)  # [count, M, M]
    variance = np.einsum("bii->bi", covariance)
    spread = variance[:, first] + variance[:, second] - 2 * covariance[:, first, second]
    # Two nearly equal models can draw an error that rounds to 0 or below.
    spread = np.maximum(spread, np.finfo(float).tiny)
    t: NDArray[np.float64] = np.abs(means[:, first] - means[:, second]) / np.sqrt(spread)
    return t.max(axis=1)


def _group_sums(residuals: NDArray[np.float64], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sums [G, M] whose squares, added over groups, are each model's cluster variance."""
    groups = int(codes.max()) + 1
    return cluster_sums(residuals, codes).T * np.sqrt(groups / (groups - 1)) / residuals.shape[1]


def _rounding(values: NDArray[np.float64]) -> float:
    return ROUNDING * float(np.abs(values).max(initial=0))


def places(
    names: Sequence[str],
    values: NDArray[np.float64],
    content_groups: Groups,
    style_groups: Groups,
    level: float = LEVEL,
) -> dict[str, dict[str, Any]]:
    """Rank, rank interval and tied group of each model, as JSON values; as for `simultaneous`, higher is better.

    names: [M], the models of `values` [M, n]
    """
    comparison = simultaneous(values, content_groups, style_groups, level)
    means = values.mean(axis=1)
    group_of = {model: group for group, models in enumerate(tied_groups(means, comparison), 1) for model in models}
    intervals = rank_intervals(comparison)
    order = {int(model): rank for rank, model in enumerate(np.argsort(-means, kind="stable"), 1)}
    return {
        name: {"rank": order[i], "rank_interval": list(intervals[i]), "tied_group": group_of[i]}
        for i, name in enumerate(names)
    }


def rank_intervals(comparison: Comparison) -> list[tuple[int, int]]:
    """Best and worst rank of each model that the comparison leaves open, 1 the best."""
    better = comparison.better
    best = 1 + better.sum(axis=0)
    worst = len(better) - better.sum(axis=1)
    return [(int(low), int(high)) for low, high in zip(best, worst)]


def tied_groups(means: NDArray[np.float64], comparison: Comparison) -> list[list[int]]:
    """Models in groups: the best and all that are not distinguishable from it, then the same among the rest.

    means: [M], higher is better; returns positions, best first. The first group is the set "not distinguishable from
    the best". Two models of neighbouring groups may still be tied with each other: rank intervals say so.
    """
    left = [int(position) for position in np.argsort(-means, kind="stable")]
    groups = []
    while left:
        leader = left[0]
        groups.append([model for model in left if not comparison.better[leader, model]])
        left = [model for model in left if comparison.better[leader, model]]
    return groups
