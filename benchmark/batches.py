"""The pairs of a split, cut into shards and batches that never change, and the requests made of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from stylegauge.benchmark.adapters.protocol import NotApplicableError
from stylegauge.benchmark.seeding import item_seed
from stylegauge.datasets.request import Privilege, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from torch import Tensor

    from stylegauge.datasets.splits import Item, Split

KEPT = 512  # pictures in memory, 1.6 GB of them at 512 pixels
REFERENCES = 4  # pictures of a domain that stand for the style where a model of domains is judged
SHARD = 8  # pairs in one unit of work: what a kill at the worst moment costs


class Pair(NamedTuple):
    """One content under one style, once more for each repeat."""

    content: str
    style: str
    repeat: int


def shards(split: Split, repeats: int) -> list[tuple[Pair, ...]]:
    """All pairs, in the split's order, in units of SHARD."""
    pairs = [Pair(content, style, repeat) for repeat in range(repeats) for content, style in split.pairs]
    return [tuple(pairs[start : start + SHARD]) for start in range(0, len(pairs), SHARD)]


class Pictures:
    """A split's images as tensors on the run's device, decoded and verified once each while KEPT of them suffice."""

    def __init__(self, split: Split, device: str, seed: int) -> None:
        self.split, self.device, self.seed = split, device, seed
        self.tensor = lru_cache(maxsize=KEPT)(self._tensor)
        self._domain_images: dict[str, Mapping[str, Tensor]] = {}
        self._content_order = [item.id for item in split.contents]
        self._style_order = [item.id for item in split.styles]

    def _tensor(self, role: str, item_id: str) -> Tensor:
        from stylegauge.datasets.images import to_tensor

        item = self.split.content(item_id) if role == "content" else self.split.style(item_id)
        image = to_tensor(self.split.image(item))
        if self.device != "cuda":
            return image.to(self.device)
        return image.pin_memory().to(self.device, non_blocking=True)  # this thread goes on to the next picture

    @contextmanager
    def reading_ahead(self, pairs: Sequence[Pair]) -> Iterator[None]:
        """The pictures of pairs to come are decoded while the enclosed code runs, by the time it has ended.

        For use around scoring: beside a model's timed call it would take cores away from it. What cannot be read is
        raised where it is used, not here.
        """
        wanted = dict.fromkeys(
            [("content", pair.content) for pair in pairs] + [("style", pair.style) for pair in pairs]
        )
        with ThreadPoolExecutor(max_workers=1) as ahead:
            for role, item_id in wanted:
                ahead.submit(self.tensor, role, item_id)
            yield

    def contents(self, ids: Sequence[str]) -> Tensor:
        """[N, 3, size, size] in [0, 1]."""
        return _stack([self.tensor("content", i) for i in ids])

    def styles(self, ids: Sequence[str]) -> Tensor:
        """[N, 3, size, size] in [0, 1]."""
        return _stack([self.tensor("style", i) for i in ids])

    def domain_images(self, label: str) -> Mapping[str, Tensor]:
        """Some pictures of a domain, id -> [3, size, size]: references, which no model saw, else its style images."""
        from stylegauge.datasets.images import to_tensor

        if label not in self._domain_images:
            for items in (self.split.references, self.split.styles):
                found = [item for item in items if item.domain == label]
                chosen = found[:: max(1, len(found) // REFERENCES)][:REFERENCES]
                self._domain_images[label] = {
                    f"{item.role} {item.id}": to_tensor(self.split.image(item)).to(self.device) for item in chosen
                }
                if chosen:
                    break
        return self._domain_images[label]

    def other_content(self, content: str) -> str:
        """The next content of another group (of the same one where there is no other), for the wrong-content control.

        raises: NotApplicableError where the split has no other content
        """
        return _other("content", self.split.contents, self._content_order.index(content), lambda item: item.group)

    def other_style(self, style: str) -> str:
        """The next style of another domain (another group where domains are not named, any other where all are one).

        raises: NotApplicableError where the split has no other style
        """
        place = self._style_order.index(style)
        return _other("style", self.split.styles, place, lambda item: item.domain or item.group)

    def batches(self, pairs: Sequence[Pair], size: int) -> Iterator[Batch]:
        """`pairs` in batches of `size`; the last may be smaller."""
        for start in range(0, len(pairs), size):
            yield Batch(self, tuple(pairs[start : start + size]))


def _other(role: str, items: Sequence[Item], index: int, key: Callable[[Item], str]) -> str:
    turned = [*items[index + 1 :], *items[:index]]
    if not turned:
        raise NotApplicableError(f"the split has no other {role}")
    group = key(items[index])
    return next((item for item in turned if key(item) != group), turned[0]).id


def _stack(images: list[Tensor]) -> Tensor:
    import torch

    return torch.stack(images)


@dataclass(frozen=True)
class Batch:
    """Some pairs, and the request that a model gets for them."""

    pictures: Pictures
    pairs: tuple[Pair, ...]

    @property
    def device(self) -> str:
        """Where the tensors are."""
        return self.pictures.device

    @property
    def size(self) -> int:
        """The side of every image, in pixels."""
        return self.pictures.split.size

    @property
    def seeds(self) -> tuple[int, ...]:
        """A seed for each pair, from the pair itself."""
        return tuple(item_seed(self.pictures.seed, *pair) for pair in self.pairs)

    def contents(self) -> Tensor:
        """[N, 3, size, size] in [0, 1]."""
        return self.pictures.contents([pair.content for pair in self.pairs])

    def styles(self) -> Tensor:
        """[N, 3, size, size] in [0, 1]."""
        return self.pictures.styles([pair.style for pair in self.pairs])

    @property
    def domains(self) -> tuple[str, ...]:
        """The label of each style image's domain, "" where the split names none."""
        return tuple(self.pictures.split.style(pair.style).domain for pair in self.pairs)

    def request(self, privileged: bool) -> Request:
        """What the model is given: fresh tensors, so that one that writes into its inputs harms nobody after it."""
        return Request(
            content=self.contents(),
            style=self.styles(),
            domain=self.domains,
            seeds=self.seeds,
            privilege=_Shown(self) if privileged else None,
        )


class _Shown(Privilege):
    """The privilege of a batch, each part made when a control looks at it.

    A split of one content has nothing for the control that takes another one, and still everything for the oracle.
    """

    def __init__(self, batch: Batch) -> None:
        object.__setattr__(self, "_batch", batch)  # the parent is frozen

    _batch: Batch

    @cached_property
    def recipes(self) -> tuple[Mapping[str, Any] | None, ...]:
        return self._recipes([pair.style for pair in self._batch.pairs])

    @cached_property
    def other_content(self) -> Tensor:
        pictures = self._batch.pictures
        return pictures.contents([pictures.other_content(pair.content) for pair in self._batch.pairs])

    @cached_property
    def other_style(self) -> Tensor:
        return self._batch.pictures.styles(self._other_styles)

    @cached_property
    def other_recipes(self) -> tuple[Mapping[str, Any] | None, ...]:
        return self._recipes(self._other_styles)

    @cached_property
    def _other_styles(self) -> list[str]:
        return [self._batch.pictures.other_style(pair.style) for pair in self._batch.pairs]

    def _recipes(self, styles: list[str]) -> tuple[Mapping[str, Any] | None, ...]:
        return tuple(self._batch.pictures.split.style(style).recipe for style in styles)
