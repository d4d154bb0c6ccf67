"""The VGG-16 of DISTS (Ding et al. 2020): torchvision's, with every max-pool replaced by L2 pooling."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.backbones.state import fill
from stylegauge.metrics.modern.prepare import IMAGENET, normalise, shorter_side
from stylegauge.metrics.modern.read import State, read_tensors
from stylegauge.metrics.weights.files import Located

WIDTHS = {"input": 3, "relu1_2": 64, "relu2_2": 128, "relu3_3": 256, "relu4_3": 512, "relu5_3": 512}
CONVOLUTIONS = {"relu1_2": 2, "relu2_2": 2, "relu3_3": 3, "relu4_3": 3, "relu5_3": 3}
_SHORTER = 256


class _Weights(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.empty(1, channels, 1, 1))
        self.beta = nn.Parameter(torch.empty(1, channels, 1, 1))


class DistsBackbone(Backbone):
    """The image itself and five layers, with a weight for each channel's structure and texture.

    The authors resize images whose shorter side exceeds 256 to that, by Pillow's bilinear filter; smaller ones stay.
    """

    preprocessing = "dists-1"
    taps = tuple(WIDTHS)

    def __init__(self, sha256: str, verified: bool) -> None:
        super().__init__("vgg-l2", sha256, verified)
        widths = zip(CONVOLUTIONS, pairwise(WIDTHS.values()))
        with torch.device("meta"):  # filled from files
            self.stages = nn.ModuleDict({tap: _stage(*each, CONVOLUTIONS[tap]) for tap, each in widths})
            self.weights = _Weights(sum(WIDTHS.values()))

    @property
    def channel_weights(self) -> dict[str, tuple[Tensor, Tensor]]:
        """tap -> alpha [C] and beta [C], all together of sum 1."""
        total = self.weights.alpha.sum() + self.weights.beta.sum()
        split = [(each / total).flatten().split(list(WIDTHS.values())) for each in self.weights.parameters()]
        return {tap: (alpha, beta) for tap, alpha, beta in zip(self.taps, *split)}

    def prepare(self, images: Tensor) -> Tensor:
        """Images in [0, 1], shorter side at most 256; normalised by `maps`, since the image itself is compared too."""
        return shorter_side(images, _SHORTER, "bilinear") if min(images.shape[-2:]) > _SHORTER else images

    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """tap, [N, C, H', W'], sides halved and rounded up by each pooling."""
        wanted = set(taps)
        if "input" in wanted:
            wanted.remove("input")
            yield "input", prepared
        x = normalise(prepared, IMAGENET)
        for stage, (tap, layers) in enumerate(self.stages.items()):
            if not wanted:
                return
            x = layers(_l2_pool(x) if stage else x)
            if tap in wanted:
                wanted.remove(tap)
                yield tap, x


def read_dists(vgg: Located, weights: Located) -> DistsBackbone:
    """The network with torchvision's VGG-16 and the authors' channel weights; UsageError for any other files."""
    both = sha256(f"{vgg.sha256}{weights.sha256}".encode()).hexdigest()
    backbone = DistsBackbone(both, vgg.verified and weights.verified)
    fill(backbone.stages, _of_stages(read_tensors(vgg.path)), vgg.path)
    fill(backbone.weights, read_tensors(weights.path), weights.path)
    return backbone


def _stage(before: int, after: int, count: int) -> nn.Sequential:
    """As in torchvision, without the pooling: a convolution and its ReLU, `count` times."""
    layers: list[nn.Module] = []
    for _ in range(count):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
        before = after
    return nn.Sequential(*layers)


def _of_stages(state: State) -> State:
    """torchvision's `features.<index>` by stage and layer; the classifier, which no tap reaches, is left out."""
    first = 0
    stage_of: dict[str, str] = {}
    for tap, count in CONVOLUTIONS.items():
        stage_of |= {f"features.{first + layer}": f"{tap}.{layer}" for layer in range(2 * count)}
        first += 2 * count + 1  # the pooling between
    kept = {}
    for name, value in state.items():
        layer, _, kind = name.rpartition(".")
        if not layer.startswith("classifier."):
            kept[f"{stage_of.get(layer, layer)}.{kind}"] = value
    return kept


def _l2_pool(x: Tensor) -> Tensor:
    """Root of the mean square under a 3 x 3 Hann window (1, 2, 1 each way), in every second position."""
    window = x.new_tensor([0.25, 0.5, 0.25])
    kernel = (window[:, None] * window).expand(x.shape[1], 1, 3, 3)
    return (F.conv2d(x.square(), kernel, stride=2, padding=1, groups=x.shape[1]) + 1e-12).sqrt()
