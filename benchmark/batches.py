"""The pairs of a split, cut into shards and batches that never change, and the requests made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from stylegauge.benchmark.seeding import item_seed
from stylegauge.datasets.request import Privilege, Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from stylegauge.datasets.splits import Item, Split

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
    """A split's images as tensors on the run's device, decoded and verified once each."""

    def __init__(self, split: Split, device: str, seed: int) -> None:
        self.split, self.device, self.seed = split, device, seed
        self.tensor = lru_cache(maxsize=512)(self._tensor)
        self._content_order = [item.id for item in split.contents]
        self._style_order = [item.id for item in split.styles]

    def _tensor(self, role: str, item_id: str) -> Tensor:
        from stylegauge.datasets.images import to_tensor

        item = self.split.content(item_id) if role == "content" else self.split.style(item_id)
        return to_tensor(self.split.image(item)).to(self.device)

    def contents(self, ids: Sequence[str]) -> Tensor:
        """[N, 3, size, size] in [0, 1]."""
        return _stack([self.tensor("content", i) for i in ids])

    def styles(self, ids: Sequence[str]) -> Tensor:
        """[N, 3, size, size] in [0, 1]."""
        return _stack([self.tensor("style", i) for i in ids])

    def other_content(self, content: str) -> str:
        """The next content of another group, for the control that takes the wrong one."""
        return _other(self.split.contents, self._content_order.index(content), lambda item: item.group)

    def other_style(self, style: str) -> str:
        """The next style of another domain (another group where domains are not named)."""
        return _other(self.split.styles, self._style_order.index(style), lambda item: item.domain or item.group)

    def batches(self, pairs: Sequence[Pair], size: int) -> Iterator[Batch]:
        """`pairs` in batches of `size`; the last may be smaller."""
        for start in range(0, len(pairs), size):
            yield Batch(self, tuple(pairs[start : start + size]))


def _other(items: Sequence[Item], index: int, key: object) -> str:
    turned = [*items[index + 1 :], *items[:index]]
    group = key(items[index])  # type: ignore[operator]
    different = [item for item in turned if key(item) != group]  # type: ignore[operator]
    return (different or turned or [items[index]])[0].id


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

    def request(self, privileged: bool) -> Request:
        """What the model is given: fresh tensors, so that one that writes into its inputs harms nobody after it."""
        split = self.pictures.split
        return Request(
            content=self.contents(),
            style=self.styles(),
            domain=tuple(split.style(pair.style).domain for pair in self.pairs),
            seeds=self.seeds,
            privilege=self._privilege() if privileged else None,
        )

    def _privilege(self) -> Privilege:
        split = self.pictures.split
        others = [self.pictures.other_style(pair.style) for pair in self.pairs]
        return Privilege(
            recipes=tuple(split.style(pair.style).recipe for pair in self.pairs),
            other_content=self.pictures.contents([self.pictures.other_content(pair.content) for pair in self.pairs]),
            other_style=self.pictures.styles(others),
            other_recipes=tuple(split.style(style).recipe for style in others),
        )
