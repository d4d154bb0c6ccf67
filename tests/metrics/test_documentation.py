from pathlib import Path

from stylegauge.metrics.registry import METRICS

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
BETTER = {True: "high", False: "low", None: "-"}


def row(info):
    cells = (f"`{info.id}`", info.compares, info.summary, BETTER[info.higher_is_better], info.unit or "-", info.paper)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def test_the_page_lists_exactly_the_metrics_of_the_registry_as_they_are():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `")] == [row(info) for info in METRICS.values()]
