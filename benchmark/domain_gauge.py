"""Domain gains out of pictures: the content that outputs lose, the no-skill curve of each domain, the rows of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from stylegauge.benchmark.device import workers_on
from stylegauge.benchmark.domain_gains import DomainCurve, DomainOutputs, DomainReferences
from stylegauge.benchmark.keys import hash_of, reduce_key
from stylegauge.benchmark.sets import reference_items
from stylegauge.datasets import cache
from stylegauge.metrics.registry import resolve

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from stylegauge.benchmark.batches import Pair
    from stylegauge.benchmark.runner import Setting
    from stylegauge.benchmark.sets import ReferenceSet
    from stylegauge.datasets.splits import Item
    from stylegauge.metrics.features import Part, Parts
    from stylegauge.metrics.info import MetricInfo
    from stylegauge.metrics.side_by_side import SideBySide
    from stylegauge.metrics.vectors import Vectors

PARTNERS = 2  # reference pictures that each content is blended with
OTHERS = 8  # contents that an output is held against besides its own, of as many as there are
BLENDS = tuple(i / 8 for i in range(1, 9))
RECOLOURED = (0.25, 0.5, 0.625, 0.75, 0.875)  # content .. colour match at 0.5 .. the picture itself
PATHS: Mapping[str, tuple[float, ...]] = {"blend": BLENDS, "colour": (*RECOLOURED, 1.0)}


def domain_metrics(backbone: str) -> tuple[MetricInfo, ...]:
    """The two metrics that domain gains are made of: content@B, and kid@B of the same suite."""
    return resolve(("content", "kid"), backbone)


def find_gauge(setting: Setting, references: ReferenceSet | None) -> DomainGauge | None:
    """None where a run does not compute what domain gains are made of."""
    there = {info.id for info in setting.metrics}
    needed = {info.id for info in domain_metrics(setting.plan.backbone)}
    return DomainGauge(setting, references) if references is not None and needed <= there else None


class DomainGauge:
    """The gains of a run's models within the named domains of its split.

    references: with the features that kid@B is computed of; domains without any have no gains
    """

    def __init__(self, setting: Setting, references: ReferenceSet) -> None:
        self._setting, self._references = setting, references
        self._domain = {item.id: item.domain for item in setting.split.styles}
        self._groups = {item.id: item.group for item in setting.split.contents}
        self._source = domain_metrics(setting.plan.backbone)[1].sources[-1]
        met: dict[str, dict[str, None]] = {}
        for content, style in setting.split.pairs:
            met.setdefault(self._domain[style], {})[content] = None
        there = set(references.domains) - {""}
        self._contents = {label: tuple(contents) for label, contents in met.items() if label in there}
        self._curves: dict[str, DomainCurve] = {}
        self._kept: dict[str, _Contents] = {}
        items = reference_items(setting.split)[0]
        # A style image that stands in for references is none for what was made of it.
        self._made_from = {} if setting.split.references else dict(zip((i.id for i in items), references.groups))

    def loss_of(self, pair: Pair) -> Callable[[Parts], float]:
        """What tells from an output's parts how much it lost of its content; nan in a domain without references."""
        domain = self._domain[pair.style]
        if domain not in self._contents:
            return lambda parts: float("nan")
        return partial(self._of(domain).lost, pair.content)

    def rows(
        self, model: str, pairs: Sequence[Pair], lost: NDArray[np.float64], features: Mapping[str, Vectors], shown: bool
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of domains.parquet for one model.

        pairs: of its distinct pictures; lost: [N] what `loss_of` told of each; features: source -> [N, D] of the same
        shown: whether it was shown the style images
        """
        label = [self._domain[pair.style] for pair in pairs]
        for domain in self._contents:
            at = np.array([row for row, each in enumerate(label) if each == domain], np.intp)
            if not len(at):
                continue
            sources = tuple(self._made_from.get(pairs[row].style, "") if shown else "" for row in at)
            vectors = np.array(features[self._source][at], dtype=np.float32)
            made = DomainOutputs(tuple(pairs[row].content for row in at), lost[at], vectors, sources)
            yield from ((model, domain, *row) for row in self._curve(domain).gains(made))

    def _of(self, domain: str) -> _Contents:
        if domain not in self._kept:
            self._kept[domain] = _Contents(self._setting, self._contents[domain], self._groups)
        return self._kept[domain]

    def _curve(self, domain: str) -> DomainCurve:
        if domain not in self._curves:
            found = self._references.of(domain)
            references = DomainReferences(found.features[self._source], found.groups)
            steps = _curve_steps(self._setting, domain, self._of(domain), found.groups)
            self._curves[domain] = DomainCurve(steps, references, self._groups, self._of(domain).weights)
        return self._curves[domain]


class _Contents:
    """Some contents, and how much of one an image loses.

    groups: content -> its group; an image is held against contents of other groups alone, the next OTHERS in a ring,
    so that each content is another's as often as it has others itself and their own strength cancels out
    """

    def __init__(self, setting: Setting, contents: Sequence[str], groups: Mapping[str, str]) -> None:
        from stylegauge.metrics.bindings import bind
        from stylegauge.metrics.features import EMBEDDING, Extractor, Part

        self.ids = tuple(contents)
        self._extractor = Extractor(setting.networks)
        content, kid = domain_metrics(setting.plan.backbone)
        self._compare, self._embedding = bind(content, self._extractor), Part(kid.sources[-1], EMBEDDING)
        self._others = {c: _others(i, contents, groups) for i, c in enumerate(contents)}
        images = [setting.pictures.tensor("content", content) for content in contents]
        self._known = dict(zip(contents, beside(setting).each(self._parts, images)))
        self.weights = {c: sum(self._distance(self._known[c], o) for o in self._others[c]) for c in contents}

    def look(self, content: str, image: Tensor) -> tuple[float, NDArray[np.float32]]:
        """What an image [3, H, W] lost of a content, and its embedding [D]; one pass where both are of one network."""
        parts = self._parts(image, self._embedding)
        return self.lost(content, parts), parts[self._embedding][0].cpu().numpy()

    def lost(self, content: str, parts: Parts) -> float:
        """1 less the share of a content that an image keeps, by its parts; nan where there is no other content."""
        own, others = self._distance(parts, content), self._others[content]
        further = sum(self._distance(parts, other) - own for other in others)
        return 1 - further / self.weights[content] if self.weights[content] else float("nan")

    def _parts(self, image: Tensor, *more: Part) -> Parts:
        import torch

        wanted = {*self._compare.own.values(), *self._compare.parts.values(), *more}
        with torch.inference_mode():
            return self._extractor.extract(image[None], wanted)

    def _distance(self, parts: Parts, content: str) -> float:
        return float(self._compare(parts, self._known[content]))


def beside(setting: Setting) -> SideBySide:
    """Pictures are looked at beside each other, and all alike, so that equal ones are at no distance."""
    from stylegauge.metrics.side_by_side import SideBySide

    return SideBySide(workers_on(setting.device))


def _others(index: int, contents: Sequence[str], groups: Mapping[str, str]) -> list[str]:
    ring = [*contents[index + 1 :], *contents[:index]]
    return [other for other in ring if groups[other] != groups[contents[index]]][:OTHERS]


def _curve_steps(
    setting: Setting, domain: str, known: _Contents, reference_groups: Sequence[str]
) -> dict[str, list[DomainOutputs]]:
    """Path -> its steps, the contents themselves first; looked at once a split, and then kept in the cache."""
    from safetensors.numpy import load, save

    items = [item for item in reference_items(setting.split)[0] if item.domain == domain]
    contents = tuple(content for content in known.ids for _ in range(PARTNERS))
    # Spread over all of them, since neighbours show one photograph.
    partners = [items[index * len(items) // len(contents) % len(items)] for index in range(len(contents))]
    sources = tuple(reference_groups[items.index(item)] for item in partners)
    key = hash_of([setting.reuse_key(domain_metrics(setting.plan.backbone)), domain, reduce_key()])
    kept = load(cache.cached("domain-curves", key, lambda: save(_look(setting, known, contents, partners))))
    whole = DomainOutputs(known.ids, np.zeros(len(known.ids)), kept["features/0"], ("",) * len(known.ids))
    return {
        path: [whole]
        + [
            DomainOutputs(contents, kept[f"lost/{_name(path, step)}"], kept[f"features/{_name(path, step)}"], sources)
            for step in steps
        ]
        for path, steps in PATHS.items()
    }


def _name(path: str, step: float) -> str:
    return f"{path}/{step}" if step < 1 else "1"  # both paths end at the picture itself


def _look(
    setting: Setting, known: _Contents, contents: Sequence[str], partners: Sequence[Item]
) -> dict[str, NDArray[Any]]:
    """Content lost [N] and features [N, D] of every step, by name, and the features of the contents themselves."""
    from stylegauge.benchmark.noskill import blending
    from stylegauge.datasets.images import quantise, to_tensor

    images = {content: setting.pictures.tensor("content", content) for content in known.ids}
    whole = beside(setting).each(lambda each: known.look(*each)[1], images.items())

    def steps(pair: tuple[str, Item]) -> dict[str, tuple[float, NDArray[np.float32]]]:
        content, partner = pair
        blends = blending(images[content][None], to_tensor(setting.split.image(partner)).to(setting.device)[None])
        made = {_name(path, step): blends(path, step) for path, steps in PATHS.items() for step in steps}
        return {name: known.look(content, quantise(each)[0]) for name, each in made.items()}

    looked = beside(setting).each(steps, list(zip(contents, partners)))
    found: dict[str, NDArray[Any]] = {"features/0": np.stack(whole)}
    for name in looked[0]:
        found[f"lost/{name}"] = np.array([each[name][0] for each in looked], np.float64)
        found[f"features/{name}"] = np.stack([each[name][1] for each in looked])
    return found
