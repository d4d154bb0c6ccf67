"""Confirming candidates: features of the embedded backbone, place by place, over the views whose hashes are near.

Only candidates are looked at. Features of 118,000 pictures would take a quarter of an hour and decide nothing where
hashes are far apart; candidates are a few hundred, and their two pictures are decoded once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylegauge.benchmark.leak_search import NEAR, Candidate, candidates
from stylegauge.datasets.fingerprints import Rows
from stylegauge.datasets.images import load_image
from stylegauge.datasets.loading import ordered_map
from stylegauge.datasets.perceptual import view_box

if TYPE_CHECKING:
    import torch

TAP, PLACES = "relu3_1", 8
_SMALL, _SIDE = 96, 64  # pixels a side: of what is kept of a picture, and of what the network is given
_AT_ONCE, _BATCH = 1024, 32


@dataclass(frozen=True)
class Checked:
    """A candidate with what was measured of its two pictures.

    similarity: cosine of their features, -1 to 1
    mean_difference, largest_difference: of the wholes at 32 x 32, in levels of 255; infinite where mirrored or cropped
    """

    candidate: Candidate
    similarity: float
    mean_difference: float
    largest_difference: float


@dataclass(frozen=True)
class _Small:
    pixels: NDArray[np.uint8]  # [_SMALL, _SMALL, 3], stretched
    width: int
    height: int


def check(
    blocks: Iterable[Rows], ours: Sequence[Path], theirs: Sequence[Path], *, workers: int | None = None
) -> Iterator[list[Checked]]:
    """The candidates of `near_hashes` with their measurements, in the order given, some at a time."""
    from stylegauge.metrics.backbones.load import load_backbone

    backbone = None
    for near in _regrouped(blocks):
        backbone = load_backbone("embedded") if backbone is None else backbone
        yield _check(backbone, candidates(near), ours, theirs, workers)


def _regrouped(blocks: Iterable[Rows]) -> Iterator[Rows]:
    """The rows of all blocks, so many at once that some 100 MB hold what is needed of their pictures."""
    rest = np.empty(0, NEAR)
    for block in blocks:
        rest = np.concatenate([rest, block])
        while len(rest) >= _AT_ONCE:
            yield rest[:_AT_ONCE]
            rest = rest[_AT_ONCE:]
    if len(rest):
        yield rest


def _check(
    backbone: torch.nn.Module,
    some: Sequence[Candidate],
    ours: Sequence[Path],
    theirs: Sequence[Path],
    workers: int | None,
) -> list[Checked]:
    pairs = [(ours[each.first], theirs[each.second]) for each in some]
    paths = list(dict.fromkeys(path for pair in pairs for path in pair))
    small = dict(zip(paths, ordered_map(_reduced, paths, workers=workers)))
    views = [
        seen
        for each, (first, second) in zip(some, pairs)
        for seen in (
            _seen(small[first], each.first_view, False),
            _seen(small[second], each.second_view, each.mirrored),
        )
    ]
    return [
        Checked(each, round(float(cosine), 4), *_differences(each, small[first], small[second]))
        for each, (first, second), cosine in zip(some, pairs, _cosines(backbone, views))
    ]


def _reduced(path: Path) -> _Small:
    pixels = load_image(path)
    height, width = pixels.shape[:2]
    small = Image.fromarray(pixels).resize((_SMALL, _SMALL), Image.Resampling.BILINEAR)
    return _Small(np.asarray(small), width, height)


def _seen(small: _Small, view: str, mirrored: bool) -> NDArray[np.uint8]:
    """A view at [_SIDE, _SIDE, 3]."""
    box = tuple(part * _SMALL for part in view_box(view, small.width, small.height))
    cut = Image.fromarray(small.pixels).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR, box=box)  # type: ignore[arg-type]
    pixels = np.asarray(cut)
    return np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels


def _cosines(backbone: torch.nn.Module, views: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """Of views 0 and 1, 2 and 3, ...: [len(views) / 2]."""
    import torch
    import torch.nn.functional as F

    parts = []
    with torch.inference_mode():
        for start in range(0, len(views), 2 * _BATCH):
            images = torch.from_numpy(np.stack(views[start : start + 2 * _BATCH])).permute(0, 3, 1, 2) / 255
            maps = backbone(images, (TAP,))[TAP]
            places = F.adaptive_avg_pool2d(maps, PLACES).flatten(1).double()
            parts.append(F.cosine_similarity(places[0::2], places[1::2]).numpy())
    return np.concatenate(parts)


def _differences(candidate: Candidate, first: _Small, second: _Small) -> tuple[float, float]:
    if candidate.mirrored or (candidate.first_view, candidate.second_view) != ("whole", "whole"):
        return float("inf"), float("inf")
    seen = (Image.fromarray(each.pixels).resize((32, 32), Image.Resampling.BILINEAR) for each in (first, second))
    ours, theirs = (np.asarray(each, dtype=np.float64) for each in seen)
    apart = np.abs(ours - theirs)
    return float(apart.mean()), float(apart.max())
