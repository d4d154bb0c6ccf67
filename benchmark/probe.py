"""Facts of a model that do not change from call to call: its kind, its parameters, the operations of a call."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.adapters.load import Generator, Live
from stylegauge.benchmark.seeding import seed_everything

if TYPE_CHECKING:
    from stylegauge.benchmark.batches import Batch

DEPTH = 4  # attributes of attributes: how far parameters are looked for in a plain object


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
    from stylegauge.metrics.cost import flops

    seed_everything(batch.seeds[0])
    try:
        operations = flops(generator.prepared(batch))
    except (Exception, SystemExit):  # the same failure is met, counted and reported when the pair is really asked for
        operations = None
    return Probe(generator.kind, count_parameters(generator.stylizer), operations)


def count_parameters(model: Any) -> int:
    """Distinct floating-point tensor elements reachable from an object: module parameters and plain tensors alike."""
    return sum(tensor.numel() for tensor in _tensors(model, DEPTH, set()))


def _tensors(value: Any, depth: int, seen: set[int]) -> list[Any]:
    import torch

    if id(value) in seen or depth < 0:
        return []
    seen.add(id(value))
    if isinstance(value, torch.Tensor):
        return [value] if value.is_floating_point() else []
    if isinstance(value, torch.nn.Module):
        inside: list[Any] = list(value.parameters())
        inside += [v for k, v in vars(value).items() if not k.startswith("_")]
    elif isinstance(value, dict):
        inside = list(value.values())
    elif isinstance(value, list | tuple):
        inside = list(value)
    elif callable(value) and hasattr(value, "__self__"):
        inside = [value.__self__]
    else:
        inside = list(vars(value).values()) if hasattr(value, "__dict__") and not isinstance(value, type) else []
    return [tensor for one in inside for tensor in _tensors(one, depth - 1, seen)]
