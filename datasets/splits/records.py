"""A split: which contents meet which styles, and the references, with the hash of every picture."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets import references
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import pixels_sha256
from stylegauge.datasets.resize import squared

Pixels = NDArray[np.uint8]
MAX_SIDE = 4096  # pixels; a picture of that side is 48 MiB, and features of it many times that
LISTED = "listed"  # the rule of pairs that follow from none


@dataclass(frozen=True, slots=True)
class Item:
    """One picture of a split.

    role: "content", "style", "reference", or "train": what models may have been trained on, of which no run sees any
    group: what makes two pictures dependent (the photograph, the scene, the style's domain)
    domain: of a style or reference, "" where none is named; of a content of a named split, what it shows
    pixels_sha256: of its pixels [size, size, 3], as `images.pixels_sha256` makes it
    recipe: how it was rendered (`painterly.render`), None for a picture nobody rendered
    source: where it comes from, in words (`sources`) or as a path
    file: below `data`, with "/"; "" for a reference that is rendered when needed
    file_sha256, bytes, width, height: of that file, the picture upright and not yet square; "" and 0 where not listed
    licence: in words, "" where it is not known
    at: its file on this machine where that is not below `data`: of folders that lie apart
    """

    id: str
    role: str
    group: str
    domain: str
    pixels_sha256: str
    recipe: Mapping[str, Any] | None = field(default=None, repr=False)
    source: str = ""
    file: str = ""
    file_sha256: str = ""
    bytes: int = 0
    width: int = 0
    height: int = 0
    licence: str = ""
    data: Path = field(default=Path(), compare=False, repr=False)
    at: Path | None = field(default=None, compare=False, repr=False)

    @property
    def path(self) -> Path | None:
        """Its file on this machine, None where it is rendered."""
        # Made when asked for: paths would double the memory of a split of 100,000 pictures.
        return self.at or (self.data / self.file if self.file else None)

    def description(self) -> dict[str, Any]:
        """The item as JSON values, without its place on this machine."""
        words: dict[str, Any] = {"id": self.id, "group": self.group, "domain": self.domain}
        words |= {"pixels_sha256": self.pixels_sha256, "source": self.source}
        words["file"] = PurePosixPath(self.file).name if self.file else None
        return words if self.role == "content" else {**words, "recipe": self.recipe}


@dataclass(frozen=True)
class Split:
    """Contents, styles, references and the pairs; all pictures are square, size x size pixels.

    rule, seed: what the pairs follow from (`pairing.derive`), LISTED where they are simply listed
    train: what a model may have been trained on, for leak scans; it decides no number and is no part of the hash
    skipped: pictures of the folders that cannot be decoded and were left out, each with the reason
    complete: folders below the split's data, with "/", in which no other picture may lie
    apart: where folders of `complete` lie on this machine that are not below `data`
    hidden, salt: a competition's split that must stay secret, and the secret behind its public digests, in hex
    """

    name: str
    size: int
    contents: tuple[Item, ...]
    styles: tuple[Item, ...]
    references: tuple[Item, ...]
    pairs: tuple[tuple[str, str], ...]
    rule: str = LISTED
    seed: int = 0
    train: tuple[Item, ...] = ()
    skipped: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    data: Path = field(default=Path(), compare=False)
    apart: Mapping[str, Path] = field(default_factory=dict, compare=False, repr=False)
    hidden: bool = False
    salt: str = field(default="", repr=False)

    @property
    def items(self) -> tuple[Item, ...]:
        """All pictures: contents, styles, references, train."""
        return self.contents + self.styles + self.references + self.train

    def content(self, item_id: str) -> Item:
        """The content with this id; KeyError where there is none."""
        return self._shown["content", item_id]

    def style(self, item_id: str) -> Item:
        """The style with this id; KeyError where there is none."""
        return self._shown["style", item_id]

    @cached_property
    def _shown(self) -> dict[tuple[str, str], Item]:
        return {(item.role, item.id): item for item in self.contents + self.styles}

    def image(self, item: Item) -> Pixels:
        """The item's pixels, uint8 [size, size, 3], verified; UsageError names the file that has changed."""
        path = item.path
        if path is None:
            return references.load(item, self.references, self.size)
        pixels = squared(path, self.size)
        found = pixels_sha256(pixels)
        if found != item.pixels_sha256:
            raise UsageError(
                f"{path} has changed: its pixels have sha256 {found[:12]}, expected {item.pixels_sha256[:12]}"
            )
        return pixels

    @cached_property
    def sha256(self) -> str:
        """Hash of the whole split: ids, groups, domains, recipes, pictures and pairs. Where files lie plays no part."""
        digest = hashlib.sha256(f"[{self.size}".encode())
        for items in (self.contents, self.styles, self.references):
            _hash_list(digest, map(_counted_in, items))
        _hash_list(digest, (f"[{_quoted(content)},{_quoted(style)}]" for content, style in self.pairs))
        digest.update(b"]")
        return digest.hexdigest()

    def description(self) -> dict[str, Any]:
        """What a run folder keeps of the split, as JSON values; of a hidden one no hash or source of a picture."""
        domains = {domain: sum(r.domain == domain for r in self.references) for domain in _domains(self.references)}
        return {
            "name": self.name,
            "size": self.size,
            "sha256": self.sha256,
            "photographs": len({item.group for item in self.contents if item.domain == "photograph"}),
            "hidden": self.hidden,
            "skipped": list(self.skipped),
            "contents": [self._described(item) for item in self.contents],
            "styles": [self._described(item) for item in self.styles],
            "references": {"n": len(self.references), "domains": domains},
            "pairs": [list(pair) for pair in self.pairs],
        }

    def _described(self, item: Item) -> dict[str, Any]:
        # A run folder is shown around, and the hash of a public photograph says which one it is.
        unsaid = {"pixels_sha256": "", "source": "", "file": None} if self.hidden else {}
        return {**item.description(), **unsaid}


def _counted_in(item: Item) -> str:
    recipe = "null" if item.recipe is None else json.dumps(item.recipe, sort_keys=True, separators=(",", ":"))
    words = (item.id, item.group, item.domain)
    return f"[{','.join(map(_quoted, words))},{recipe},{_quoted(item.pixels_sha256)}]"


def _hash_list(digest: hashlib._Hash, rows: Iterable[str]) -> None:
    """Add a JSON list, some rows at a time: the text of 100,000 pictures would be the most memory of a whole load."""
    digest.update(b",[")
    rest, comma = iter(rows), ""
    while part := ",".join(islice(rest, 4096)):
        digest.update(f"{comma}{part}".encode())
        comma = ","
    digest.update(b"]")


def _domains(items: tuple[Item, ...]) -> list[str]:
    return sorted({item.domain for item in items})
