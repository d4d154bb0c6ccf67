"""All metrics of a run over batches of pictures: every picture passes each network once, whatever is asked.

Pictures are scored one by one. A convolution's last digits depend on how many images it is given, so this is what
makes a score the same alone, in a batch of eight and after a resume, and the distance of equal pictures exactly 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.bindings import BINDINGS, Measured, Paired, bind, bind_on
from stylegauge.metrics.features import EMBEDDING, Extractor, Part, Parts
from stylegauge.metrics.info import OF_A_PAIR, OF_THE_MODEL, MetricInfo
from stylegauge.metrics.known import KnownPictures
from stylegauge.metrics.side_by_side import SideBySide

if TYPE_CHECKING:
    from stylegauge.metrics.kept import FeatureStore

Images = Sequence[Tensor] | Tensor
COMPOSED = "artfid"  # a set metric that is made of a paired one and a set one


@dataclass(frozen=True)
class Scores:
    """What is known of N outputs.

    values: metric id -> [N] float64, on the CPU
    embeddings: source -> [N, D] float32, on the CPU, for set metrics
    layers: "<metric id>:<tap>" -> [N] float64, of metrics that are a mean over layers and keep them
    maps: "<metric id>:<name>" -> [N, ...] float16, of metrics that say where in an output they found what they did;
        and what was asked besides, name -> [N] float64
    """

    values: dict[str, Tensor]
    embeddings: dict[str, Tensor]
    layers: dict[str, Tensor] = field(default_factory=dict)
    maps: dict[str, Tensor] = field(default_factory=dict)


class Scorer:
    """Scores outputs against their contents and styles.

    infos: rows of the registry; paired ones are computed here, set metrics need the embeddings, others are not ours
    backbones: by name, all that the rows ask for, else ValueError
    store: where features of contents and styles are kept between runs; None keeps them as long as the scorer lives
    workers: pictures that are scored at once, one thread each

    paired: ids of the metrics that `score` returns of rows that were asked for, in their order
    composed: ids of the paired values that set metrics are made of, whether or not they were asked for
    """

    def __init__(
        self, infos: Sequence[MetricInfo], backbones: Mapping[str, Backbone], store: "FeatureStore | None" = None,
        workers: int = 1,
    ) -> None:  # fmt: skip
        self._beside = SideBySide(workers)
        self._extractor = Extractor(backbones)
        self._compares = {info.id: info.compares for info in infos if info.compares in (*OF_A_PAIR, *OF_THE_MODEL)}
        self._metrics = {info.id: bind(info, self._extractor) for info in infos if info.id in self._compares}
        self.paired = tuple(self._metrics)
        for info in infos:
            if info.name == COMPOSED:
                self._metrics.setdefault(composed_part(info), self._lpips(info))
                self._compares.setdefault(composed_part(info), "o,c")
        self.composed = tuple(dict.fromkeys(composed_part(info) for info in infos if info.name == COMPOSED))
        sources = dict.fromkeys(info.sources[-1] for info in infos if info.compares == "set")
        self._embeddings = {source: Part(source, EMBEDDING) for source in sources}
        self._known = KnownPictures(self._extractor, store)

    def _lpips(self, info: MetricInfo) -> Paired:
        return bind_on(composed_part(info), BINDINGS["lpips"], info.sources[0], self._extractor)

    def compares(self, what: str) -> bool:
        """Whether any of the metrics compares this ("o,o'": the model must then be asked twice)."""
        return what in self._compares.values()

    @property
    def of_the_model(self) -> tuple[str, ...]:
        """Ids of the paired metrics that need more of a model than its output."""
        return tuple(metric for metric, compares in self._compares.items() if compares in OF_THE_MODEL)

    @property
    def sources(self) -> tuple[str, ...]:
        """Of the embeddings that `score` returns."""
        return tuple(self._embeddings)

    @torch.inference_mode()
    def score(
        self,
        outputs: Images,
        content_ids: Sequence[str],
        contents: Images,
        style_ids: Sequence[str],
        styles: Images,
        twins: Sequence[Tensor | None] | None = None,
        cycled: Sequence[Tensor | None] | None = None,
        domains: Sequence[Mapping[str, Tensor]] | None = None,
        asked: Mapping[str, Sequence[Callable[[Parts], float]]] | None = None,
    ) -> Scores:
        """Every paired metric of every output; no output's score depends on the others.

        outputs, contents: [N, 3, H, W] in [0, 1], 8 bits rounded; styles: N images [3, H', W'] of any size
        twins: what the model makes of the contents slightly disturbed, for "o,o'"; nan for None
        cycled: what the model's inverse makes of the outputs, for "c,c'"; nan for None
        domains: for outputs of models of domains, what stands for the style in "o,c,s": some pictures of the domain, id
            -> [3, H, W]. What is said of the output is the mean over them
        asked: name -> what else is to be told of each output, from its parts as the metrics have them; kept beside maps
        raises: ValueError for shapes or numbers that differ, and for an id that comes back with other pixels
        """
        if len({len(outputs), len(content_ids), len(contents), len(style_ids), len(styles)}) != 1:
            raise ValueError(
                f"{len(outputs)} outputs with {len(content_ids)}/{len(contents)} contents (ids/images) "
                f"and {len(style_ids)}/{len(styles)} styles"
            )
        others = [
            [
                ("content", content_ids[i], contents[i], self._parts("o,c", "o,c,s", "c,c'")),
                ("style", style_ids[i], styles[i], self._parts("o,s", "o,c,s")),
                *(("reference", *each, self._parts("o,c,s")) for each in (domains[i] if domains else {}).items()),
            ]
            for i in range(len(outputs))
        ]
        # The first of each name is looked at beside the others; all are then known, and compared with what is known.
        distinct = {one[:2]: one for several in others for one in several}
        self._beside.each(lambda one: self._known.of(*one), distinct.values())
        known = [[self._known.of(*one) for one in several] for several in others]

        def row(i: int) -> tuple[dict[str, Tensor], ...]:
            again = {"o,o'": twins[i] if twins else None, "c,c'": cycled[i] if cycled else None}
            there = {key: image for key, image in again.items() if image is not None}
            content, style, *stand_ins = known[i]
            return self._score(
                outputs[i], content, style, there, stand_ins, {name: each[i] for name, each in (asked or {}).items()}
            )

        rows = self._beside.each(row, range(len(outputs)))
        return Scores(*(_columns([each[which] for each in rows]) for which in range(4)))

    def _score(
        self, output: Tensor, content: Parts, style: Parts, others: Mapping[str, Tensor], domain: Sequence[Parts],
        asked: Mapping[str, Callable[[Parts], float]],
    ) -> tuple[dict[str, Tensor], ...]:  # fmt: skip
        """Values, embeddings, layers' values and maps of one output: [1], [1, D], [1] and [1, ...] each."""
        wanted = self._own("o,c", "o,s", "o,c,s", *(key for key in others if key == "o,o'"))
        own = self._extractor.extract(output[None], wanted | set(self._embeddings.values()), content)
        needs = {"o,o'": self._parts, "c,c'": self._own}  # which of the two pictures compared the other one is
        made = {key: self._extractor.extract(image[None], needs[key](key)) for key, image in others.items()}
        against: dict[str, tuple[Parts, ...] | None] = {
            "o,c": (own, content),
            "o,s": (own, style),
            "o,c,s": (own, content, style),
            "o,o'": (own, made["o,o'"]) if "o,o'" in made else None,
            "c,c'": (made["c,c'"], content) if "c,c'" in made else None,
        }
        values: dict[str, Tensor] = {}
        layers: dict[str, Tensor] = {}
        maps = {name: torch.tensor([ask(own)], dtype=torch.float64) for name, ask in asked.items()}
        for metric, compute in self._metrics.items():
            pair = against[self._compares[metric]]
            if pair is None:
                values[metric] = torch.full((1,), torch.nan, dtype=torch.float64)
                continue
            if domain and self._compares[metric] == "o,c,s":
                found = Measured.mean([compute.measured(own, content, each) for each in domain])
            else:
                found = compute.measured(*pair)
            values[metric] = found.value
            layers |= found.beside
            maps |= found.maps
        return values, {source: own[part].cpu() for source, part in self._embeddings.items()}, layers, maps

    def _own(self, *compares: str) -> set[Part]:
        """What metrics that compare these need of the output."""
        return {part for compute in self._comparing(*compares) for part in compute.own.values()}

    def _parts(self, *compares: str) -> set[Part]:
        """What metrics that compare these need of the other picture."""
        return {part for compute in self._comparing(*compares) for part in compute.parts.values()}

    def _comparing(self, *compares: str) -> list[Paired]:
        return [compute for metric, compute in self._metrics.items() if self._compares[metric] in compares]

    @torch.inference_mode()
    def embed(self, images: Images) -> dict[str, Tensor]:
        """Embeddings of references, one by one as outputs: N images [3, H, W] in [0, 1] to source -> [N, D]."""
        parts = self._embeddings
        rows = self._beside.each(lambda image: self._extractor.extract(image[None], set(parts.values())), images)
        return {source: torch.cat([row[part].cpu() for row in rows]) for source, part in parts.items()}


def composed_part(info: MetricInfo) -> str:
    """The id under which the paired part of a composed set metric is kept: "lpips@alex/512"."""
    return f"lpips@{info.sources[0]}"


def _columns(rows: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    return {key: torch.cat([row[key] for row in rows]) for key in rows[0]} if rows else {}
