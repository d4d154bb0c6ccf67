"""The splits that ship with the package: NAME.json and NAME/*.png beside this file, verified when they are loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits.records import Item, Split

FOLDER = Path(__file__).parent
SCHEMA = 1


def load_split(name: str, folder: Path = FOLDER) -> Split:
    """The split `name` from `folder`, every file of it verified.

    raises: UsageError naming an unknown split, a changed, missing or extra file
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.json")))
        raise UsageError(f"no split '{name}'; there are: {known}")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        split = _from_document(document, folder / name)
        stated = document["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as a split: {type(error).__name__} {error}") from error
    if split.sha256 != stated:
        raise UsageError(f"{path} has changed: it hashes to {split.sha256[:12]} and states {stated[:12]}")
    _check_files(split, folder / name)
    for item in split.contents + split.styles:
        split.image(item)
    return split


def _from_document(document: Mapping[str, Any], folder: Path) -> Split:
    if document["schema"] != SCHEMA:
        raise ValueError(f"schema {document['schema']}, this version reads {SCHEMA}")
    contents, styles, drawn = (
        tuple(_item(role.removesuffix("s"), words, folder) for words in document[role])
        for role in ("contents", "styles", "references")
    )
    pairs = tuple((content, style) for content, style in document["pairs"])
    return Split(document["name"], document["size"], contents, styles, drawn, pairs)


def _item(role: str, words: Mapping[str, Any], folder: Path) -> Item:
    path = folder / words["file"] if words["file"] else None
    digest, recipe = words["pixels_sha256"], words.get("recipe")
    return Item(words["id"], role, words["group"], words["domain"], path, digest, recipe, words["source"])


def _check_files(split: Split, folder: Path) -> None:
    listed = {item.path for item in split.contents + split.styles}
    present = {path for path in folder.iterdir() if not path.name.startswith(".")} if folder.is_dir() else set()
    for path in sorted(p for p in listed if p is not None and p not in present):
        raise UsageError(f"{path} is missing; the split '{split.name}' lists it")
    for path in sorted(present - listed):
        raise UsageError(f"{path} is no part of the split '{split.name}'; remove it")
