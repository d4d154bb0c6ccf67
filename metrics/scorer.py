"""All metrics of a run over batches of pictures: every picture passes the backbone once, whatever is asked.

Pictures are scored one by one. A convolution's last digits depend on how many images it is given, so this is what
makes a score the same alone, in a batch of eight and after a resume, and the distance of equal pictures exactly 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from stylegauge.metrics.adain import adain
from stylegauge.metrics.content import LAYER, content
from stylegauge.metrics.features import FeatureCache, FeatureExtractor, Features
from stylegauge.metrics.gram import gram, gram_rel
from stylegauge.metrics.histogram import colour_distance
from stylegauge.metrics.lpips import lpips
from stylegauge.metrics.pixel import l1, mse
from stylegauge.metrics.psnr import psnr
from stylegauge.metrics.registry import MetricInfo
from stylegauge.metrics.ssim import ssim


@dataclass(frozen=True)
class Triple:
    """One output, the content and the style it was made from."""

    output: Features
    content: Features
    style: Features
    heads: Mapping[str, Tensor]


PAIRED: Final[Mapping[str, Callable[[Triple], Tensor]]] = {
    "psnr": lambda t: psnr(t.output.images, t.content.images),
    "mse": lambda t: mse(t.output.images, t.content.images),
    "l1": lambda t: l1(t.output.images, t.content.images),
    "ssim": lambda t: ssim(t.output.images, t.content.images),
    "lpips": lambda t: lpips(t.output.maps, t.content.maps, t.heads),
    "content": lambda t: content(t.output.maps[LAYER], t.content.maps[LAYER]),
    "gram": lambda t: gram(t.output.grams, t.style.grams),
    "gram_rel": lambda t: gram_rel(t.output.grams, t.style.grams),
    "adain": lambda t: adain(t.output.moments, t.style.moments),
    "histogram": lambda t: colour_distance(t.output.colours, t.style.colours),
}


@dataclass(frozen=True)
class Scores:
    """What is known of N outputs.

    values: metric id -> [N] float64, on the CPU
    embeddings: [N, D] float32, on the CPU, for set metrics; D is 0 where the scorer has no backbone
    """

    values: dict[str, Tensor]
    embeddings: Tensor


class Scorer:
    """Scores outputs against their contents and styles.

    infos: rows of the registry; paired ones are computed here, set metrics need the embeddings, others are not ours
    backbone: may be None where no row needs one, else ValueError
    """

    def __init__(self, infos: Sequence[MetricInfo], backbone: FeatureExtractor | None) -> None:
        needy = [info.id for info in infos if info.backbone]
        if needy and backbone is None:
            raise ValueError(f"{', '.join(needy)} need a backbone, found none")
        self.backbone = backbone if needy else None
        self._paired = {info.id: PAIRED[info.name] for info in infos if info.compares in ("o,c", "o,s")}
        self._cache = FeatureCache(self.backbone)

    @property
    def paired(self) -> tuple[str, ...]:
        """Ids of the metrics that `score` returns, in the order asked for."""
        return tuple(self._paired)

    def score(
        self,
        outputs: Tensor,
        content_ids: Sequence[str],
        contents: Sequence[Tensor] | Tensor,
        style_ids: Sequence[str],
        styles: Sequence[Tensor] | Tensor,
    ) -> Scores:
        """Every paired metric of every output; no output's score depends on the others.

        outputs, contents: [N, 3, H, W] in [0, 1], 8 bits rounded; styles: N images [3, H', W'] of any size
        raises: ValueError for shapes or numbers that differ, and for an id that comes back with other pixels
        """
        if len({len(outputs), len(content_ids), len(contents), len(style_ids), len(styles)}) != 1:
            raise ValueError(
                f"{len(outputs)} outputs with {len(content_ids)}/{len(contents)} contents (ids/images) "
                f"and {len(style_ids)}/{len(styles)} styles"
            )
        rows = [self._score(*one) for one in zip(outputs, content_ids, contents, style_ids, styles, strict=True)]
        values = {metric: torch.cat([row.values[metric] for row in rows]) for metric in self._paired} if rows else {}
        return Scores(values, torch.cat([row.embeddings for row in rows]) if rows else torch.zeros(0, 0))

    @torch.no_grad()
    def _score(self, output: Tensor, content_id: str, content: Tensor, style_id: str, style: Tensor) -> Scores:
        heads = self.backbone.lpips_heads if self.backbone is not None else {}
        features = Features(self.backbone, output[None])
        triple = Triple(
            features, self._cache.content(content_id, content[None]), self._cache.style(style_id, style[None]), heads
        )
        values = {metric: compute(triple).double().cpu() for metric, compute in self._paired.items()}
        return Scores(values, features.embedding.cpu())

    @torch.no_grad()
    def embed(self, images: Sequence[Tensor] | Tensor) -> Tensor:
        """Embeddings of references, one by one as outputs: N images [3, H, W] in [0, 1] to [N, D] on the CPU."""
        return torch.cat([Features(self.backbone, image[None]).embedding.cpu() for image in images])
