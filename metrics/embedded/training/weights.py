"""The weights file: what the network learned, the LPIPS heads and the scale of the pooled embedding, in safetensors."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from stylegauge.metrics.embedded.network import CHANNELS, TAPS, EmbeddedNetwork, initialise

EMBEDDING_TAPS = ("relu4_1", "relu5_1")


def write_weights(
    path: Path, network: EmbeddedNetwork, heads: Mapping[str, Tensor], centre: Tensor, scale: Tensor
) -> None:
    """Write everything `read_embedded` needs, through a temporary name.

    heads: tap -> [C] of CHANNELS, not negative; centre, scale: [D] of the pooled embedding
    """
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"lpips.{tap}": heads[tap] for tap in TAPS}
    tensors |= {"embedding.centre": centre, "embedding.scale": scale}
    temporary = path.with_suffix(".partial")
    temporary.write_bytes(save({name: value.detach().float().contiguous().cpu() for name, value in tensors.items()}))
    temporary.replace(path)


def write_untrained(path: Path, seed: int) -> None:
    """Weights of the same shape that learned nothing: the baseline that training has to beat."""
    network = EmbeddedNetwork()
    initialise(network, seed)
    heads = {tap: torch.full((CHANNELS[tap],), 1 / CHANNELS[tap]) for tap in TAPS}
    width = sum(CHANNELS[tap] for tap in EMBEDDING_TAPS)
    write_weights(path, network, heads, torch.zeros(width), torch.ones(width))
