"""A split: which contents meet which styles, and the references, with the hash of every picture."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylegauge.datasets import cache, references
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import load_image, pixels_sha256, png_bytes
from stylegauge.datasets.resize import square

Pixels = NDArray[np.uint8]


def squared(path: Path, size: int) -> Pixels:
    """A file's picture as `resize.square` makes it, uint8 [size, size, 3].

    The file is decoded each time, so that a changed one is noticed; resizing costs far more and is cached.
    """
    pixels = load_image(path)
    if pixels.shape[:2] == (size, size):
        return pixels
    key = f"{pixels_sha256(pixels)}-{size}-torch-{version('torch')}"
    data = cache.cached("squares", key, lambda: png_bytes(square(pixels, size)))
    return np.array(Image.open(io.BytesIO(data)))


@dataclass(frozen=True)
class Item:
    """One picture of a split.

    role: "content", "style" or "reference"
    group: what makes two pictures dependent (the photograph, the scene, the style's domain)
    domain: of a style or reference, "" where none is named; of a content of a named split, what it shows
    path: its file, None for a reference that is rendered when needed
    pixels_sha256: of its pixels [size, size, 3], as `images.pixels_sha256` makes it
    recipe: how it was rendered (`painterly.render`), None for a picture nobody rendered
    source: where it comes from, in words (`sources`) or as a path
    """

    id: str
    role: str
    group: str
    domain: str
    path: Path | None
    pixels_sha256: str
    recipe: Mapping[str, Any] | None = field(repr=False)
    source: str

    def description(self) -> dict[str, Any]:
        """The item as JSON values, without its place on this machine."""
        words: dict[str, Any] = {"id": self.id, "group": self.group, "domain": self.domain}
        words |= {"pixels_sha256": self.pixels_sha256, "source": self.source}
        words["file"] = self.path.name if self.path else None
        return words if self.role == "content" else {**words, "recipe": self.recipe}


@dataclass(frozen=True)
class Split:
    """Contents, styles, references and the pairs; all pictures are square, size x size pixels."""

    name: str
    size: int
    contents: tuple[Item, ...]
    styles: tuple[Item, ...]
    references: tuple[Item, ...]
    pairs: tuple[tuple[str, str], ...]

    def content(self, item_id: str) -> Item:
        """The content with this id; KeyError where there is none."""
        return self._items["content", item_id]

    def style(self, item_id: str) -> Item:
        """The style with this id; KeyError where there is none."""
        return self._items["style", item_id]

    @cached_property
    def _items(self) -> dict[tuple[str, str], Item]:
        return {(item.role, item.id): item for item in self.contents + self.styles}

    def image(self, item: Item) -> Pixels:
        """The item's pixels, uint8 [size, size, 3], verified; UsageError names the file that has changed."""
        if item.path is None:
            return references.load(item, self.references, self.size)
        pixels = squared(item.path, self.size)
        found = pixels_sha256(pixels)
        if found != item.pixels_sha256:
            raise UsageError(
                f"{item.path} has changed: its pixels have sha256 {found[:12]}, expected {item.pixels_sha256[:12]}"
            )
        return pixels

    @cached_property
    def sha256(self) -> str:
        """Hash of the whole split: ids, groups, domains, recipes, pictures and pairs. Where files lie plays no part."""
        roles = [
            [[item.id, item.group, item.domain, item.recipe, item.pixels_sha256] for item in items]
            for items in (self.contents, self.styles, self.references)
        ]
        listed = [self.size, *roles, self.pairs]
        text = json.dumps(listed, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def description(self) -> dict[str, Any]:
        """What a run folder keeps of the split, as JSON values."""
        domains = {domain: sum(r.domain == domain for r in self.references) for domain in _domains(self.references)}
        return {
            "name": self.name,
            "size": self.size,
            "sha256": self.sha256,
            "photographs": len({item.group for item in self.contents if item.domain == "photograph"}),
            "contents": [item.description() for item in self.contents],
            "styles": [item.description() for item in self.styles],
            "references": {"n": len(self.references), "domains": domains},
            "pairs": [list(pair) for pair in self.pairs],
        }


def _domains(items: tuple[Item, ...]) -> list[str]:
    return sorted({item.domain for item in items})
