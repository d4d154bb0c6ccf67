"""What metrics need of an image besides its pixels, each part computed once and only when a metric asks for it.

The cache keeps what a run meets again and again: a content's maps (large: least recently used go first) and a style's
Gram matrices, channel moments and sorted colours (small). It belongs to one backbone and one run.
"""

from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from stylegauge.metrics.adain import ChannelMoments, channel_moments
from stylegauge.metrics.gram import gram_matrix
from stylegauge.metrics.histogram import sorted_projections

CACHE_BYTES = 256 * 2**20


class FeatureExtractor(Protocol):
    """What the metrics ask of a backbone; `backbones.Backbone` is one."""

    @property
    def lpips_heads(self) -> Mapping[str, Tensor]:
        """tap -> [C], at least 0."""

    def __call__(self, images: Tensor) -> Mapping[str, Tensor]:
        """[N, 3, H, W] in [0, 1] to tap -> [N, C, H', W']."""

    def embed(self, features: Mapping[str, Tensor]) -> Tensor:
        """Maps to [N, D]."""


class Features:
    """Everything the metrics need of some images, computed when first asked for.

    images: [N, 3, H, W] in [0, 1]
    backbone: None where no metric needs one; asking for maps is then an error
    """

    def __init__(self, backbone: FeatureExtractor | None, images: Tensor) -> None:
        self.backbone = backbone
        self.images = images

    @cached_property
    def maps(self) -> Mapping[str, Tensor]:
        """tap -> [N, C, H', W']: the one pass through the backbone."""
        if self.backbone is None:
            raise ValueError("features were asked for, but no backbone was given")
        return self.backbone(self.images)

    @cached_property
    def grams(self) -> Mapping[str, Tensor]:
        """tap -> [N, C, C]."""
        return {tap: gram_matrix(feature) for tap, feature in self.maps.items()}

    @cached_property
    def moments(self) -> Mapping[str, ChannelMoments]:
        """tap -> means and standard deviations over positions, [N, C] each."""
        return {tap: channel_moments(feature) for tap, feature in self.maps.items()}

    @cached_property
    def embedding(self) -> Tensor:
        """[N, D], for set metrics."""
        if self.backbone is None:
            return self.images.new_zeros(len(self.images), 0)
        return self.backbone.embed(self.maps)

    @cached_property
    def colours(self) -> Tensor:
        """[N, K, H * W], sorted projections of the colours."""
        return sorted_projections(self.images)

    def summarise(self) -> None:
        """Keep what compares styles and let the maps go."""
        if self.backbone is not None:
            _ = self.grams, self.moments
            del self.__dict__["maps"]

    def nbytes(self) -> int:
        """Bytes of the images and of the largest part, the maps."""
        held = [self.images, *self.__dict__.get("maps", {}).values()]
        if "colours" in self.__dict__:
            held.append(self.colours)
        return sum(tensor.nbytes for tensor in held)


class FeatureCache:
    """Features of contents and styles by id, for as long as a run lasts.

    An id that comes back with other pixels is an error: a run with two pictures of one name has no meaning, and
    yesterday's features would be the answer.
    """

    def __init__(self, backbone: FeatureExtractor | None, limit_bytes: int = CACHE_BYTES) -> None:
        self._backbone = backbone
        self._contents = _LeastRecentlyUsed(limit_bytes)
        self._styles = _LeastRecentlyUsed(limit_bytes)

    def content(self, content_id: str, image: Tensor) -> Features:
        """Features of one content, image [1, 3, H, W]; ValueError where the id had other pixels before."""
        known = self._contents.get(content_id)
        if known is not None:
            return _require_same_pixels(known, image, f"content {content_id!r}")
        features = Features(self._backbone, image.clone())
        if self._backbone is not None:
            _ = features.maps
        self._contents.put(content_id, features)
        return features

    def style(self, style_id: str, image: Tensor) -> Features:
        """Grams, moments and colours of one style, image [1, 3, H, W]; ValueError where the id had other pixels."""
        known = self._styles.get(style_id)
        if known is not None:
            return _require_same_pixels(known, image, f"style {style_id!r}")
        features = Features(self._backbone, image.clone())
        features.summarise()
        _ = features.colours
        self._styles.put(style_id, features)
        return features


class _LeastRecentlyUsed:
    """Features by name; the least recently used leave when all together take more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, Features] = OrderedDict()

    def get(self, name: str) -> Features | None:
        if name in self._kept:
            self._kept.move_to_end(name)
        return self._kept.get(name)

    def put(self, name: str, features: Features) -> None:
        self._kept[name] = features
        while len(self._kept) > 1 and sum(each.nbytes() for each in self._kept.values()) > self._limit:
            self._kept.popitem(last=False)


def _require_same_pixels(known: Features, image: Tensor, what: str) -> Features:
    if not torch.equal(known.images, image):
        raise ValueError(f"{what} came back with other pixels")
    return known
