"""A Markdown table that stands in a page between two markers, written anew from what it lists.

The first marker names the module that writes it, so that a reader of the page knows what to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stylegauge.datasets.errors import UsageError

END = "<!-- end of table -->"


def begin_of(module: str) -> str:
    """The marker before a table that `python -m MODULE` writes."""
    return f"<!-- table: python -m {module} -->"


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A head, a rule and the rows, as many cells in each; bars within a cell are escaped."""
    return "\n".join((_line(head), _line(("---",) * len(head)), *map(_line, rows)))


def with_table(page: str, begin: str, table: str) -> str:
    """The page with the table between `begin` and `END`; UsageError where they are not there."""
    before, found, rest = page.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise UsageError(f"no table to rewrite; expected the lines '{begin}' and '{END}'")
    return f"{before}{begin}\n{table}\n{END}{after}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
