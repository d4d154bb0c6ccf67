"""`stylegauge list`: what there is. Imports no torch, so that it answers at once."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

import click

WIDTH = 100
INDENT = " " * 4
HEAD = ("", "kind", "parameters", "multiply-adds", "size")
Row = dict[str, Any]


@click.command(name="list")
@click.argument("what", type=click.Choice(["models", "metrics", "suites", "weights"]))
@click.option("--json", "as_json", is_flag=True, help="Everything that is known of each, as a JSON list.")
def list_(what: str, as_json: bool) -> None:
    """What there is: models, metrics, suites or weights.

    Of models: parameters of all that a model holds, multiply-adds of one image of 256 px (convolutions and matrix
    products; an optimisation's whole run), and the size of its shipped weights.
    """
    rows = ROWS[what]()
    if as_json:
        click.echo(json.dumps(rows, indent=1))
    elif what == "models":
        click.echo("\n".join(models_page(rows)))
    else:
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            click.echo(f"{row['name']:<{width}}  {row['summary']}")


def model_rows() -> list[Row]:
    """Ours as the table has them, then what other packages registered, of which only the place is known."""
    from stylegauge.baselines import BASELINES, OFFICIAL
    from stylegauge.benchmark.adapters.python import registered

    ours = [asdict(info) for info in (*BASELINES, *OFFICIAL)]
    named = {row["name"] for row in ours}
    others = [(name, point.value) for name, point in registered().items() if name not in named]
    return ours + [{"name": name, "target": value, "summary": f"from {value}"} for name, value in others]


def models_page(rows: Iterable[Row]) -> list[str]:
    """Lines of at most WIDTH columns: methods with their figures, then controls and the models of other packages."""
    rows = list(rows)
    entries = [row for row in rows if row.get("role") == "entry"]
    plain = [row for row in rows if row.get("role") != "entry"]
    first = max(len(row["name"]) for row in rows)
    lines = [_figures(HEAD, first)]
    for row in entries:
        lines += [_figures((row["name"], *_measured(row)), first), *_wrapped(row["summary"]), *_wrapped(_origin(row))]
    for title, chosen in (
        ("controls, without networks", [row for row in plain if row.get("role") == "control"]),
        ("of other packages", [row for row in plain if "role" not in row]),
    ):
        if chosen:
            lines += ["", title, *(line for row in chosen for line in _named(row, first))]
    return lines


def _measured(row: Row) -> tuple[str, ...]:
    from stylegauge.baselines.info import megabytes, short

    return row["kind"], short(row["parameters"]), short(row["multiply_adds"]), megabytes(row["size"])


def _figures(cells: tuple[str, ...], first: int) -> str:
    name, kind, *figures = cells
    return f"{name:<{first}}  {kind:<6}" + "".join(f"{cell:>15}" for cell in figures)


def _origin(row: Row) -> str:
    parts = {"makes": ", ".join(row["domains"]), "paper": row["paper"], "trained on": row["trained_on"]}
    return "; ".join(f"{name}: {value}" for name, value in (parts | {"licence": row["licence"]}).items() if value)


def _named(row: Row, first: int) -> list[str]:
    return textwrap.wrap(
        row["summary"], WIDTH, initial_indent=f"{row['name']:<{first}}  ", subsequent_indent=" " * (first + 2)
    )


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(
        words, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
    )


def metric_rows() -> list[Row]:
    """The registry, then metrics that other packages registered."""
    from stylegauge.metrics.plugins import registered
    from stylegauge.metrics.registry import METRICS

    arrow = {True: "higher is better", False: "lower is better", None: "neither is better"}
    ours = [(i.id, f"[{i.family}, {arrow[i.higher_is_better]}] {i.summary}") for i in METRICS.values()]
    return _rows([*ours, *((name, f"from {p.value}") for name, p in registered().items() if name not in METRICS)])


def weights_rows() -> list[Row]:
    """The published files, and where on this machine they were found."""
    from stylegauge.benchmark import weights_command

    return _rows(weights_command.weights_rows())


def suite_rows() -> list[Row]:
    """The protocols of the package, and what else can be one."""
    from stylegauge.benchmark.suites import SHIPPED, find_suite

    ours = [(name, find_suite(name)[1].summary) for name in SHIPPED]
    return _rows(
        [*ours, ("FILE.toml", "a suite of your own"), ("--contents DIR --styles DIR", "any two folders of images")]
    )


def _rows(named: Iterable[tuple[str, str]]) -> list[Row]:
    return [{"name": name, "summary": summary} for name, summary in named]


ROWS: Mapping[str, Callable[[], list[Row]]] = {
    "models": model_rows,
    "metrics": metric_rows,
    "suites": suite_rows,
    "weights": weights_rows,
}
