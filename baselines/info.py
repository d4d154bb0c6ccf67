"""What is known of a generator without running it. Imports no torch, so that listing answers at once.

What can be measured stands in facts.toml, which `python -m stylegauge.baselines.facts` writes, and a test holds it
against the models; the rest is written in the table.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

FACTS = Path(__file__).with_name("facts.toml")


@dataclass(frozen=True)
class BaselineInfo:
    """What `list models` shows of one of our own generators.

    role: "control" for what every metric must put in its place, "entry" for a method of style transfer
    privileged: True for controls that are shown `request.privilege`
    summary: what it does, in one sentence; target: "module:name" of its class or factory, the entry point's value
    paper: the source of the method, empty for what needs none; kind: of the adapter's contract
    licence: of its weights, or of the method's code where it has none; trained_on: what its weights have seen
    trained: whether it needs weights of its own, and so stands in the table only where they are shipped and measured

    Measured, 0 and () for what has no networks:
    domains: what a generator of kind "domain" makes with the shipped weights
    parameters: of all networks that it holds, a backbone and inverse or other domains' generators included
    multiply_adds: of one image of 256 px, convolutions and matrix products alone; half of what torch counts as FLOPs
    size: bytes of the shipped weights files that it reads, a backbone's included
    """

    name: str
    role: Literal["control", "entry"]
    privileged: bool
    summary: str
    target: str
    paper: str = ""
    kind: Literal["pair", "domain"] = "pair"
    licence: str = "the package's"
    trained_on: str = "nothing"
    trained: bool = False
    domains: tuple[str, ...] = ()
    parameters: int = 0
    multiply_adds: int = 0
    size: int = 0

    @property
    def of_quick(self) -> bool:
        """Whether it can do nothing with other pictures than the quick suite's: it needs recipes, or its domains."""
        return self.name == "oracle" or self.kind == "domain"


@dataclass(frozen=True)
class Facts:
    """The measured fields of BaselineInfo."""

    domains: tuple[str, ...] = ()
    parameters: int = 0
    multiply_adds: int = 0
    size: int = 0


def read_facts(path: Path = FACTS) -> dict[str, Facts]:
    """Name -> what was measured of it."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: Facts(**{**table, "domains": tuple(table["domains"])}) for name, table in tables.items()}


def with_facts(rows: tuple[BaselineInfo, ...], facts: dict[str, Facts]) -> tuple[BaselineInfo, ...]:
    """The rows with what was measured of them, without those whose weights are not shipped yet."""
    known = [row for row in rows if row.name in facts or not row.trained]
    return tuple(replace(row, **vars(facts[row.name])) if row.name in facts else row for row in known)


def short(number: int) -> str:
    """Three digits and a unit: 649728 is 650 k, 34886123520 is 34.9 G; a dash for nothing."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return str(number) if number else "-"


def megabytes(size: int) -> str:
    """Of a size in bytes: 2605384 is 2.61 MB; a dash for nothing."""
    return f"{size / 1e6:.2f} MB" if size else "-"
