"""Features of contents and styles on disk, between runs.

An entry's key is made of everything that decides its content: the pixels, the weights, the preprocessing, the numerics,
and where it was computed. A name would give yesterday's answer. A damaged or half-written entry is computed again.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping

import torch
from safetensors.torch import load, save
from torch import Tensor

from stylegauge.datasets import cache
from stylegauge.metrics.features import Extractor, Part

KIND = "features"
LIMIT_BYTES = 8 * 2**30  # 20 contents at 512 px take 2.6 GB on VGG-16


class FeatureStore:
    """Parts of single pictures in the cache folder, the parts of one kind and source together.

    environment: names the code, versions, device and threads that features are computed with; part of every key
    """

    def __init__(self, environment: str) -> None:
        self._environment = environment

    def read(self, image: Tensor, parts: Collection[Part], extractor: Extractor) -> dict[Part, Tensor]:
        """Those of the parts of a picture [3, H, W] that are kept, on its device."""
        found: dict[Part, Tensor] = {}
        for entry, members in self._entries(image, parts, extractor).items():
            data = cache.read(KIND, entry)
            if data is not None:
                tensors = load(data)
                found |= {part: _laid_out(tensors[part.tap]).to(image.device) for part in members}
        return found

    def write(self, image: Tensor, made: Mapping[Part, Tensor], extractor: Extractor) -> None:
        """Keep parts of a picture [3, H, W]; those of a network that is faster than a disk are not kept."""
        entries = self._entries(image, made, extractor)
        for entry, members in entries.items():
            cache.write(KIND, entry, save({part.tap: made[part].cpu().contiguous() for part in members}))
        if entries:
            cache.trim(KIND, LIMIT_BYTES)

    def _entries(self, image: Tensor, parts: Collection[Part], extractor: Extractor) -> dict[str, list[Part]]:
        """The parts by the entry that holds them."""
        together: dict[tuple[str, str], list[Part]] = defaultdict(list)
        for part in sorted(parts):
            if part.source and extractor.backbone(part.source).costly:
                together[part.source, part.kind].append(part)
        pixels = _pixels_sha256(image) if together else ""
        return {self._key(pixels, members, extractor): members for members in together.values()}

    def _key(self, pixels: str, members: list[Part], extractor: Extractor) -> str:
        backbone = extractor.backbone(members[0].source)
        network = [backbone.sha256, backbone.preprocessing, backbone.numerics]
        parts = [members[0].source, members[0].kind, [part.tap for part in members]]
        return hashlib.sha256(json.dumps([pixels, network, parts, self._environment]).encode()).hexdigest()


def _laid_out(tensor: Tensor) -> Tensor:
    """As the networks make it: a map's channels last, or its sums would run in another order."""
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def _pixels_sha256(image: Tensor) -> str:
    levels = (image * 255).round().to(torch.uint8).cpu().contiguous()
    return hashlib.sha256(f"{tuple(levels.shape)}\n".encode() + levels.numpy().tobytes()).hexdigest()
