"""What the metrics need of an image, named part by part, and one pass through each network for all of it.

A part is one tensor: the unit-length map that LPIPS compares at a tap, a Gram matrix, an embedding. Metrics name the
parts they need before anything is computed, so a network is run once an image and no deeper than its deepest tap.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from torch import Tensor

from stylegauge.metrics.adain import channel_moments
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.gram import gram_matrix
from stylegauge.metrics.histogram import sorted_projections
from stylegauge.metrics.lpips import unit
from stylegauge.metrics.sifid import positions_gaussian
from stylegauge.metrics.views import view

EMBEDDING = "embedding"


@dataclass(frozen=True, order=True)
class Part:
    """One thing that a metric needs of an image.

    source: a backbone and the view of the images it is given, "vgg19" or "alex/gray"; "" for the pixels themselves
    kind: of OF_PIXELS, of OF_MAPS, or "embedding"
    tap: the layer, where the kind is made of one
    """

    source: str
    kind: str
    tap: str = ""


Parts = Mapping[Part, Tensor]

OF_PIXELS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "pixels": lambda images: images,
    "colours": sorted_projections,
}
OF_MAPS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "map": lambda feature: feature,
    "unit": unit,
    "gram": gram_matrix,
    "moments": channel_moments,
    "gaussian": positions_gaussian,
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

    def extract(self, images: Tensor, parts: Collection[Part]) -> dict[Part, Tensor]:
        """The parts of [N, 3, H, W] images in [0, 1], each with N in front."""
        found = {part: OF_PIXELS[part.kind](images) for part in parts if not part.source}
        for source in sorted({part.source for part in parts} - {""}):
            found |= self._from_network(source, images, [part for part in parts if part.source == source])
        return found

    def _from_network(self, source: str, images: Tensor, parts: Collection[Part]) -> dict[Part, Tensor]:
        backbone = self.backbone(source)
        needed = {part.tap for part in parts if part.tap}
        if any(part.kind == EMBEDDING for part in parts):
            needed |= set(backbone.embedding_taps)
        taps = tuple(tap for tap in backbone.taps if tap in needed)
        maps = backbone(view(images, source.partition("/")[2]), taps)
        return {
            part: backbone.embed(maps) if part.kind == EMBEDDING else OF_MAPS[part.kind](maps[part.tap])
            for part in parts
        }
