"""The judge: patch-wise heads on relations of frozen features, an ensemble of them in one module.

Three heads, `content` (is it this content?), `style` (is it this style?) and `artefact` (is it clean?), look at windows
of 32 px, at blocks of 2 x 2 windows and at the whole picture. A picture is as good as its worst head lets it be.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.metrics.quality.relations import INPUTS

HEADS = ("content", "style", "artefact")
WIDTH = 48
MEMBERS = 5
SLOPE = 0.3  # of `overall` in the mean of the heads
_LIMIT = 6.0  # deviations; what lies further out is looked at no more closely


class Layer(nn.Module):
    """One linear layer for each member: [E, ..., inputs] to [E, ..., outputs]."""

    def __init__(self, members: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(members, inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(members, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """x: [E, N, inputs] or [N, inputs], the same for every member."""
        return torch.baddbmm(self.bias, x.expand(len(self.weight), -1, -1), self.weight)


class Judge(nn.Module):
    """members: of the ensemble; each is initialised by a seed of its own (`initialise`) and sees draws of its own."""

    centre: Tensor
    spread: Tensor

    def __init__(self, members: int = MEMBERS, inputs: int = INPUTS, width: int = WIDTH) -> None:
        super().__init__()
        self.members = members
        self.register_buffer("centre", torch.zeros(inputs))
        self.register_buffer("spread", torch.ones(inputs))
        heads = len(HEADS)
        self.fine = nn.ModuleList([Layer(members, inputs, width), Layer(members, width, heads)])
        self.coarse = nn.ModuleList([Layer(members, inputs, width), Layer(members, width, heads)])
        self.whole = nn.ModuleList([Layer(members, 2 * inputs, width), Layer(members, width, heads)])

    def forward(self, relations: Tensor, rows: int = 0) -> tuple[Tensor, Tensor]:
        """Head scores [E, N, 3] and their map [E, N, W, 3], whose mean over windows they are.

        relations: [N, W, INPUTS]; rows: of the grid of windows, 0 for a square one
        """
        n, count, _ = relations.shape
        x = self._looked_at(relations)
        fine = self._through(self.fine, x.flatten(0, 1)).unflatten(1, (n, count))
        rows = rows or _rows(count)
        coarse = self._blocks(x, rows)
        back = F.interpolate(coarse, (rows, count // rows), mode="nearest").flatten(2).transpose(1, 2)
        places = fine + back.unflatten(0, (self.members, n)) + self._whole(x)[:, :, None]
        return places.mean(dim=2), places

    def hurried(self, relations: Tensor, windows: Tensor, dropout: float) -> Tensor:
        """Head scores [E, N, 3] as in training: some of the windows stand for all where single ones are looked at.

        windows: which; dropout: the share of what is between the layers that is left out
        """
        x = self._looked_at(relations)
        some = x[:, windows]
        fine = self._through(self.fine, some.flatten(0, 1), dropout).unflatten(1, some.shape[:2]).mean(dim=2)
        coarse = self._blocks(x, _rows(x.shape[1]), dropout).mean(dim=(2, 3)).unflatten(0, (self.members, -1))
        return fine + coarse + self._whole(x, dropout)

    def _looked_at(self, relations: Tensor) -> Tensor:
        return ((relations - self.centre) / self.spread).clamp(-_LIMIT, _LIMIT)

    def _blocks(self, x: Tensor, rows: int, dropout: float = 0.0) -> Tensor:
        """[E N, 3, R, C]: what is said of blocks of 2 x 2 windows."""
        n, count, inputs = x.shape
        blocks = x.reshape(n, rows, count // rows, inputs).permute(0, 3, 1, 2)
        small = F.avg_pool2d(blocks, 2, ceil_mode=True, count_include_pad=False)
        flat = small.permute(0, 2, 3, 1).flatten(0, 2)
        said = self._through(self.coarse, flat, dropout)
        return said.reshape(self.members * n, *small.shape[2:], -1).permute(0, 3, 1, 2)

    def _whole(self, x: Tensor, dropout: float = 0.0) -> Tensor:
        """[E, N, 3]: what is said of whole pictures, from means and deviations over windows."""
        return self._through(self.whole, torch.cat([x.mean(dim=1), x.std(dim=1, correction=0)], dim=1), dropout)

    def _through(self, layers: nn.ModuleList, x: Tensor, dropout: float = 0.0) -> Tensor:
        hidden = F.gelu(layers[0](x))
        out: Tensor = layers[1](F.dropout(hidden, dropout, training=dropout > 0))
        return out


def _rows(count: int) -> int:
    """Of a square grid of windows; ValueError where it cannot be one: the pictures of a split are square."""
    rows = round(count**0.5)
    if rows * rows != count:
        raise ValueError(f"{count} windows are no square; pictures are judged as a split holds them, square")
    return rows


def overall(heads: Tensor) -> Tensor:
    """[..., 3] head scores to [...]: a soft minimum, so that no head makes up for another, and a share of their mean,
    so that none is ever without effect: what is in the wrong style is worse still for being blurred."""
    return SLOPE * heads.mean(dim=-1) - torch.logsumexp(-heads, dim=-1)


@torch.inference_mode(False)
@torch.enable_grad()
def pull(heads: Tensor) -> Tensor:
    """[..., 3]: how much `overall` of head scores [..., 3] moves with each of them, its gradient; also in inference."""
    free = heads.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(overall(free).sum(), free)
    return gradient


@torch.no_grad()
def initialise(judge: Judge, seed: int) -> None:
    """Every member's first weights from a seed of its own: seed, seed + 1, ..."""
    for member in range(judge.members):
        generator = torch.Generator().manual_seed(seed + member)
        for name, parameter in judge.named_parameters():
            if name.endswith("weight"):
                scale = (2.0 if name.split(".")[1] == "0" else 0.5) / parameter.shape[1]
                parameter[member] = torch.randn(parameter.shape[1:], generator=generator) * scale**0.5
