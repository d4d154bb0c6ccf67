"""Models of kind "domain": what they are asked for a pair, and which pairs they are not asked for.

Such a model is given a content and a label, and no style image. What it makes of them serves every pair of that content
with a style image of that domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stylegauge.benchmark.adapters.protocol import DOMAIN
from stylegauge.benchmark.batches import Batch, Pair

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.adapters.load import Generator
    from stylegauge.datasets.splits import Split


@dataclass(frozen=True)
class DomainBatch(Batch):
    """What models of kind "domain" are asked: the pairs carry a domain's label in the style's place.

    So an item's seed comes from content, domain and repeat, and no style image reaches the model.
    """

    @property
    def domains(self) -> tuple[str, ...]:
        """The labels asked for."""
        return tuple(pair.style for pair in self.pairs)

    def styles(self) -> Tensor:
        """[N, 3, 0, 0]: nothing to see."""
        import torch

        return torch.empty(len(self.pairs), 3, 0, 0, device=self.device)


def asked_for(generator: Generator, pair: Pair, split: Split) -> Pair:
    """What a model is asked for a pair: the pair itself, or of a model of kind "domain" (content, label, repeat)."""
    return pair._replace(style=split.style(pair.style).domain) if generator.kind == DOMAIN else pair


def request_batch(generator: Generator, batch: Batch) -> Batch:
    """The batch as a model is asked for it; one that holds (content, label, repeat) already is left as it is."""
    if generator.kind != DOMAIN or isinstance(batch, DomainBatch):
        return batch
    split = batch.pictures.split
    return DomainBatch(batch.pictures, tuple(asked_for(generator, pair, split) for pair in batch.pairs))


def why_not(generator: Generator, label: str) -> str:
    """Why a model is not asked for a domain, "" where it is.

    label: "" for a style image whose domain the split does not name
    """
    if generator.kind != DOMAIN or label in generator.domains:
        return ""
    if label:
        return f"the model does not make {label}"
    return f"the split names no domain here, and the model makes {listed(generator.domains)} alone"


def none_of(domains: tuple[str, ...], split: Split) -> str:
    """What to say of a model that makes no domain of a split at all, "" for any other.

    domains: those that it makes, () for one of pairs
    """
    there_are = [label for label in dict.fromkeys(item.domain for item in split.styles) if label]
    if not domains or set(there_are) & set(domains):
        return ""
    named = f"the split's domains are {listed(there_are)}" if there_are else "the split names no domains"
    return f"not applicable: it makes {listed(domains)}, and {named}"


def first_made(generator: Generator, split: Split) -> Pair | None:
    """The first pair of a split that a model is asked for, None where there is none."""
    pairs = (Pair(content, style, 0) for content, style in split.pairs)
    return next((pair for pair in pairs if not why_not(generator, split.style(pair.style).domain)), None)


def listed(labels: tuple[str, ...] | list[str], most: int = 4) -> str:
    """ "horse, zebra", with "and 7 more" for the rest of a long list."""
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return f"{', '.join(labels[:most])}{more}"
