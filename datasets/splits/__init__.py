"""Splits: fixed sets of contents, styles, references and pairs, where every picture is known by its hash."""

from stylegauge.datasets.splits.files import read_split, write_split
from stylegauge.datasets.splits.hidden import check_commitment, write_commitment
from stylegauge.datasets.splits.lock import lock_split
from stylegauge.datasets.splits.named import load_split
from stylegauge.datasets.splits.records import Item, Split

__all__ = [
    "Item",
    "Split",
    "check_commitment",
    "load_split",
    "lock_split",
    "read_split",
    "write_commitment",
    "write_split",
]
