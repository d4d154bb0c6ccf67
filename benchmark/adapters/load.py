"""From a specification to something that makes the images of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from stylegauge.benchmark.adapters.declared import declared
from stylegauge.benchmark.adapters.folder import FolderImages
from stylegauge.benchmark.adapters.guard import World
from stylegauge.benchmark.adapters.protocol import DOMAIN, PAIR, NotApplicableError, Stylizer, checked
from stylegauge.benchmark.domains import request_batch

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.benchmark.adapters.spec import ModelSpec
    from stylegauge.benchmark.batches import Batch
    from stylegauge.datasets.splits import Split


class Generator(Protocol):
    """What the runner sees of a model, whichever way it came in."""

    @property
    def kind(self) -> str:
        """One of protocol.KINDS."""
        ...

    @property
    def domains(self) -> tuple[str, ...]:
        """The labels that a model of kind "domain" makes, () for others."""
        ...

    @property
    def privileged(self) -> bool:
        """True for the controls that are shown what no generator may see."""
        ...

    @property
    def alone(self) -> bool:
        """True for a model that runs in this process: its calls are timed, so nothing else runs beside them."""
        ...

    def prepared(self, batch: Batch) -> Callable[[], Tensor]:
        """Read what the model is given, and return the call that makes its images.

        The call returns float32 [N, 3, size, size], not yet clipped, and raises OutputError or whatever the model
        raises. Preparing raises NotApplicableError for a control that this split has nothing for; any other error in
        it is of the run's own inputs, and no fault of the model.
        """
        ...

    def inverted(self, batch: Batch, outputs: Tensor) -> Tensor:
        """The contents as the model's own inverse makes them of its outputs, float32 [N, 3, size, size].

        raises: NotApplicableError for a model without an inverse; OutputError or whatever the model raises
        """
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
    world: World
    domains: tuple[str, ...] = ()
    alone: bool = True

    def prepared(self, batch: Batch) -> Callable[[], Tensor]:
        """Build the request; the call asks the model in its own world, and checks what it returned."""
        request = request_batch(self, batch).request(self.privileged)

        def call() -> Tensor:
            with self.world.entered():
                images = self.stylizer.stylize(request)
            return checked(images, request)

        return call

    def inverted(self, batch: Batch, outputs: Tensor) -> Tensor:
        """Ask the model's `invert(outputs, request)`, in its own world."""
        invert = getattr(getattr(self.stylizer, "owner", self.stylizer), "invert", None)
        if not callable(invert):
            raise NotApplicableError("the model has no invert(outputs, request)")
        request = request_batch(self, batch).request(self.privileged)
        with self.world.entered():
            images = invert(outputs, request)
        return checked(images, request)

    def note(self, content: str, style: str, size: int) -> str:
        """A live model's images are taken as they are."""
        return ""


@dataclass(frozen=True)
class Made:
    """Images made elsewhere.

    labels: of kind "domain", the domain of each style image, whose label stands in the names of files
    """

    folder: FolderImages
    kind: str = PAIR
    domains: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    privileged: bool = False
    alone: bool = False

    def prepared(self, batch: Batch) -> Callable[[], Tensor]:
        """The call reads the images of the batch's pairs."""
        import torch

        return lambda: torch.stack(
            [self.folder.image(pair.content, self._named(pair.style), batch.size) for pair in batch.pairs]
        ).to(batch.device)

    def inverted(self, batch: Batch, outputs: Tensor) -> Tensor:
        """There is no model to ask."""
        raise NotApplicableError("images made elsewhere have no inverse")

    def note(self, content: str, style: str, size: int) -> str:
        """Says when an image was resized to fit."""
        return self.folder.note(content, self._named(style), size)

    def _named(self, style: str) -> str:
        return self.labels.get(style, style)


def load(spec: ModelSpec, device: str, split: Split | None = None) -> Generator:
    """Find and build a model.

    split: tells images that are named for domains from those named for style images; without one they are the latter
    raises: UsageError for what the person who typed the specification can mend; whatever the model's own code raises
    """
    if spec.spec.startswith("folder:"):
        return _made(FolderImages(Path(spec.spec.removeprefix("folder:"))), split)
    from stylegauge.benchmark.adapters.python import build, find, folder_of

    world = World(folder_of(spec.spec))
    with world.entered():
        stylizer = build(find(spec.spec), spec.arguments, device)
        # What no generator may see is shown to the plan's controls alone: any class can call itself privileged.
        privileged = spec.role == "control" and bool(getattr(stylizer, "privileged", False))
        kind, domains = declared(stylizer, spec.name)
        return Live(stylizer, kind, privileged, world, domains)


def _made(folder: FolderImages, split: Split | None) -> Made:
    domains = folder.domains(split) if split else ()
    if split is None or not domains:
        return Made(folder)
    return Made(folder, DOMAIN, domains, {style.id: style.domain for style in split.styles})
