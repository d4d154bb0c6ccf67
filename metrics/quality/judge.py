"""A trained judge: how it looks, what its ensemble says, what that is worth, and where it does not know.

One safetensors file holds all of it. The score of an output for a pair is

    Q = 100 x P(preferred to a random valid output for the same pair)

from the mean of the ensemble's scores through a calibration that was fitted on generators, contents and renderers that
the judges it was fitted with had not seen. Its spread is the deviation of Q over the members. Where an output with its
pair is stranger than what was trained on, the judge abstains.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.files import write_atomic
from stylegauge.metrics.quality.network import HEADS, Judge, overall, pull
from stylegauge.metrics.quality.relations import TAPS, Eye, Seen, relations

FORMAT = "stylegauge-quality-1"
SHIPPED = Path(__file__).parent / "quality-embedded.safetensors"


@dataclass(frozen=True)
class Calibration:
    """A rising curve from the ensemble's mean score to P, straight between its knots and flat beyond none of them.

    at: [K] scores, rising; value: [K] P at each, rising
    """

    at: Tensor
    value: Tensor

    def __call__(self, score: Tensor) -> Tensor:
        """P in (0, 1). A small share of a logistic curve keeps it rising where the knots say the same."""
        place = torch.searchsorted(self.at, score.contiguous()).clamp(1, len(self.at) - 1)
        low, high = self.at[place - 1], self.at[place]
        share = ((score - low) / (high - low)).clamp(0, 1)
        straight = self.value[place - 1] + share * (self.value[place] - self.value[place - 1])
        return 0.98 * straight + 0.02 * torch.sigmoid(score / 2)


@dataclass(frozen=True)
class Familiar:
    """The density of what was trained on: a Gaussian along the leading directions, and what is left beside them.

    mean: [D]; basis: [K, D] orthonormal; deviation: [K + 1], the last of what is left; limit: of the distance
    """

    mean: Tensor
    basis: Tensor
    deviation: Tensor
    limit: Tensor

    def strangeness(self, summary: Tensor) -> Tensor:
        """[N] distance from what was trained on over the limit: above 1 the judge abstains. summary: [N, D]."""
        centred = summary - self.mean
        along = centred @ self.basis.T
        rest = (centred - along @ self.basis).square().sum(dim=1).sqrt()
        parts = torch.cat([along, rest[:, None]], dim=1) / self.deviation
        return parts.square().mean(dim=1).sqrt() / self.limit


@dataclass(frozen=True)
class Judgement:
    """What is said of N outputs.

    score: [N] in [0, 100]; spread: [N] its deviation over the ensemble; raw: [N] before calibration
    heads: [N, 3] content, style, artefact in [0, 100], not calibrated
    strangeness: [N], above 1 where the judge abstains
    places: [N, W, 3] the heads' scores in each window, before they are averaged
    pull: [N, 3] how much `raw` moves when a head moves in every window and member; no gradient passes through it
    """

    score: Tensor
    spread: Tensor
    raw: Tensor
    heads: Tensor
    strangeness: Tensor
    places: Tensor
    pull: Tensor


@dataclass(frozen=True)
class Trained:
    """All of a file.

    about: its header: backbone and its sha256, seeds, what it was trained on
    """

    eye: Eye
    judge: Judge
    calibration: Calibration
    familiar: Familiar
    about: Mapping[str, Any]
    sha256: str = ""

    def __call__(self, output: Seen, content: Seen, style: Seen) -> Judgement:
        """Judge outputs for their pairs; differentiable. See `relations` for shapes."""
        seen = relations(output, content, style, self.eye)
        return self.of_relations(seen)

    def of_relations(self, seen: Tensor) -> Judgement:
        """The same from relations [N, W, INPUTS]."""
        heads, places = self.judge(seen)
        scores = overall(heads)
        members = 100 * self.calibration(scores)
        raw = scores.mean(dim=0)
        return Judgement(
            100 * self.calibration(raw), members.std(dim=0), raw, 100 * torch.sigmoid(heads.mean(dim=0)),
            self.familiar.strangeness(summary(seen, self.judge)), places.mean(dim=0), pull(heads).mean(dim=0),
        )  # fmt: skip

    def to(self, device: torch.device) -> Trained:
        """The same on a device."""
        move = lambda group: {name: each.to(device) for name, each in group.items()}  # noqa: E731
        return Trained(
            Eye(move(self.eye.weights), move(self.eye.projections)), self.judge.to(device),
            Calibration(self.calibration.at.to(device), self.calibration.value.to(device)),
            Familiar(**{name: each.to(device) for name, each in vars(self.familiar).items()}), self.about, self.sha256,
        )  # fmt: skip


def summary(seen: Tensor, judge: Judge) -> Tensor:
    """[N, 2 INPUTS]: mean and deviation over windows of relations, in the judge's own units, not too far out."""
    x = ((seen - judge.centre) / judge.spread).clamp(-20, 20)
    return torch.cat([x.mean(dim=1), x.std(dim=1, correction=0)], dim=1)


def write_judge(path: Path, trained: Trained) -> str:
    """Write a file; the same judge gives the same bytes. Returns its sha256."""
    from safetensors.torch import save

    tensors = {f"eye.weights.{tap}": each for tap, each in trained.eye.weights.items()}
    tensors |= {f"eye.projections.{tap}": each for tap, each in trained.eye.projections.items()}
    tensors |= {f"judge.{name}": each for name, each in trained.judge.state_dict().items()}
    tensors |= {f"calibration.{name}": each for name, each in vars(trained.calibration).items()}
    tensors |= {f"familiar.{name}": each for name, each in vars(trained.familiar).items()}
    ready = {name: each.detach().cpu().float().contiguous() for name, each in sorted(tensors.items())}
    data = save(ready, {FORMAT: json.dumps(dict(trained.about), sort_keys=True)})
    write_atomic(path, data)
    return hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=4)
@torch.inference_mode(False)  # it is kept: tensors of inference mode would serve no later gradient
def read_judge(path: Path, backbone: str) -> Trained:
    """Read a file, every tensor of it and none besides.

    backbone: the sha256 of the features it will be given
    raises: UsageError for a file that is missing, damaged, no judge, or one of other features
    """
    about = read_header(path)
    if about["backbone_sha256"] != backbone:
        raise UsageError(
            f"the judge '{path}' was trained on features of {about['backbone']} ({about['backbone_sha256'][:12]}), "
            f"found {backbone[:12]}; `train quality` makes one for these"
        )
    data = path.read_bytes()
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no dict
    parts: dict[str, dict[str, Tensor]] = {"eye": {}, "judge": {}, "calibration": {}, "familiar": {}}
    try:
        for name, each in tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = each
        eye = Eye(*({tap: parts["eye"].pop(f"{what}.{tap}") for tap in TAPS} for what in ("weights", "projections")))
        judge = Judge(about["members"], about["inputs"], about["width"])
        judge.load_state_dict(parts["judge"])
        if parts["eye"]:
            raise KeyError(min(parts["eye"]))
        trained = Trained(
            eye, judge.eval().requires_grad_(False), Calibration(**parts["calibration"]),
            Familiar(**parts["familiar"]), about, hashlib.sha256(data).hexdigest(),
        )  # fmt: skip
    except (KeyError, TypeError, RuntimeError) as error:
        raise UsageError(f"the judge '{path}' is of another architecture: {' '.join(str(error).split())}") from None
    return trained


def read_header(path: Path) -> dict[str, Any]:
    """What a judge's file says of itself; raises UsageError for one that is missing, damaged or no judge."""
    try:
        with safe_open(path, "pt") as file:
            text = (file.metadata() or {}).get(FORMAT, "")
    except OSError as error:
        raise UsageError(f"cannot read the judge '{path}': {error.strerror or error}") from None
    except SafetensorError as error:
        raise UsageError(f"the judge '{path}' is damaged: {error}") from None
    try:
        about = json.loads(text)
        missing = {"backbone", "backbone_sha256", "members", "inputs", "width", "name"} - about.keys()
    except (ValueError, AttributeError):
        missing = {FORMAT}
    if missing:
        raise UsageError(f"'{path}' is no judge of quality: its header lacks {min(missing)}")
    return dict(about)


def names() -> tuple[str, ...]:
    """What a judgement says besides its score, as it is kept beside it."""
    return (*HEADS, "spread", "strangeness")
