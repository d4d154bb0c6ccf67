"""Asking one model for the pairs of a run, unit by unit, and never twice for what it has made already.

A model of kind "domain" makes one image for each (content, domain, repeat), and units of eight pairs cut across those.
So what it is asked together follows from the split alone: all (content, domain) of the run in the order in which its
pairs meet them, in batches of the plan's size. An image is then the same whichever unit asks for it first, and where
another unit, of this sitting or of one before, has kept it under the same key, it is read from there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stylegauge.benchmark.adapters.protocol import DOMAIN
from stylegauge.benchmark.attempts import Attempt, Timing, attempt
from stylegauge.benchmark.batches import Pair, Pictures
from stylegauge.benchmark.domains import DomainBatch, asked_for, why_not
from stylegauge.benchmark.records import NOT_APPLICABLE, OK
from stylegauge.benchmark.store import read_json

if TYPE_CHECKING:
    from stylegauge.benchmark.adapters.load import Generator
    from stylegauge.datasets.splits import Split

Asked = tuple[list[Attempt], list[Timing]]


class Asker:
    """What is asked of one model.

    size: pairs given to it at once; kept: pictures of earlier units, done under the same key
    """

    def __init__(self, generator: Generator, pictures: Pictures, size: int, kept: Mapping[Pair, Path]) -> None:
        self._generator, self._pictures, self._size = generator, pictures, size
        # Images made elsewhere are as they are, however often they are read.
        self._shares = generator.kind == DOMAIN and generator.alone
        self._made: dict[Pair, Attempt | Path] = dict(kept)
        self._order = _in_order(generator, pictures.split) if self._shares else []
        self._place = {item: place for place, item in enumerate(self._order)}

    def ask(self, pairs: Sequence[Pair], picture: Callable[[Pair], Path]) -> Asked:
        """What the model made of each pair; those of domains that it does not make are not applicable.

        picture: where the image of a pair is kept, before anything else is asked
        """
        split, timings = self._pictures.split, list[Timing]()
        refused = {pair: why_not(self._generator, split.style(pair.style).domain) for pair in pairs}
        wanted = [pair for pair in pairs if not refused[pair]]
        made = self._shared(wanted, picture, timings) if self._shares else self._each(wanted, timings)
        found = {one.pair: one for one in made}
        return [found.get(p) or Attempt(p, None, NOT_APPLICABLE, refused[p]) for p in pairs], timings

    def _each(self, pairs: Sequence[Pair], timings: list[Timing]) -> list[Attempt]:
        batches = self._pictures.batches(pairs, self._size)
        return [one for batch in batches for one in attempt(self._generator, batch, timings)]

    def _shared(self, pairs: Sequence[Pair], picture: Callable[[Pair], Path], timings: list[Timing]) -> list[Attempt]:
        items = {pair: asked_for(self._generator, pair, self._pictures.split) for pair in pairs}
        for item in items.values():
            if item not in self._made:
                self._make(item, timings)
        found = [replace(self._attempt(item), pair=pair) for pair, item in items.items()]
        for one in found:
            if one.image is not None:
                self._made[items[one.pair]] = picture(one.pair)  # the file serves those to come, not the memory
        return found

    def _make(self, item: Pair, timings: list[Timing]) -> None:
        """Ask for an image, with those that it is always asked with."""
        place = self._place[item.content, item.style]
        start = place - place % self._size
        together = tuple(Pair(*one, item.repeat) for one in self._order[start : start + self._size])
        for one in attempt(self._generator, DomainBatch(self._pictures, together), timings):
            self._made.setdefault(one.pair, one)

    def _attempt(self, item: Pair) -> Attempt:
        from stylegauge.datasets.images import load_image, to_tensor

        made = self._made[item]
        if isinstance(made, Attempt):
            return made
        return Attempt(item, to_tensor(load_image(made)).to(self._pictures.device), OK, "")


def _in_order(generator: Generator, split: Split) -> list[tuple[str, str]]:
    """Each (content, label) that a model is asked for, as the split's pairs meet them."""
    met = dict.fromkeys((content, split.style(style).domain) for content, style in split.pairs)
    return [(content, label) for content, label in met if not why_not(generator, label)]


def kept_pictures(folder: Path, model: str, key: str, split: Split) -> dict[Pair, Path]:
    """(content, label, repeat) -> its picture, of the units of a run folder that were done under this key."""
    kept: dict[Pair, Path] = {}
    for path in sorted((folder / "units" / model).glob("[0-9]*.json")):
        document = read_json(path)
        if document["key"] == key:
            for (content, style, repeat), name in zip(document["pairs"], document["outputs"], strict=True):
                if (folder / name).exists():
                    kept.setdefault(Pair(content, split.style(style).domain, repeat), folder / name)
    return kept
