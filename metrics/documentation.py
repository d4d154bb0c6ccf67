"""The table of docs/metrics.md, from the registry: `python -m stylegauge.metrics.documentation docs/metrics.md`."""

import sys
from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.registry import METRICS

BEGIN, END = "<!-- table: python -m stylegauge.metrics.documentation -->", "<!-- end of table -->"
_HEAD = ("id", "compares", "definition", "better", "unit", "source", "when")
_BETTER = {True: "high", False: "low", None: "-"}


def table() -> str:
    """Every metric of the registry as a row of Markdown, in its order."""
    return "\n".join((_line(_HEAD), _line(("---",) * len(_HEAD)), *(_line(_cells(info)) for info in METRICS.values())))


def rewritten(page: str) -> str:
    """The page with the table between its two markers; UsageError where they are not there."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"no table to rewrite; expected the lines '{BEGIN}' and '{END}'")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _cells(info: MetricInfo) -> tuple[str, ...]:
    when = "usual" if info.default else "asked"
    better = _BETTER[info.higher_is_better]
    return f"`{info.id}`", info.compares, info.summary, better, info.unit or "-", info.paper, when


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main(path: Path) -> None:
    """Rewrite the table of one page in place."""
    path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(*sys.argv[1:2] or ["docs/metrics.md"]))
