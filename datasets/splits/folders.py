"""Any two folders as a split, without a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import MIN_SIDE, pixels_sha256
from stylegauge.datasets.splits.layouts import two_folders
from stylegauge.datasets.splits.lock import paired
from stylegauge.datasets.splits.records import Item, Split, squared


def folder_split(
    contents_dir: str | Path,
    styles_dir: str | Path,
    size: int = 256,
    pairs_rule: str = "full",
    seed: int = 0,
    references_dir: str | Path | None = None,
) -> Split:
    """Any two folders as a split. Only pictures that some pair uses take part; each is decoded and hashed here.

    An id is the file's name without suffix; groups and domains are those of `layouts.two_folders`, and the hash is that
    of the same folders locked. The files themselves are not hashed, and squares come from the cache.
    pairs_rule: see `pairs.make_pairs`; size: pixels a side, every picture squared by `resize.square`
    raises: UsageError for folders, pictures or rules that cannot be used
    """
    if size < MIN_SIDE:
        raise UsageError(f"size {size} is too small; possible are {MIN_SIDE} pixels and more")
    split = paired(two_folders(contents_dir, styles_dir, references_dir), "folders", size, pairs_rule, seed)

    def hashed(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(replace(item, pixels_sha256=_digest(item, size)) for item in items)

    return replace(
        split, contents=hashed(split.contents), styles=hashed(split.styles), references=hashed(split.references)
    )


def _digest(item: Item, size: int) -> str:
    path = item.path
    assert path is not None, item  # noqa: S101  a folder's pictures have files
    return pixels_sha256(squared(path, size))
