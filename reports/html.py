"""report.html: one self-contained page for a run folder, and leaderboard.json beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from stylegauge.benchmark import leaderboard
from stylegauge.benchmark.gate import run_gains
from stylegauge.benchmark.records import FAILED
from stylegauge.benchmark.store import read_run, write_json
from stylegauge.benchmark.trust import trust
from stylegauge.datasets.files import write_atomic
from stylegauge.metrics.info import OF_A_PAIR
from stylegauge.metrics.registry import plane
from stylegauge.reports import (
    blocks,
    board,
    domains,
    gallery,
    gaps,
    judged,
    pages,
    plots,
    provenance,
    summary,
    tables,
    values,
)
from stylegauge.reports.selection import PairScores, scores_of_metric

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run

PAGE, BOARD = "report.html", "leaderboard.json"


def write_report(folder: Path) -> Path:
    """Write leaderboard.json and report.html of a run folder; neither a model nor a device is needed.

    The same folder gives the same bytes. raises: UsageError where `folder` holds no run
    """
    run = read_run(Path(folder))
    document = leaderboard.build(run)
    write_json(run.folder / BOARD, document)
    page = run.folder / PAGE
    write_atomic(page, render(run, document).encode())
    return page


def render(run: Run, document: Mapping[str, Any]) -> str:
    """The page of a run and its leaderboard as text."""
    environment, script = pages.environment(), pages.asset("report.js")
    environment.globals["cell_of"] = tables.cell_of
    return environment.get_template("report.html.j2").render(
        **_view(run, document), css=pages.asset("report.css"), script=script, policy=pages.policy(script)
    )


def _view(run: Run, document: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the template shows."""
    rows = blocks.make_blocks(document, run.plan["models"])
    by_name = {model["name"]: model for model in document["models"]}
    order = [by_name[row.name] for block in rows for row in block.rows]
    entries = [model["name"] for model in order if model["role"] != "control"]
    statements = trust(run)
    remarks: list[str] = []
    missing = tables.failure_rows(run.failures)
    known, unverified, axes = run.metrics, document["unverified_metrics"], plane(run.plan["backbone"])
    asked = [metric for metric, info in known.items() if info.compares != "model"]
    columns = board.make_columns(values.values_by_metric(document, asked), remarks, known, unverified, axes)
    pictures = gallery.build_gallery(run, _leading(run), [model["name"] for model in order], entries)
    return {
        "run": run,
        "document": document,
        "headline": summary.headline(run.plan, run.split),
        "lede": summary.lede(run.plan, run.split, document["networks"]),
        "cautions": document["cautions"],
        "unverified": unverified,
        "axes": axes,
        "findings": summary.findings(document, statements, axes),
        "self_tests": tables.self_tests([*_gates(document), *statements]),
        "verdicts": tables.verdicts(statements),
        "blocks": rows,
        "warnings": blocks.warnings(run.plan["models"], document["networks"]),
        "columns": columns,
        "spans": board.family_spans(columns),
        "domain_columns": tables.domain_columns(run.sets, remarks, known, unverified, document["set_comparisons"]),
        "judges": judged.judges(run, order),
        "gaps": gaps.gap_tables(document),
        "domain_table": domains.domain_table(document, order),
        "remarks": remarks,
        "plane": plots.plane_plots(run, order),
        "strips": plots.metric_plots(run, order),
        "gallery": pictures,
        "browse_index": _json(pictures.browse),
        "browse_images": _json(pictures.images),
        "failures": [row for row in missing if row.status == FAILED],
        "inapplicable": [row for row in missing if row.status != FAILED],
        "costs": tables.costs(order),
        "order": order,
        "facts": provenance.facts(run),
        "command": provenance.command(run.plan, run.split.get("hidden", False)),
        "model_notes": provenance.model_notes(run),
        "model_facts": provenance.model_facts(run),
        "item_facts": provenance.item_facts(run),
    }


def _gates(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The self-tests of the two gates; of that within domains where it was asked."""
    return [each for each in (document["gate_trust"], document["domain_gate_trust"]) if each]


def _leading(run: Run) -> PairScores:
    """What best, worst and gaps are chosen by: the gain at the gate, else the first paired metric of the run."""
    gains, reason = run_gains(run)
    if not reason and not gains.empty:
        table = gains.pivot_table(index=["content", "style"], columns="model", values="gain", aggfunc="mean")
        return PairScores("gain", table, True)
    paired = [info for info in run.metrics.values() if info.compares in OF_A_PAIR]
    metric = paired[0].id if paired else ""
    better = bool(paired and paired[0].higher_is_better)
    return scores_of_metric(run.scores, metric, metric, better)


def _json(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in, whatever names are in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704
