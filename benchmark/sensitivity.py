"""The sensitivity map: how much each metric moves when one factor of style or content is changed by a known amount.

Only rendered styles allow it. The output is the true rendering of a content in the style image's own recipe; then one
factor of the recipe, or of the scene, is moved in the output's rendering alone, and all else stays.

**The unit.** Metrics have none in common, so a change is divided by the metric's own distance between the true
rendering and a control that lacks what the metric looks for: identity (no style) for metrics that compare with the
style image, the style copy (no content) for all others. Both are means over the cases of a row: single cases have
distances near 0. 0 is the true rendering's score, 1 the control's; below 0 the metric finds the changed output better
than the true one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.networks import needed
from stylegauge.benchmark.pair_values import clip
from stylegauge.benchmark.sensitivity_cases import Case, Design, Move, cases
from stylegauge.benchmark.statistics import crossed_interval
from stylegauge.datasets.painterly import DOMAINS
from stylegauge.metrics.info import OF_A_PAIR, MetricInfo
from stylegauge.metrics.registry import resolve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylegauge.metrics.scorer import Scorer

SIDES = ("style", "content")
EVERY_DOMAIN = "all"
CONTROLS = ("identity", "style-copy")
DEFAULT = Design()


def sensitivity(
    metrics: Sequence[str] | None = None,
    backbone: str = "embedded",
    seed: int = 0,
    say: Callable[[str], None] = lambda text: None,
) -> list[dict[str, Any]]:
    """The map of metrics by name, on the networks that names mean with this backbone; see `sensitivity_map`.

    metrics: as `registry.resolve` takes them, None for the usual ones; those that do not score a pair are left out
    """
    from stylegauge.metrics.backbones.load import load_backbone
    from stylegauge.metrics.scorer import Scorer

    infos = resolve(metrics, backbone)
    return sensitivity_map(infos, Scorer(infos, {name: load_backbone(name) for name in needed(infos)}), seed, say)


def sensitivity_map(
    infos: Iterable[MetricInfo],
    scorer: Scorer,
    seed: int = 0,
    say: Callable[[str], None] = lambda text: None,
    design: Design = DEFAULT,
    device: str = "cpu",
) -> list[dict[str, Any]]:
    """How much each metric that scores a pair moves with each factor; the same rows for the same arguments.

    scorer: of these metrics at least, its networks on `device`; say: told how far it is
    returns: rows {"metric", "side", "domain", "factor", "change", "moved", "low", "high", "n", "monotone"}, ready for
        JSON. side: "style" or "content", whose factor it is; domain: one of the rendered domains, or "all" of those
        that have the factor; change: share of a parameter's range, or what `datasets.scene_variants` says of contents
        moved: mean over n cases, in the unit above, with its 95 % interval; None where the metric has no value, or no
        unit, since it does not find the control worse than the true rendering
        monotone: share of cases in which every larger change is scored as worse, None for a single change
    """
    kept = [info for info in infos if info.compares in OF_A_PAIR]
    measured, total = [], len(DOMAINS) * (design.cases + design.scenes)
    for number, case in enumerate(cases(design, seed)):
        say(f"sensitivity: {number}/{total} cases")
        measured.append(_scored(case, kept, scorer, device))
    return [row for info in kept for side in SIDES for row in _rows(info, side, measured)]


@dataclass(frozen=True)
class Measured:
    """What the metrics say of a case, without its pictures.

    unit: metric -> how much worse its control is than the true rendering; worse: metric -> [moves], the same of each
    """

    side: str
    name: str
    group: str
    domain: str
    moves: tuple[Move, ...]
    unit: dict[str, float]
    worse: dict[str, NDArray[np.float64]]


def _scored(case: Case, infos: Sequence[MetricInfo], scorer: Scorer, device: str) -> Measured:
    import torch

    from stylegauge.datasets.images import pixels_sha256, to_tensor

    content, style, output = (to_tensor(image).to(device) for image in (case.content, case.style, case.output))
    outputs = torch.stack([content, style, output, *(to_tensor(image).to(device) for image in case.moved)])
    # By what they show: the scorer may know other pictures by a case's name.
    contents, styles = ([pixels_sha256(image)] * len(outputs) for image in (case.content, case.style))
    shape = outputs.shape
    values = scorer.score(outputs, contents, content.expand(shape), styles, style.expand(shape)).values
    unit, worse = {}, {}
    for info in infos:
        # Which way is better is told by the row alone; a size without a better way counts upwards.
        badness = clip(values[info.id].numpy(), info.id) * (-1 if info.higher_is_better else 1)
        controls, true = dict(zip(CONTROLS, badness)), badness[len(CONTROLS)]
        unit[info.id] = float(controls[control_of(info)] - true)
        worse[info.id] = badness[len(CONTROLS) + 1 :] - true
    return Measured(case.side, case.name, case.group, case.domain, case.moves, unit, worse)


def control_of(info: MetricInfo) -> str:
    """The control that lacks what a metric looks for, whose distance is the metric's unit."""
    return "identity" if info.compares == "o,s" or info.family == "style" else "style-copy"


def _rows(info: MetricInfo, side: str, measured: Sequence[Measured]) -> Iterator[dict[str, Any]]:
    of_side = [case for case in measured if case.side == side]
    moves = dict.fromkeys(move for case in of_side for move in case.moves)
    for domain in (EVERY_DOMAIN, *DOMAINS):
        found = [case for case in of_side if domain in (EVERY_DOMAIN, case.domain)]
        for move in moves:
            having = [case for case in found if move in case.moves]
            if having:
                start = {"metric": info.id, "side": side, "domain": domain, "factor": move[0], "change": move[1]}
                yield {**start, **_mean(info.id, having, move), "monotone": _monotone(info.id, having, move[0])}


def _mean(metric: str, having: Sequence[Measured], move: Move) -> dict[str, Any]:
    """Mean change in units, with its interval: {"moved", "low", "high", "n"}."""
    n = len(having)
    worse = np.array([case.worse[metric][case.moves.index(move)] for case in having])
    own = np.array([case.unit[metric] for case in having])
    if not worse.any():
        return {"moved": 0.0, "low": 0.0, "high": 0.0, "n": n}
    if not np.isfinite([worse, own]).all() or own.mean() <= 0:
        return {"moved": None, "low": None, "high": None, "n": n}
    # TRICKY: the unit is a mean over the cases, so it varies with them: these are the values of a ratio of means,
    # linearised, whose mean is that ratio and whose spread is that of both of its parts.
    ratio = worse.mean() / own.mean()
    values = ratio + (worse - ratio * own) / own.mean()
    domains = [case.domain for case in having]
    styles = domains if len(set(domains)) > 1 else [case.name for case in having]
    interval = crossed_interval(values, [case.group for case in having], styles)
    low, high = (interval.low, interval.high) if interval.defined else (None, None)
    return {"moved": interval.mean, "low": low, "high": high, "n": n}


def _monotone(metric: str, having: Sequence[Measured], factor: str) -> float | None:
    """Share of cases in which the metric finds every larger change worse, beginning with none."""
    climbs = []
    for case in having:
        steps = [case.worse[metric][place] for place, move in enumerate(case.moves) if move[0] == factor]
        if len(steps) < 2:
            return None
        climbs.append(bool((np.diff([0.0, *steps]) > 0).all()))
    return float(np.mean(climbs))
