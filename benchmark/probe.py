"""Facts of a model that do not change from call to call: its kind, its parameters, the operations of a call."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.adapters.load import Generator, Live
from stylegauge.benchmark.seeding import seed_everything

if TYPE_CHECKING:
    from stylegauge.benchmark.batches import Batch


@dataclass(frozen=True)
class Probe:
    """None where a fact cannot be had: images made elsewhere, a model that failed."""

    kind: str = "pair"
    parameters: int | None = None
    flops: int | None = None

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def probe(generator: Generator | None, batch: Batch) -> Probe:
    """Count a live model's parameters and the operations of one call; the call warms the model up too."""
    if not isinstance(generator, Live):
        return Probe() if generator is None else Probe(generator.kind)
    from stylegauge.metrics.cost import flops, parameters

    seed_everything(batch.seeds[0])
    try:
        operations = flops(generator.prepared(batch))
    except (Exception, SystemExit):  # the same failure is met, counted and reported when the pair is really asked for
        operations = None
    return Probe(generator.kind, parameters(generator.stylizer), operations)
