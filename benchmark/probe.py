"""Facts of a model that do not change from call to call: its kind, its parameters, the operations of a call."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from stylegauge.benchmark.adapters.load import Generator, Live
from stylegauge.benchmark.adapters.protocol import PAIR
from stylegauge.benchmark.batches import Batch, Pictures
from stylegauge.benchmark.domains import first_made
from stylegauge.benchmark.seeding import seed_everything


@dataclass(frozen=True)
class Probe:
    """None where a fact cannot be had: images made elsewhere, a model that failed.

    domains: the labels that a model of kind "domain" makes
    """

    kind: str = PAIR
    parameters: int | None = None
    flops: int | None = None
    domains: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def probe(generator: Generator | None, pictures: Pictures) -> Probe:
    """Count a live model's parameters and the operations of one call; the call warms the model up too.

    It is asked for the first pair of the split that it makes.
    """
    if not isinstance(generator, Live):
        return Probe() if generator is None else Probe(generator.kind, domains=generator.domains)
    from stylegauge.metrics.cost import flops, parameters

    pair = first_made(generator, pictures.split)
    if pair is None:
        return Probe(generator.kind, parameters(generator.stylizer), None, generator.domains)
    batch = Batch(pictures, (pair,))
    seed_everything(batch.seeds[0])
    try:
        operations = flops(generator.prepared(batch))
    except (Exception, SystemExit):  # the same failure is met, counted and reported when the pair is really asked for
        operations = None
    return Probe(generator.kind, parameters(generator.stylizer), operations, generator.domains)
