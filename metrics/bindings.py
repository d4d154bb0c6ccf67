"""How each paired formula is fed: which parts of the two pictures it compares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylegauge.metrics.adain import LAYERS, adain
from stylegauge.metrics.backbones.base import Backbone
from stylegauge.metrics.cfsd import cfsd
from stylegauge.metrics.content import content
from stylegauge.metrics.features import Extractor, Part, Parts
from stylegauge.metrics.gram import gram, gram_per_layer, gram_rel, gram_rel_per_layer
from stylegauge.metrics.histogram import colour_distance
from stylegauge.metrics.info import OF_A_PAIR, OF_THE_MODEL, MetricInfo
from stylegauge.metrics.lpips import lpips_against_units
from stylegauge.metrics.modern.rows import COMPARED
from stylegauge.metrics.ms_ssim import MINIMUM_SIDE, ms_ssim
from stylegauge.metrics.pixel import l1, mse
from stylegauge.metrics.psnr import psnr
from stylegauge.metrics.quality.quality import GRAIN, MAPS, MOMENTS, PACKED, quality
from stylegauge.metrics.quality.relations import TAPS as JUDGED_TAPS
from stylegauge.metrics.quality.relations import WINDOW as WINDOW_OF_JUDGE
from stylegauge.metrics.registry import implementation
from stylegauge.metrics.sifid import sifid
from stylegauge.metrics.ssim import WINDOW, ssim
from stylegauge.metrics.views import resized

Maps = Mapping[Any, Tensor]
GRAM_TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


@dataclass(frozen=True)
class Binding:
    """A formula over parts of one kind.

    kind: of the parts compared, as in features.Part
    own_kind: of the output's, where it is another: a map where only the other picture's is kept further on, or a kind
        of features.AGAINST, by which the two are compared already when the output's parts are made
    taps: of the network whose parts are compared; ("",) for pixels
    compute: (output, reference, network) with tap -> tensor each, to [N] float64; the network is None for pixels;
        (output, content, style, network) for a metric that compares all three. Where it returns a mapping, the value
        is under "", and what else is said of the output is kept beside it
    kinds: several of them, where parts of more than one are compared; tensors then come under (kind, tap)
    of_pixels: further kinds beside these, of the pixels themselves, under (kind, "")
    maps: names of what `compute` says that is more than a number an output, [N, ...]; it is kept apart
    minimum_side: of the images, in pixels, where the formula itself needs so much
    layers: (output, reference) with tap -> tensor each, to the value of each tap, where the metric is their mean and
        they are kept beside it
    """

    kind: str
    taps: Callable[[Backbone | None], tuple[str, ...]]
    compute: Callable[..., Tensor | Mapping[str, Tensor]]
    minimum_side: int = 1
    own_kind: str = ""
    layers: Callable[[Maps, Maps], Mapping[str, Tensor]] | None = None
    kinds: tuple[str, ...] = ()
    of_pixels: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()


def of_pixels(formula: Callable[[Tensor, Tensor], Tensor], kind: str = "pixels", minimum_side: int = 1) -> Binding:
    """A formula of two images, or of what `kind` makes of them."""
    return Binding(kind, lambda _: ("",), lambda a, b, _: formula(a[""], b[""]), minimum_side)


def of_tap(kind: str, tap: str, formula: Callable[[Tensor, Tensor], Tensor]) -> Binding:
    """A formula of one layer."""
    return Binding(kind, lambda _: (tap,), lambda a, b, _: formula(a[tap], b[tap]))


def of_taps(
    kind: str,
    taps: tuple[str, ...],
    formula: Callable[[Maps, Maps], Tensor],
    layers: Callable[[Maps, Maps], Mapping[str, Tensor]] | None = None,
) -> Binding:
    """A formula of several layers."""
    return Binding(kind, lambda _: taps, lambda a, b, _: formula(a, b), layers=layers)


def _heads(network: Backbone | None) -> dict[str, Tensor]:
    return network.lpips_heads if network is not None else {}


def _head_taps(network: Backbone | None) -> tuple[str, ...]:
    return tuple(_heads(network))


# Of an output and its content, which is known before; and of two pictures that are made after one another.
_LPIPS = Binding("unit", _head_taps, lambda a, b, _: torch.stack(list(a.values())).sum(dim=0), own_kind="lpips")
_LPIPS_LATER = Binding("unit", _head_taps, lambda a, b, net: lpips_against_units(a, b, _heads(net)), own_kind="map")


def of_judge(path: Path | None = None) -> Binding:
    """A judge of quality: the one that ships, or a file of one's own."""
    formula = partial(quality, path=path) if path else quality
    return Binding(
        PACKED, lambda _: JUDGED_TAPS, formula, WINDOW_OF_JUDGE, kinds=(PACKED, MOMENTS), of_pixels=(GRAIN,), maps=MAPS
    )


BINDINGS: Mapping[str, Binding] = {
    "quality": of_judge(),
    "psnr": of_pixels(psnr),
    "mse": of_pixels(mse),
    "l1": of_pixels(l1),
    "ssim": of_pixels(ssim, minimum_side=WINDOW),
    "ms_ssim": of_pixels(ms_ssim, minimum_side=MINIMUM_SIDE),
    "histogram": of_pixels(colour_distance, "colours"),
    "lpips": _LPIPS,
    "lpips_gray": _LPIPS,
    "robustness": _LPIPS_LATER,
    "diversity": _LPIPS_LATER,
    "cycle_l1": of_pixels(l1),
    "content": of_tap("map", "relu3_1", content),
    "content_relu4_1": of_tap("map", "relu4_1", content),
    "cfsd": of_tap("map", "relu3_1", cfsd),
    "gram": of_taps("gram", GRAM_TAPS, gram, gram_per_layer),
    "gram_rel": of_taps("gram", GRAM_TAPS, gram_rel, gram_rel_per_layer),
    "adain": of_taps("moments", LAYERS, adain),
    "sifid": of_tap("gaussian", "pool1", sifid),
}


@dataclass(frozen=True)
class Measured:
    """What a metric says of N outputs, on the CPU.

    value: [N] float64
    beside: "<id>:<name>" -> [N] float64, what it is the mean of, or what else is said
    maps: "<id>:<name>" -> [N, ...] float16, said of places or parts of each output
    """

    value: Tensor
    beside: dict[str, Tensor]
    maps: dict[str, Tensor]

    @classmethod
    def mean(cls, several: "Sequence[Measured]") -> "Measured":
        """Of one output against several pictures; values that are nan do not count."""
        together: list[dict[str, Tensor]] = [
            {name: torch.stack([each[name] for each in group]).mean(dim=0) for name in group[0]}
            for group in ([each.beside for each in several], [each.maps for each in several])
        ]
        return cls(torch.stack([each.value for each in several]).nanmean(dim=0), *together)


@dataclass(frozen=True)
class Paired:
    """One metric of two pictures, with the parts it needs of either.

    own: tap -> part of the output (or of what stands in its place); parts: tap -> part of each other picture
    """

    id: str
    own: Mapping[Any, Part]
    parts: Mapping[Any, Part]
    binding: Binding
    network: Backbone | None

    def __call__(self, *pictures: Parts) -> Tensor:
        """[N] float64 on the CPU, from the parts of the pictures compared, the output's first."""
        return self._computed(pictures)[""].double().cpu()

    def measured(self, *pictures: Parts) -> Measured:
        """The value, and all that is kept beside it."""
        found = self._computed(pictures)
        beside = {name: each for name, each in found.items() if name and name not in self.binding.maps}
        if self.binding.layers is not None:
            beside |= self.binding.layers(*self._maps(pictures))
        return Measured(
            found[""].double().cpu(),
            {f"{self.id}:{name}": each.double().cpu() for name, each in beside.items()},
            {f"{self.id}:{name}": found[name].half().cpu() for name in self.binding.maps},
        )

    def _computed(self, pictures: tuple[Parts, ...]) -> Mapping[str, Tensor]:
        found = self.binding.compute(*self._maps(pictures), self.network)
        return {"": found} if isinstance(found, Tensor) else found

    def _maps(self, pictures: tuple[Parts, ...]) -> list[Maps]:
        needed = (self.own, *[self.parts] * (len(pictures) - 1))
        return [{tap: have[part] for tap, part in of.items()} for of, have in zip(needed, pictures, strict=True)]


def bind(info: MetricInfo, extractor: Extractor) -> Paired:
    """The metric of a registry's row, ready to be fed."""
    return bind_on(info.id, _binding(info), info.sources[0] if info.sources else "", extractor)


def least_side(info: MetricInfo, extractor: Extractor) -> int:
    """The smallest side, in pixels, of images that a metric can be computed of: its formula's and its networks'."""
    paired = info.compares in (*OF_A_PAIR, *OF_THE_MODEL, "outputs")
    seen = [source for source in info.sources if not resized(source.partition("/")[2])]
    return max([_binding(info).minimum_side if paired else 1, *(extractor.backbone(s).minimum_side for s in seen)])


def _of_the_extra(info: MetricInfo) -> Binding:
    """A metric of the extra `modern`, whose rows say themselves what they compare."""
    compared, formula = COMPARED[info.id], implementation(info)
    if compared.weighed:
        return Binding(compared.kind, lambda _: compared.taps, lambda a, b, net: formula(a, b, net.channel_weights))
    (tap,) = compared.taps
    return of_tap(compared.kind, tap, formula)


def bind_on(metric: str, binding: Binding, source: str, extractor: Extractor) -> Paired:
    """A binding on a source of its own choice."""
    network = extractor.backbone(source) if source else None
    taps = binding.taps(network)
    own: dict[Any, Part]
    parts: dict[Any, Part]
    if binding.kinds:
        own = parts = {(kind, tap): Part(source, kind, tap) for kind in binding.kinds for tap in taps} | {
            (kind, ""): Part("", kind) for kind in binding.of_pixels
        }
    else:
        own = {tap: Part(source, binding.own_kind or binding.kind, tap) for tap in taps}
        parts = {tap: Part(source, binding.kind, tap) for tap in taps}
    return Paired(metric, own, parts, binding, network)


def _binding(info: MetricInfo) -> Binding:
    if info.id in COMPARED:
        return _of_the_extra(info)
    if info.name in BINDINGS and info.target.startswith("stylegauge."):
        return BINDINGS[info.name]
    if info.target.endswith(".safetensors"):
        return of_judge(Path(info.target))
    from stylegauge.metrics.plugins import binding_of

    return binding_of(info)
