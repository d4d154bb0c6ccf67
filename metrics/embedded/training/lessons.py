"""What the teachers say about the training crops, computed once: evaluating them costs more than training on it.

A tap's target is the teacher's map in the orthonormal basis of its leading directions (of the uncentred second moment),
divided by the map's root mean square. Such a basis loses the least energy for its width, and what it keeps, it keeps to
scale: Gram matrices and squared distances are those of the teacher but for the energy lost.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stylegauge.metrics.content import content as content_distance
from stylegauge.metrics.embedded.network import CHANNELS, TAPS
from stylegauge.metrics.embedded.training.groups import CANDIDATES, draw_group
from stylegauge.metrics.embedded.training.pool import Pool
from stylegauge.metrics.embedded.training.teachers import taught_by
from stylegauge.metrics.gram import gram_matrix, gram_rel_per_layer

STYLE_TAPS = ("relu1_1", "relu2_1", "relu3_1")
CONTENT_TAP = "relu3_1"


@dataclass(frozen=True)
class Basis:
    """directions [C, K], orthonormal, already divided by the map's root mean square; kept: share of energy in them."""

    directions: Tensor
    kept: float

    def project(self, maps: Tensor) -> Tensor:
        """[N, C, H, W] to [N, K, H, W]."""
        return torch.einsum("ck,nchw->nkhw", self.directions, maps)


@dataclass(frozen=True)
class Lessons:
    """G groups: images uint8 [G, 8, 3, S, S]; targets tap -> float16 [G, 8, K, h, w]; the teachers' distances.

    style: [G, 6, 3] gram_rel of each candidate to the group's style at STYLE_TAPS
    content: [G, 6] mean squared difference of each candidate from the group's content at CONTENT_TAP
    """

    images: Tensor
    targets: dict[str, Tensor]
    style: Tensor
    content: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def sha256(self) -> str:
        """Of the images' bytes."""
        return hashlib.sha256(self.images.numpy().tobytes()).hexdigest()


def draw_images(pool: Pool, n: int, seed: int) -> Tensor:
    """n groups, each from its own seed: uint8 [n, 8, 3, S, S]."""
    groups = [draw_group(random.Random(f"{seed}/{index}"), pool) for index in range(n)]  # noqa: S311
    return (torch.stack(groups) * 255).round().to(torch.uint8)


def find_bases(teachers: Sequence[nn.Module], images: Tensor) -> dict[str, Basis]:
    """tap -> its leading directions over these groups (uint8 [G, 8, 3, S, S])."""
    moments: dict[str, Tensor] = {}
    for group in images:
        for tap, maps in taught_by(teachers, group.float() / 255).items():
            moments[tap] = moments.get(tap, 0) + gram_matrix(maps).double().mean(dim=0) / len(images)
    return {tap: _basis(moments[tap], CHANNELS[tap]) for tap in TAPS}


def _basis(moment: Tensor, width: int) -> Basis:
    energies, vectors = torch.linalg.eigh(moment)
    leading = vectors[:, -width:].flip(1)
    leading = leading * torch.where(leading.sum(dim=0) < 0, -1.0, 1.0)  # eigenvectors come with either sign
    kept = float(energies[-width:].sum() / energies.sum())
    return Basis((leading / energies.mean().sqrt()).float(), kept)


def learn_from(teachers: Sequence[nn.Module], bases: dict[str, Basis], images: Tensor) -> Lessons:
    """Evaluate the teachers on all groups."""
    targets: dict[str, list[Tensor]] = {tap: [] for tap in TAPS}
    style, content = [], []
    for group in images:
        maps = taught_by(teachers, group.float() / 255)
        for tap in TAPS:
            targets[tap].append(bases[tap].project(maps[tap]).half().contiguous())
        style.append(style_distances(maps))
        content.append(content_distances(maps))
    stacked = {tap: torch.stack(values) for tap, values in targets.items()}
    return Lessons(images, stacked, torch.stack(style), torch.stack(content))


def style_distances(maps: dict[str, Tensor]) -> Tensor:
    """[6, 3] float64: gram_rel between each candidate of one group and its style, by tap."""
    grams = {tap: gram_matrix(maps[tap]) for tap in STYLE_TAPS}
    candidates = {tap: gram[2:] for tap, gram in grams.items()}
    style = {tap: gram[1:2].expand(CANDIDATES, -1, -1) for tap, gram in grams.items()}
    return torch.stack([*gram_rel_per_layer(candidates, style).values()], dim=1)


def content_distances(maps: dict[str, Tensor]) -> Tensor:
    """[6] float64: between each candidate of one group and its content."""
    here = maps[CONTENT_TAP]
    return content_distance(here[2:], here[:1].expand_as(here[2:]))
