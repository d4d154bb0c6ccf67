"""The table of docs/baselines.md, from the table of baselines.

python -m stylegauge.baselines.documentation docs/baselines.md
"""

from __future__ import annotations

import sys
from pathlib import Path

from stylegauge.baselines.info import BaselineInfo, megabytes, read_facts, short
from stylegauge.baselines.table import CONTROLS, ENTRIES, OFFICIAL_ROWS
from stylegauge.metrics.page_table import END, begin_of, markdown, with_table

__all__ = ["BEGIN", "END", "main", "rewritten", "table"]

BEGIN = begin_of("stylegauge.baselines.documentation")
_HEAD = ("name", "what it does", "kind", "makes", "parameters", "multiply-adds", "size", "paper", "trained on")


def table() -> str:
    """Every generator as a row of Markdown: methods, those on official files, controls."""
    return markdown(_HEAD, map(_cells, (*ENTRIES, *OFFICIAL_ROWS, *CONTROLS)))


def rewritten(page: str) -> str:
    """The page with the table between its two markers; UsageError where they are not there."""
    return with_table(page, BEGIN, table())


def _cells(info: BaselineInfo) -> tuple[str, ...]:
    facts = read_facts().get(info.name)
    if facts is None:
        measured = ("-", "not shipped" if info.trained else "-", "-", "-")
    else:
        domains = ", ".join(facts.domains) or "-"
        measured = (domains, short(facts.parameters), short(facts.multiply_adds), megabytes(facts.size))
    return f"`{info.name}`", info.summary, info.kind, *measured, info.paper or "-", info.trained_on


def main(path: Path) -> None:
    """Rewrite the table of one page in place."""
    path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(*sys.argv[1:2] or ["docs/baselines.md"]))
