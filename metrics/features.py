"""What the metrics need of an image, named part by part, and one pass through each network for all of it.

A part is one tensor: the unit-length map that LPIPS compares at a tap, a Gram matrix, an embedding. Metrics name the
parts they need before anything is computed, so a network is run once an image and no deeper than its deepest tap.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from stylegauge.metrics.adain import channel_moments
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.gram import gram_matrix
from stylegauge.metrics.histogram import sorted_projections
from stylegauge.metrics.lpips import lpips_of_layer, unit
from stylegauge.metrics.quality import grain
from stylegauge.metrics.quality.quality import GRAIN, MOMENTS, PACKED
from stylegauge.metrics.quality.relations import moments, pack
from stylegauge.metrics.sifid import positions_gaussian
from stylegauge.metrics.views import view

EMBEDDING = "embedding"


@dataclass(frozen=True, order=True)
class Part:
    """One thing that a metric needs of an image.

    source: a backbone and the view of the images it is given, "vgg19" or "alex/gray"; "" for the pixels themselves
    kind: of OF_PIXELS, of OF_MAPS, of OF_TAPS, of AGAINST, or "embedding"
    tap: the layer, where the kind is made of one
    """

    source: str
    kind: str
    tap: str = ""


Parts = Mapping[Part, Tensor]

OF_PIXELS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "pixels": lambda images: images,
    "colours": sorted_projections,
    GRAIN: grain.measure,
}
# Of a map as its network computes it; every part is float32 or better.
OF_MAPS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "map": Tensor.float,
    "unit": unit,
    "gram": gram_matrix,
    "moments": lambda feature: channel_moments(feature.float()),
    "gaussian": lambda feature: positions_gaussian(feature.float()),
}
# Kinds that are made differently at each tap.
OF_TAPS: Mapping[str, Callable[[Tensor, str], Tensor]] = {PACKED: pack, MOMENTS: moments}
# Kinds that compare a layer with a part of the other picture: that part's kind, and the value [N] of the two and the
# layer's head. They are computed inside the pass, while the map is in the processor's cache.
AGAINST: Mapping[str, tuple[str, Callable[[Tensor, Tensor, Tensor], Tensor]]] = {
    "lpips": ("unit", lpips_of_layer),
}


class Extractor:
    """Parts of images, from the backbones by name.

    backbones: all that any part asks for; ValueError names one that is missing
    """

    def __init__(self, backbones: Mapping[str, Backbone]) -> None:
        self._backbones = backbones

    def backbone(self, source: str) -> Backbone:
        """The network of a source."""
        name = source.partition("/")[0]
        if name not in self._backbones:
            raise ValueError(f"features of {name!r} are needed, and there is no such backbone here")
        return self._backbones[name]

    def extract(self, images: Tensor, parts: Collection[Part], other: Parts | None = None) -> dict[Part, Tensor]:
        """The parts of [N, 3, H, W] images in [0, 1], each with N in front.

        other: of the picture that kinds of AGAINST compare them with
        """
        found = {part: OF_PIXELS[part.kind](images) for part in parts if not part.source}
        for source in sorted({part.source for part in parts} - {""}):
            found |= self._from_network(source, images, [part for part in parts if part.source == source], other or {})
        return found

    def _from_network(self, source: str, images: Tensor, parts: Collection[Part], other: Parts) -> dict[Part, Tensor]:
        backbone = self.backbone(source)
        embedding = [part for part in parts if part.kind == EMBEDDING]
        embedded = backbone.embedding_taps if embedding else ()
        needed = {part.tap for part in parts if part.tap} | set(embedded)
        taps = tuple(tap for tap in backbone.taps if tap in needed)
        found: dict[Part, Tensor] = {}
        held: dict[str, Tensor] = {}
        for tap, feature in backbone.visit(view(images, source.partition("/")[2]), taps):
            for part in (part for part in parts if part.tap == tap):
                found[part] = _made(part, feature, other, backbone)
            if tap in embedded:
                held[tap] = feature.float()
        return found | {part: backbone.embed(held) for part in embedding}


def _made(part: Part, feature: Tensor, other: Parts, backbone: Backbone) -> Tensor:
    """A part of one layer's map."""
    if part.kind in OF_TAPS:
        return OF_TAPS[part.kind](feature, part.tap)
    if part.kind not in AGAINST:
        return OF_MAPS[part.kind](feature)
    kind, compare = AGAINST[part.kind]
    return compare(feature, other[replace(part, kind=kind)], backbone.lpips_heads[part.tap])
