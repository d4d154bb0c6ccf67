"""From a specification to something that makes the images of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from stylegauge.benchmark.adapters.folder import FolderImages
from stylegauge.benchmark.adapters.protocol import Stylizer, checked

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.adapters.spec import ModelSpec
    from stylegauge.benchmark.batches import Batch


class Generator(Protocol):
    """What the runner sees of a model, whichever way it came in."""

    @property
    def kind(self) -> str:
        """One of protocol.KINDS."""
        ...

    @property
    def privileged(self) -> bool:
        """True for the controls that are shown what no generator may see."""
        ...

    def images(self, batch: Batch) -> Tensor:
        """float32 [N, 3, size, size], not yet clipped; raises OutputError or whatever the model raises."""
        ...

    def note(self, content: str, style: str, size: int) -> str:
        """What the report should say was done to this pair's image, or ""."""
        ...


@dataclass(frozen=True)
class Live:
    """A model that runs in this process."""

    stylizer: Stylizer
    kind: str
    privileged: bool

    def images(self, batch: Batch) -> Tensor:
        """Ask the model, and check what it returned."""
        request = batch.request(self.privileged)
        return checked(self.stylizer.stylize(request), request)

    def note(self, content: str, style: str, size: int) -> str:
        """A live model's images are taken as they are."""
        return ""


@dataclass(frozen=True)
class Made:
    """Images made elsewhere."""

    folder: FolderImages
    kind: str = "pair"
    privileged: bool = False

    def images(self, batch: Batch) -> Tensor:
        """Read the images of the batch's pairs."""
        import torch

        return torch.stack([self.folder.image(pair.content, pair.style, batch.size) for pair in batch.pairs]).to(
            batch.device
        )

    def note(self, content: str, style: str, size: int) -> str:
        """Says when an image was resized to fit."""
        return self.folder.note(content, style, size)


def load(spec: ModelSpec, device: str) -> Generator:
    """Find and build a model.

    raises: UsageError for what the person who typed the specification can mend; whatever the model's own code raises
    """
    if spec.spec.startswith("folder:"):
        return Made(FolderImages(Path(spec.spec.removeprefix("folder:"))))
    from stylegauge.benchmark.adapters.python import build, find

    target = find(spec.spec)
    stylizer = build(target, spec.arguments, device)
    # Only the permanent controls, from this package, are shown what no generator may see.
    privileged = bool(getattr(stylizer, "privileged", False)) and _is_ours(target)
    return Live(stylizer, getattr(stylizer, "kind", "pair"), privileged)


def _is_ours(target: object) -> bool:
    return getattr(target, "__module__", "").startswith("stylegauge.baselines.")
