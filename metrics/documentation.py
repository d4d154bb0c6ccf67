"""The table of docs/metrics.md, from the registry: `python -m stylegauge.metrics.documentation docs/metrics.md`."""

import sys
from pathlib import Path

from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.page_table import END, begin_of, markdown, with_table
from stylegauge.metrics.registry import METRICS

__all__ = ["BEGIN", "END", "main", "rewritten", "table"]

BEGIN = begin_of("stylegauge.metrics.documentation")
_HEAD = ("id", "compares", "definition", "better", "unit", "source", "when")
_BETTER = {True: "high", False: "low", None: "-"}


def table() -> str:
    """Every metric of the registry as a row of Markdown, in its order."""
    return markdown(_HEAD, map(_cells, METRICS.values()))


def rewritten(page: str) -> str:
    """The page with the table between its two markers; UsageError where they are not there."""
    return with_table(page, BEGIN, table())


def _cells(info: MetricInfo) -> tuple[str, ...]:
    when = "usual" if info.default else "asked"
    better = _BETTER[info.higher_is_better]
    return f"`{info.id}`", info.compares, info.summary, better, info.unit or "-", info.paper, when


def main(path: Path) -> None:
    """Rewrite the table of one page in place."""
    path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(*sys.argv[1:2] or ["docs/metrics.md"]))
