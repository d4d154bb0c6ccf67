"""An item of a split file: a short list of values under one list of names, for a split may have 100,000 of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stylegauge.datasets.splits.records import Item

ROLES = ("content", "style", "reference", "train")
COLUMNS = (
    "id", "role", "file", "file_sha256", "bytes", "width", "height", "pixels_sha256",
    "domain", "group", "source", "licence", "recipe",
)  # fmt: skip
_TEXT, _NUMBER, _NOTHING = frozenset({str}), frozenset({int}), frozenset({type(None)})
_KINDS: dict[str, frozenset[type]] = {
    **dict.fromkeys(("id", "role", "pixels_sha256", "domain", "group", "source"), _TEXT),
    **dict.fromkeys(("file", "file_sha256", "licence"), _TEXT | _NOTHING),
    **dict.fromkeys(("bytes", "width", "height"), _NUMBER | _NOTHING),
    "recipe": frozenset({dict}) | _NOTHING,
}
FEW_VALUES = ("role", "domain", "group", "licence")
_SHA256 = re.compile("[0-9a-f]{64}")
# A split comes from strangers: an id names files of the run folder, and a file must lie within the data.
_NAME = re.compile(r"(?!\.)[^/\\]+", re.DOTALL)
_INSIDE = re.compile(r"(?!/)(?!(.*/)?\.\.(/|$)).+", re.DOTALL)
# What no text may hold: control characters, ends of lines, and halves of characters, which no UTF-8 file can hold.
_STRANGE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Bytes. The file of an output is named by two ids, and file systems allow 255 for that.
LONGEST = {"id": 120, "domain": 255, "group": 255, "file": 4096, "source": 4096, "licence": 4096}


def row(item: Item) -> list[Any]:
    """The values of an item under COLUMNS; null for what is not known or, as the file of a rendering, is not there."""
    facts = [getattr(item, name) or None for name in COLUMNS[2:7]]
    words = [item.pixels_sha256, item.domain, item.group, item.source]
    return [item.id, item.role, *facts, *words, item.licence or None, item.recipe]


def items_of(rows: Sequence[Sequence[Any]], data: Path) -> dict[str, tuple[Item, ...]]:
    """The items of each role, in the order of `rows`; `data` is where their files lie.

    raises: ValueError, which names the row, for a value that no item can have
    """
    lengths = set(map(len, rows))
    if lengths != {len(COLUMNS)}:
        raise ValueError(f"items have {sorted(lengths)} values, expected {len(COLUMNS)}")
    columns = dict(zip(COLUMNS, map(list, zip(*rows))))
    _check(columns)
    known: dict[Any, Any] = {}
    for name in FEW_VALUES:  # one text for all rows that have it, or 100,000 licences are 100,000 objects
        columns[name] = [known.setdefault(value, value) for value in columns[name]]
    found: dict[str, list[Item]] = {role: [] for role in ROLES}
    for values in zip(*columns.values()):
        item = _item(values, data)
        found[item.role].append(item)
    for role, items in found.items():
        if len({item.id for item in items}) < len(items):
            raise ValueError(f"two items of the role '{role}' have one id")
    return {role: tuple(items) for role, items in found.items()}


def _item(values: Sequence[Any], data: Path) -> Item:
    name, role, file, file_sha256, size, width, height, pixels, domain, group, source, licence, recipe = values
    facts = (file or "", file_sha256 or "", size or 0, width or 0, height or 0)
    return Item(name, role, group, domain, pixels, recipe, source, *facts, licence or "", data)


def _check(columns: dict[str, list[Any]]) -> None:
    for name, values in columns.items():
        strange = set(map(type, values)) - _KINDS[name]
        if strange:
            raise ValueError(f"no item can have a {name} of the kind {strange.pop().__name__}")
    for name, most in LONGEST.items():
        texts = [value or "" for value in dict.fromkeys(columns[name])]
        every = "".join(texts)
        if every.isascii() and every.isprintable() and max(map(len, texts)) <= most:
            continue  # as all are but for a few: one look at the whole is faster than one at each
        for text in texts:
            check_text(name, text, most)
    for name in ("bytes", "width", "height"):
        _refuse(name, columns[name], lambda value: value is None or value >= 0)
    _refuse("file_sha256", [each for each in columns["file_sha256"] if each is not None], _SHA256.fullmatch)
    _refuse("role", columns["role"], ROLES.__contains__)
    _refuse("id", columns["id"], _NAME.fullmatch)
    _refuse("pixels_sha256", columns["pixels_sha256"], _SHA256.fullmatch)
    _refuse("file", [file for file in columns["file"] if file is not None], _INSIDE.fullmatch)
    for role, file, recipe in zip(columns["role"], columns["file"], columns["recipe"]):
        if file is None and (role != "reference" or recipe is None):
            raise ValueError(f"a {role} has no file; only a reference that is rendered can have none")


def check_text(name: str, value: str, most: int) -> None:
    """Refuse text that no page or file name can show; ValueError names the value by its first characters."""
    if _STRANGE.search(value) or len(value.encode()) > most:
        raise ValueError(f"no {name} can be {value[:60]!r}: possible are {most} bytes without control characters")


def inside(folder: Any) -> str:
    """A folder below the data, with "/", or "" for that itself; ValueError for any other."""
    if type(folder) is not str:
        raise TypeError(f"{folder!r} where a folder is expected")
    check_text("folder", folder, LONGEST["file"])
    if folder and not _INSIDE.fullmatch(folder):
        raise ValueError(f"the folder '{folder}' leads out of the data")
    return folder


def _refuse(name: str, values: list[Any], good: Callable[[Any], Any]) -> None:
    if not all(map(good, values)):
        wrong = next(value for value in values if not good(value))
        raise ValueError(f"no item can have the {name} {wrong!r}")
