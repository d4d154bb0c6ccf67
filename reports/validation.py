"""validation.html: metric by property, what may be trusted on a split; one self-contained page of validation.json."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stylegauge.benchmark.store import read_json
from stylegauge.datasets.files import write_atomic
from stylegauge.reports import pages, tables, validation_tables
from stylegauge.reports.summary import Finding, names, plural

PAGE, DOCUMENT = "validation.html", "validation.json"
Row = Mapping[str, Any]
# What a property lets one do with a metric, in a few words: may be trusted ...
_USES = {
    "ladders": "to order degradations of one picture",
    "controls": "to order outputs of different models",
    "retest": "to be the same when measured again",
    "resolution": "to give the same order at other sizes",
    "attack": "where models may be tuned to it",
    "votes": "to speak for people",
}
_FINDINGS = (
    ("ladders", "Finding degradations", "climb the ladders that are asked of them"),
    ("controls", "Controls in their places", "put every control where it belongs"),
    ("resolution", "At other sizes", "keep the order of outputs at other sizes and crops"),
    ("attack", "Cheap to buy?", "hardly move under a change that nobody sees"),
)


def write_validation_page(folder: Path) -> Path:
    """Write validation.html beside validation.json; the same input gives the same bytes.

    raises: UsageError where the folder holds no validation.json
    """
    page = Path(folder) / PAGE
    write_atomic(page, render_validation(read_json(Path(folder) / DOCUMENT)).encode())
    return page


def render_validation(document: Mapping[str, Any]) -> str:
    """The page as text; document: what validation.json holds."""
    metrics = [info["id"] for info in document["metrics"]]
    template = pages.environment().get_template("validation.html.j2")
    return template.render(
        document=document,
        headline=f"{plural(len(metrics), 'metric')}, put to the test",
        lede=_lede(document),
        findings=_findings(document),
        titles=dict(document["titles"]),
        verdicts=_verdicts(document),
        words=[(metric, _in_words(document, metric)) for metric in metrics],
        ladder_table=validation_tables.ladder_table(document),
        unasked=validation_tables.unasked(document),
        plots=[validation_tables.plot(document, info, place) for place, info in enumerate(document["metrics"])],
        self_tests=tables.self_tests(document["controls"]["trust"]),
        unverified=(),
        means=validation_tables.means(document),
        retest=validation_tables.retest(document),
        resolution=validation_tables.resolution(document),
        attack=validation_tables.attack(document),
        heat=validation_tables.heat(document["sensitivity"]),
        votes=validation_tables.votes(document["votes"]),
        facts=_facts(document),
        limits=document["limits"],
        css=pages.asset("report.css") + pages.asset("validation.css"),
        policy=pages.policy(),
    )


def _lede(document: Mapping[str, Any]) -> str:
    sample, split = document["sample"], document["split"]
    known = (
        "whose style images were rendered by known procedures" if document["rendered"] else "of pictures as they are"
    )
    return (
        f"Before any model: which numbers mean something on the split {split['name']}, {known}. The controls ran on "
        f"{plural(sample['of'], 'pair')}; {sample['n']} of them were degraded, attacked and measured again, at "
        f"{split['size']} × {split['size']} pixels."
    )


def _properties(document: Mapping[str, Any], name: str) -> list[Row]:
    return [row for row in document["properties"] if row["property"] == name]


def _findings(document: Mapping[str, Any]) -> list[Finding]:
    found = []
    for name, title, does in _FINDINGS:
        rows = [row for row in _properties(document, name) if row["tone"] != "na"]
        good = [row["metric"] for row in rows if row["tone"] == "good"]
        bad = [row["metric"] for row in rows if row["tone"] == "bad"]
        text = f"{len(good)} of {plural(len(rows), 'metric')} {does}." if rows else "Nothing could be measured."
        text += f" Not: {names(bad)}." if bad else ""
        found.append(Finding(title, text))
    return found


def _verdicts(document: Mapping[str, Any]) -> list[tuple[str, str, str, list[Row]]]:
    """(metric, its backbone, what it compares, its properties in the columns' order)."""
    order = [name for name, _ in document["titles"]]
    compared = {"o,c": "with the content", "o,s": "with the style image", "o,c,s": "with both"}
    rows = []
    for info in document["metrics"]:
        mine = {row["property"]: row for row in document["properties"] if row["metric"] == info["id"]}
        rows.append((*validation_tables.named(info["id"]), compared[info["compares"]], [mine[name] for name in order]))
    return rows


def _in_words(document: Mapping[str, Any], metric: str) -> str:
    """ "May be trusted to ...; with care to ...; not to ..."."""
    tones = {row["property"]: row["tone"] for row in document["properties"] if row["metric"] == metric}
    parts = []
    for tone, begin in (("good", "may be trusted"), ("warn", "with care:"), ("bad", "not:")):
        uses = [use for name, use in _USES.items() if tones[name] == tone]
        if uses:
            parts.append(f"{begin} {', '.join(uses)}")
    text = "; ".join(parts) or "nothing could be measured"
    return f"{text[0].upper()}{text[1:]}."


def _facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    environment = document["environment"]
    versions = ", ".join(f"{name} {version}" for name, version in environment.get("versions", {}).items())
    sample = document["sample"]
    return [
        ("suite", document["suite"]),
        ("split", f"{document['split']['name']}, sha256 {document['split']['sha256'][:16]}"),
        ("backbone", f"{document['backbone']}, {document['numerics']} numerics"),
        ("pairs measured", f"{sample['n']} of {sample['of']}, seed {document['seed']}: "
         + ", ".join(f"{content} × {style}" for content, style in sample["pairs"])),
        ("device", environment.get("device", "")),
        ("versions", versions),
    ]  # fmt: skip
