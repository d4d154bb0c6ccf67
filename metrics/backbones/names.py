"""What is known about every backbone without its weights. Imports no torch, so that `list` and the registry read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BackboneInfo:
    """One backbone.

    weights: the name of its file in metrics.weights.catalogue; None where it comes with the package
    taps: from shallow to deep; head_taps: those that LPIPS weighs, empty where it has no heads for this network
    embedding_taps: those that set metrics read, empty where there is no embedding
    minimum_side: of the images, in pixels: what is smaller leaves the deepest tap without a position
    summary: the network and what is done to images first
    """

    name: str
    weights: str | None
    taps: tuple[str, ...]
    head_taps: tuple[str, ...]
    embedding_taps: tuple[str, ...]
    minimum_side: int
    summary: str


def _vgg_taps(layers_per_stage: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"relu{stage}_{n + 1}" for stage, layers in enumerate(layers_per_stage, 1) for n in range(layers))


_FIRST_OF_STAGE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
_ALEX = ("relu1", "relu2", "relu3", "relu4", "relu5")
_SQUEEZE = (*_ALEX, "relu6", "relu7")
_INCEPTION = ("pool1", "pool3")
_POOLED = ("pool3",)

_INFOS = (
    BackboneInfo(
        "embedded", None, _FIRST_OF_STAGE, _FIRST_OF_STAGE, ("relu4_1", "relu5_1"), 32,
        "the small VGG-like network inside the package",
    ),
    BackboneInfo("alex", "alex", _ALEX, _ALEX, (), 31, "torchvision's AlexNet with LPIPS's heads"),
    BackboneInfo(
        "vgg", "vgg", _vgg_taps((2, 2, 3, 3, 3)), ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"), (), 16,
        "torchvision's VGG-16 with LPIPS's heads",
    ),
    BackboneInfo("vgg19", "vgg19", _vgg_taps((2, 2, 4, 4, 4)), (), (), 16, "torchvision's VGG-19"),
    BackboneInfo("squeeze", "squeeze", _SQUEEZE, _SQUEEZE, (), 17, "torchvision's SqueezeNet 1.1 with LPIPS's heads"),
    BackboneInfo(
        "inception", "inception", _INCEPTION, (), _POOLED, 1,
        "the FID Inception, input resized to 299 as by clean-fid: bicubic, antialiased, not rounded",
    ),
    BackboneInfo(
        "inception-legacy", "inception", _INCEPTION, (), _POOLED, 1,
        "the FID Inception, input resized to 299 as by pytorch-fid: bilinear, not antialiased",
    ),
    BackboneInfo(
        "art-inception", "art-inception", _INCEPTION, (), _POOLED, 75,
        "the Inception that ArtFID was defined with, input neither resized nor normalised",
    ),
)  # fmt: skip

BACKBONES: dict[str, BackboneInfo] = {info.name: info for info in _INFOS}
