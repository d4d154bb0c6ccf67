"""The backbone inside the package: its weights file read strictly, its heads and its embedding."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors.torch import load
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.embedded.network import CHANNELS, MINIMUM_SIDE, TAPS, EmbeddedNetwork

EMBEDDED_WEIGHTS = Path(__file__).parents[1] / "embedded" / "embedded.safetensors"


class EmbeddedBackbone(Backbone):
    """A small VGG-like network with linear readouts; it stands for VGG-19, and is never presented as it.

    channels: tap -> number of channels
    """

    preprocessing = "embedded-1"
    costly = False
    taps = TAPS
    embedding_taps = ("relu4_1", "relu5_1")
    minimum_side = MINIMUM_SIDE

    def __init__(self, sha256: str, network: EmbeddedNetwork, extras: Mapping[str, Tensor]) -> None:
        super().__init__("embedded", sha256)
        self.channels = dict(CHANNELS)
        self.network = network
        for tap in TAPS:
            self.register_buffer(f"_head_{tap}", extras[f"lpips.{tap}"])
        self.register_buffer("_centre", extras["embedding.centre"])
        self.register_buffer("_scale", extras["embedding.scale"])

    @property
    def lpips_heads(self) -> dict[str, Tensor]:
        """tap -> [C] weights, none below 0, on the backbone's device."""
        return {tap: self.get_buffer(f"_head_{tap}") for tap in TAPS}

    def prepare(self, images: Tensor) -> Tensor:
        """[N, 3, H, W] in [0, 1], centred and scaled."""
        return self.network.prepare(images)

    def walk(self, prepared: Tensor, taps: tuple[str, ...]) -> Iterator[tuple[str, Tensor]]:
        """tap, [N, C, H / 2**stage, W / 2**stage], stage 0 to 4, sides rounded down."""
        return self.network.walk(prepared, taps)

    def embed(self, features: Mapping[str, Tensor]) -> Tensor:
        """Channel means of the two deepest taps: [N, D], each of mean 0 and deviation 1 over the training images."""
        pooled = torch.cat([features[tap].mean(dim=(2, 3)) for tap in self.embedding_taps], dim=1)
        return (pooled - self.get_buffer("_centre")) / self.get_buffer("_scale")


def read_embedded(path: Path) -> EmbeddedBackbone:
    """The embedded backbone with the weights of a file; every tensor must be there, and none besides.

    Raises UsageError naming the file when it is missing, unreadable or has other tensors.
    """
    try:
        content = path.read_bytes()
        tensors = load(content)
    except Exception as error:  # safetensors has its own exception types; all mean the file is of no use
        raise UsageError(f"cannot read the weights {path}: {error}") from error
    weights = {key.removeprefix("network."): value for key, value in tensors.items() if key.startswith("network.")}
    extras = {key: value for key, value in tensors.items() if not key.startswith("network.")}
    expected = {f"lpips.{tap}" for tap in TAPS} | {"embedding.centre", "embedding.scale"}
    network = EmbeddedNetwork()
    if extras.keys() != expected or weights.keys() != network.state_dict().keys():
        raise UsageError(f"{path} is not a weights file of the embedded backbone: its tensors have other names")
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise UsageError(f"{path} has tensors of other shapes: {' '.join(str(error).split())}") from error
    backbone = EmbeddedBackbone(hashlib.sha256(content).hexdigest(), network, extras)
    backbone.settle()
    return backbone
