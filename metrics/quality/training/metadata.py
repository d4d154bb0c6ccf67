"""What file and pair tell of an example without its picture, and a probe that sees nothing else: it must be at chance.

All examples of a training go through one path: decoded, made, rounded to 8 bits. Where those of one kind did not, were
of another size, or always came first among their pair's, this probe would tell good from bad, and so might a judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylegauge.metrics.quality.training.examples_of import Pair
from stylegauge.metrics.quality.training.probes import asked_auroc, columns, label_of, logistic

if TYPE_CHECKING:
    from stylegauge.metrics.quality.training.validation import Asked

NUMBERS = ("height", "width", "channels", "bytes", "off_grid", "beyond")
NAMES = ("domain", "group", "content_kind")  # of the style; of the content
# AUROC ranks by the slightest difference. So columns in which good and bad differ by fewer standard errors are not
# looked at, and a probability that moves by less than half a step is none that the probe knows.
SURE, STEP = 4.0, 0.05
_FAR = 5.0  # deviations; what lies further out is no stronger a sign


def facts(image: Tensor) -> dict[str, float]:
    """What a decoded picture's form tells.

    image: [C, H, W]
    returns: "height", "width", "channels"; "bytes" of a value; "off_grid", how far values are from 8 bits rounded, in
        levels; "beyond", how far they are out of [0, 1]
    """
    channels, height, width = image.shape
    levels = image.double() * 255
    # Three digits: what float32 leaves of a level depends on which levels there are, and that is the picture's.
    off_grid = round(float((levels - levels.round()).abs().max()), 3)
    beyond = round(max(0.0, -float(image.min()), float(image.max()) - 1), 3)
    sizes = {"height": height, "width": width, "channels": channels, "bytes": image.element_size()}
    return {**sizes, "off_grid": off_grid, "beyond": beyond}


def metadata_probe(
    asked: Asked, valid: Sequence[str], learnt: Sequence[Pair], everywhere: Sequence[Pair]
) -> dict[str, float]:
    """Negative -> AUROC of a logistic regression on what is no picture, trained and asked as `spectrum_probe` is.

    Besides `facts` it sees how many pictures the pair has, which of them this one is, what kind of content it shows, of
    which group, and the domain of the style. In training each pair's good and bad examples weigh alike: that one pair
    has more good outputs than another is no leak.
    """
    known = {name: sorted({row[name] for pair in learnt for row in pair.rows}) for name in NAMES}
    rows, labels, weights = [], [], []
    for pair in learnt:
        label = torch.tensor([label_of(row, valid) for row in pair.rows], dtype=torch.float64)
        kept = ~label.isnan() & torch.tensor([asked.fold.trains_on(row) for row in pair.rows])
        rows.append(_table(pair, known)[kept])
        labels.append(label[kept])
        weights.append(_balanced(label[kept]))
    table, label = torch.cat(rows), torch.cat(labels)
    centre, spread = table.mean(dim=0), table.std(dim=0) + 1e-6

    def seen(one: Tensor) -> Tensor:
        return columns(((one - centre) / spread).clamp(-_FAR, _FAR))

    telling = _telling(seen(table), label, torch.cat(weights))
    weight = logistic(seen(table)[:, telling], label, torch.cat(weights))

    def said(pair: Pair) -> list[float]:
        chances = torch.sigmoid(seen(_table(pair, known))[:, telling] @ weight)
        return [round(chance / STEP) * STEP for chance in chances.tolist()]

    return asked_auroc(asked, everywhere, valid, said)


def _table(pair: Pair, known: dict[str, list[str]]) -> Tensor:
    """[N, columns] of all examples of a pair; known: name -> its values, a column each."""
    count = len(pair.rows)
    numbers = [[float(row[name]) for name in NUMBERS] for row in pair.rows]
    places = [[float(count), place / count] for place in range(count)]
    names = [[float(row[name] == value) for name in NAMES for value in known[name]] for row in pair.rows]
    return torch.tensor([[*a, *b, *c] for a, b, c in zip(numbers, places, names)], dtype=torch.float64)


def _balanced(label: Tensor) -> Tensor:
    """[N] weights, by which good and bad examples of a pair count one each in all."""
    good, bad = label.sum().clamp_min(1), (1 - label).sum().clamp_min(1)
    return torch.where(label == 1, 1 / good, 1 / bad)


def _telling(x: Tensor, label: Tensor, weights: Tensor) -> Tensor:
    """[D] whether good and bad differ in a column beyond chance; the last, the constant, always stays. x: [N, D]."""
    means, errors = [], []
    for which in (0, 1):
        part, share = x[label == which], weights[label == which, None] / weights[label == which].sum()
        mean = (part * share).sum(dim=0)
        means.append(mean)
        errors.append(((part - mean).square() * share).sum(dim=0) * share.square().sum())
    apart = (means[1] - means[0]).abs()
    found = (apart > SURE * (errors[0] + errors[1]).sqrt()) & (apart > 1e-6)  # rounding is no difference
    found[-1] = True
    return found
