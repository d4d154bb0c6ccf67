"""Generators anybody can run, each a final class that meets Stylizer. This table of them imports no torch.

They are found as everybody's models are, through entry points in the group `stylegauge.models`; a test holds the table,
the entry points and the classes against each other.
"""

from __future__ import annotations

from stylegauge.baselines.info import BaselineInfo, read_facts, with_facts
from stylegauge.baselines.table import CONTROLS, ENTRIES, OFFICIAL_ROWS

__all__ = ["BASELINES", "OFFICIAL", "BaselineInfo"]

# Those that run without an argument, and so by default.
BASELINES: tuple[BaselineInfo, ...] = with_facts((*CONTROLS, *ENTRIES), read_facts())
# Those on weights files that a person brings.
OFFICIAL: tuple[BaselineInfo, ...] = with_facts(OFFICIAL_ROWS, read_facts())
