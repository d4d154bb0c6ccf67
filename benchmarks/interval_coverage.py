"""How often the intervals of `stylegauge.benchmark.statistics` cover, by simulation.

    python benchmarks/interval_coverage.py [--trials 5000]

Differences of two models are drawn as content effect (sd 0.3) + style effect (sd 0.5) + residual (sd 1.0), true mean 0,
so that "does not cover" and "rejects a true null" are the same event. In the grouped design each effect is half the
group's and half the item's own variance. The other columns show what simpler methods would do on the same draws.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stylegauge.benchmark.ranking import critical_value
from stylegauge.benchmark.statistics import Design, crossed_errors, make_design, t_quantile
from stylegauge.datasets.splits import load_split

CONTENT_SD, STYLE_SD, RESIDUAL_SD = 0.3, 0.5, 1.0
LEVEL = 0.95
CHUNK = 500  # trials at a time: 500 x 2000 pairs in float64 are 8 MB


@dataclass(frozen=True)
class Layout:
    """Items of each pair and groups of each item, by number."""

    name: str
    contents: NDArray[np.intp]  # [n]
    styles: NDArray[np.intp]  # [n]
    content_groups: NDArray[np.intp]  # [contents]
    style_groups: NDArray[np.intp]  # [styles]

    def design(self, grouped: bool = True) -> Design:
        """Clusters of the pairs: the groups, or every item its own."""
        if not grouped:
            return make_design(self.contents, self.styles)
        return make_design(self.content_groups[self.contents], self.style_groups[self.styles])


def full(contents: int, styles: int) -> Layout:
    """Every content with every style, each its own group."""
    first, second = np.divmod(np.arange(contents * styles), styles)
    return Layout(f"{contents}x{styles}", first, second, np.arange(contents), np.arange(styles))


def quick() -> Layout:
    """The shipped quick split: its pairs and its groups."""
    split = load_split("quick")
    content_codes = {item.id: code for code, item in enumerate(split.contents)}
    style_codes = {item.id: code for code, item in enumerate(split.styles)}
    contents = np.array([content_codes[content] for content, _ in split.pairs])
    styles = np.array([style_codes[style] for _, style in split.pairs])
    content_groups = np.unique([item.group for item in split.contents], return_inverse=True)[1]
    style_groups = np.unique([item.group for item in split.styles], return_inverse=True)[1]
    return Layout("quick", contents, styles, content_groups, style_groups)


def _effects(generator: np.random.Generator, trials: int, sd: float, groups: NDArray[np.intp]) -> NDArray[np.float64]:
    """Effects of items [trials, items]: half of the variance from the group wherever a group has several items."""
    items = generator.normal(0, sd, (trials, len(groups)))
    if len(np.unique(groups)) == len(groups):
        return items
    shared = generator.normal(0, sd, (trials, int(groups.max()) + 1))
    return np.sqrt(0.5) * (items + shared[:, groups])


def draw(generator: np.random.Generator, trials: int, layout: Layout) -> NDArray[np.float64]:
    """Differences [trials, n] with a true mean of 0."""
    content = _effects(generator, trials, CONTENT_SD, layout.content_groups)[:, layout.contents]
    style = _effects(generator, trials, STYLE_SD, layout.style_groups)[:, layout.styles]
    return content + style + generator.normal(0, RESIDUAL_SD, content.shape)


def misses(values: NDArray[np.float64], layout: Layout) -> dict[str, int]:
    """How many of the trials [trials, n] have an interval that leaves out the true mean, by method."""
    n = values.shape[1]
    mean, grouped = crossed_errors(values, layout.design())
    _, by_item = crossed_errors(values, layout.design(grouped=False))
    independent = values.std(axis=1, ddof=1) / np.sqrt(n)
    sds = {
        "crossed": t_quantile(layout.design().df, LEVEL) * grouped,
        "items only": t_quantile(layout.design(grouped=False).df, LEVEL) * by_item,
        "i.i.d.": t_quantile(n - 1, LEVEL) * independent,
    }
    return {method: int((np.abs(mean) > half).sum()) for method, half in sds.items()}


def coverage(layout: Layout, trials: int, seed: int) -> dict[str, float]:
    """Share of intervals that cover, by method."""
    generator = np.random.default_rng(seed)
    total: dict[str, int] = {}
    for start in range(0, trials, CHUNK):
        for method, count in misses(draw(generator, min(CHUNK, trials - start), layout), layout).items():
            total[method] = total.get(method, 0) + count
    return {method: 1 - count / trials for method, count in total.items()}


def familywise_error(layout: Layout, models: int, trials: int, seed: int, draws: int = 2_000) -> tuple[float, float]:
    """Of equally good models: share of trials in which any two are told apart, and the mean critical t."""
    generator = np.random.default_rng(seed)
    design = layout.design()
    first, second = np.triu_indices(models, k=1)
    wrong, criticals = 0, []
    for trial in range(trials):
        values = draw(generator, models, layout)
        mean, se = crossed_errors(values[first] - values[second], design)
        criticals.append(critical_value(values, design, LEVEL, draws=draws, seed=trial))
        wrong += bool((np.abs(mean) > criticals[-1] * se).any())
    return wrong / trials, float(np.mean(criticals))


def main() -> None:
    """Print one row a design."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=5_000)
    parser.add_argument("--family-trials", type=int, default=500)
    arguments = parser.parse_args()
    print("| design | crossed, grouped | crossed by item | i.i.d. over pairs | seconds |\n|---|---|---|---|---|")
    for layout in (full(50, 20), full(40, 40), full(100, 10), full(12, 12), quick()):
        start = time.perf_counter()
        covered = " | ".join(f"{100 * share:.1f} %" for share in coverage(layout, arguments.trials, seed=1).values())
        print(f"| {layout.name} | {covered} | {time.perf_counter() - start:.1f} |", flush=True)
    print("\n| design, equally good models | any two told apart | mean critical t | seconds |\n|---|---|---|---|")
    for layout, models in ((full(12, 12), 20), (quick(), 8), (full(20, 40), 10)):
        start = time.perf_counter()
        error, critical = familywise_error(layout, models, arguments.family_trials, seed=2)
        seconds = time.perf_counter() - start
        print(f"| {layout.name}, {models} models | {100 * error:.1f} % | {critical:.2f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
