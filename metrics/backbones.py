"""Feature extractors by name, their weights checked: every tensor is loaded strictly, and the file's hash is kept.

A backbone is only ever a way from images to maps. What is done with the maps (Gram, LPIPS, Frechet) lives elsewhere.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch
from safetensors.torch import load
from torch import Tensor, nn

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.embedded.network import CHANNELS, TAPS, EmbeddedNetwork

EMBEDDED_WEIGHTS = Path(__file__).parent / "embedded" / "embedded.safetensors"
_EMBEDDED_TAPS = ("relu4_1", "relu5_1")  # what the pooled embedding is made of


class Backbone(nn.Module):
    """A network with named taps, LPIPS heads and a pooled embedding; frozen, in evaluation mode.

    name: as in metric ids, "embedded"
    sha256: of the weights file, part of what makes two runs comparable
    channels: tap -> number of channels
    lpips_heads: tap -> [C], not negative: how much LPIPS weighs each channel
    """

    taps = TAPS

    def __init__(self, name: str, sha256: str, network: EmbeddedNetwork, extras: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.name = name
        self.sha256 = sha256
        self.channels = dict(CHANNELS)
        self.network = network
        for tap in TAPS:
            self.register_buffer(f"_head_{tap}", extras[f"lpips.{tap}"])
        self.register_buffer("_centre", extras["embedding.centre"])
        self.register_buffer("_scale", extras["embedding.scale"])
        self.eval().requires_grad_(False)

    @property
    def lpips_heads(self) -> dict[str, Tensor]:
        """tap -> [C] weights, none below 0, on the backbone's device."""
        return {tap: self.get_buffer(f"_head_{tap}") for tap in TAPS}

    def forward(self, images: Tensor, taps: Iterable[str] | None = None) -> dict[str, Tensor]:
        """Maps of the taps asked for (all for None), differentiable with respect to the images.

        images: [N, 3, H, W] in [0, 1], sides at least 32
        returns: tap -> [N, C, H / 2**stage, W / 2**stage], stage 0 to 4, sides rounded down
        """
        wanted = TAPS if taps is None else tuple(taps)
        unknown = [tap for tap in wanted if tap not in TAPS]
        if unknown:
            raise UsageError(f"no tap {unknown[0]!r} in backbone {self.name!r}; there are: {', '.join(TAPS)}")
        maps: dict[str, Tensor] = self.network(images, wanted)
        return maps

    def embed(self, features: Mapping[str, Tensor]) -> Tensor:
        """One vector an image for set metrics: channel means of the two deepest taps, standardised.

        features: tap -> map, as forward gives them, relu4_1 and relu5_1 at least
        returns: [N, D]; each dimension has mean 0 and deviation 1 over the training images
        """
        pooled = torch.cat([features[tap].mean(dim=(2, 3)) for tap in _EMBEDDED_TAPS], dim=1)
        return (pooled - self.get_buffer("_centre")) / self.get_buffer("_scale")


def load_backbone(name: str = "embedded", device: str | torch.device = "cpu") -> Backbone:
    """The backbone of that name with its weights, on the device.

    Raises UsageError for an unknown name, and for a weights file that is missing or not the expected one.
    """
    if name not in _LOADERS:
        raise UsageError(f"no backbone {name!r}; there are: {', '.join(_LOADERS)}")
    return _LOADERS[name]().to(device)


def read_embedded(path: Path) -> Backbone:
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
    return Backbone("embedded", hashlib.sha256(content).hexdigest(), network, extras)


def _embedded() -> Backbone:
    return read_embedded(EMBEDDED_WEIGHTS)


_LOADERS: dict[str, Callable[[], Backbone]] = {"embedded": _embedded}
