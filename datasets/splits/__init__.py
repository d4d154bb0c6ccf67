"""Splits: fixed sets of contents, styles, references and pairs, where every picture is known by its hash."""

from stylegauge.datasets.splits.folders import folder_split
from stylegauge.datasets.splits.named import load_split
from stylegauge.datasets.splits.records import Item, Split

__all__ = ["Item", "Split", "folder_split", "load_split"]
