"""The pictures of a page: each model's best and worst pair, the widest gaps, and every pair to browse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.records import NOT_APPLICABLE
from stylegauge.reports import numbers
from stylegauge.reports.loss_grids import Grid, Grids, make_grids
from stylegauge.reports.selection import Pair, PairScores, scores_of_metric
from stylegauge.reports.thumbnails import BUDGET, Thumbnails, encode_all

if TYPE_CHECKING:
    from stylegauge.benchmark.store import Run

GAPS = 3
HIDDEN = "The split of this run is hidden: neither its pictures nor what models made of them are shown."
MOST_ENTRIES = 24  # with more, the page leads with these; all of them are under "browse"
# Beside the leading score, one number for each side of the bargain.
_CAPTIONS = (("lpips", False), ("gram_rel", False), ("ssim", True))


@dataclass(frozen=True)
class Picture:
    """One picture of a row: a data URI ("" where there is no picture), what it shows, what it is, what it scored.

    absent: what stands in the place of a picture that there is not
    grids: where it lost its quality score, by each judge
    """

    source: str
    alt: str
    name: str
    role: str = ""
    scores: tuple[tuple[str, str], ...] = ()
    entry: bool = False
    absent: str = "no picture"
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True)
class Row:
    """One pair: the content, the style and what became of them."""

    title: str
    note: str
    content: Picture
    style: Picture
    outputs: tuple[Picture, ...]


@dataclass(frozen=True)
class Gallery:
    """Rows that stand in the page, and what the browser paints from.

    browse: index of pairs, models and scores, with numbers of pictures in `images`
    images: base64 WebP, each once
    notes: what a reader must know of pictures that are missing
    scored: the metrics whose scores stand beneath pictures
    steps: the legend of the grids, as in `loss_grids.Grids`
    """

    lead: str
    extremes: tuple[Row, ...]
    gaps: tuple[Row, ...]
    browse: dict[str, Any]
    images: tuple[str, ...]
    notes: tuple[str, ...]
    scored: tuple[str, ...]
    steps: tuple[tuple[int, str], ...] = ()


class _Drawer:
    """Finds the thumbnail and the scores of a picture."""

    def __init__(
        self, run: Run, leading: PairScores, thumbnails: Thumbnails, entries: Sequence[str], grids: Grids
    ) -> None:
        self.run, self.thumbnails, self.entries, self.grids = run, thumbnails, frozenset(entries), grids
        self.domains = {style["id"]: style.get("domain", "") for style in run.split["styles"]}
        others = _caption_scores(run, leading.label)
        self.captions, self.scored = (leading, *others.values()), (leading.label, *others)

    def source(self, path: Path) -> str:
        data = self.thumbnails.images.get(path, "")
        return f"data:image/webp;base64,{data}" if data else ""

    def scores(self, model: str, pair: Pair) -> tuple[tuple[str, str], ...]:
        values = ((scores.label, scores.value(model, pair)) for scores in self.captions)
        return tuple(
            (label, numbers.fixed(value, 2, label == "gain")) for label, value in values if not math.isnan(value)
        )

    def input(self, role: str, item: str) -> Picture:
        return Picture(self.source(self.run.input_path(role, item)), f"{role} {item}", item, role)

    def output(self, model: str, pair: Pair) -> Picture:
        alt = f"{model}: {pair[0]} in the style of {pair[1]}"
        path = self.run.output_path(model, *pair)
        scores, entry = self.scores(model, pair), model in self.entries
        absent = self.absent(model, pair) or "no picture"
        return Picture(self.source(path), alt, model, "", scores, entry, absent, self.lost(model, pair))

    def lost(self, model: str, pair: Pair) -> tuple[Grid, ...]:
        """Where this output lost its score; a grid stands beside a picture, or not at all."""
        shown = self.run.output_path(model, *pair) in self.thumbnails.images
        return self.grids.of.get((model, *pair), ()) if shown else ()

    def absent(self, model: str, pair: Pair) -> str:
        """Why there can be no picture, "" where there should be one."""
        own = self.run.domains_of(model)
        return NOT_APPLICABLE if own and self.domains.get(pair[1], "") not in own else ""

    def row(self, title: str, note: str, pair: Pair, models: Sequence[str]) -> Row:
        content, style = self.input("content", pair[0]), self.input("style", pair[1])
        return Row(title, note, content, style, tuple(self.output(model, pair) for model in models))


def build_gallery(run: Run, leading: PairScores, models: Sequence[str], entries: Sequence[str]) -> Gallery:
    """Choose, shrink and caption the pictures of a run.

    leading: the score that best, worst and gaps are chosen by
    models: all names in the order of the table; entries: those that are no controls
    """
    if run.split.get("hidden"):
        return Gallery(leading.label, (), (), {}, (), (HIDDEN,), ())
    shown = list(entries or models)[:MOST_ENTRIES]
    extremes = [(model, kind, pair) for model in shown for kind, pair in _extremes(leading, model)]
    compared = list(entries) if len(entries) > 1 else list(models)
    gaps = leading.widest_gaps(compared, GAPS)
    first = list(dict.fromkeys([*(pair for _, _, pair in extremes), *gaps]))
    pairs = [tuple(pair) for pair in run.split["pairs"]]
    everything = _paths(run, first, models) + _paths(run, pairs, models)
    thumbnails = encode_all(everything, BUDGET - _embedded_size(extremes, gaps, models))
    grids = make_grids(run)
    draw = _Drawer(run, leading, thumbnails, entries, grids)
    images = tuple(thumbnails.images.values())
    return Gallery(
        leading.label,
        tuple(draw.row(model, kind, pair, [model]) for model, kind, pair in extremes),
        tuple(draw.row(f"{pair[0]} × {pair[1]}", _span(leading, pair, compared), pair, models) for pair in gaps),
        _browse(draw, pairs, models),
        images,
        _notes(thumbnails, everything),
        draw.scored,
        grids.steps if images else (),
    )


def _span(leading: PairScores, pair: Pair, models: Sequence[str]) -> str:
    values = [value for value in (leading.value(model, pair) for model in models) if not math.isnan(value)]
    low, high = (numbers.fixed(end, 2, leading.label == "gain") for end in (min(values), max(values)))
    return f"{leading.label} from {low} to {high}"


def _extremes(leading: PairScores, model: str) -> list[tuple[str, Pair]]:
    found = (("best", leading.best(model)), ("worst", leading.worst(model)))
    return [(kind, pair) for kind, pair in found if pair is not None]


def _caption_scores(run: Run, taken: str) -> dict[str, PairScores]:
    """Metric -> its scores, for a few that say something of either side; `taken` is shown already."""
    present = [metric for metric in run.metrics if (run.scores["metric"] == metric).any()]
    found = {}
    for name, higher_is_better in _CAPTIONS:
        metric = next((m for m in present if m.partition("@")[0] == name), None)
        if metric and metric != taken:
            found[metric] = scores_of_metric(run.scores, metric, name, higher_is_better)
    return found


def _paths(run: Run, pairs: Sequence[Pair], models: Sequence[str]) -> list[Path]:
    """The pictures of these pairs, pair by pair, so that a cut leaves whole pairs."""
    paths: list[Path] = []
    for content, style in pairs:
        paths += [run.input_path("content", content), run.input_path("style", style)]
        paths += [run.output_path(model, content, style) for model in models]
    return paths


def _embedded_size(extremes: Sequence[object], gaps: Sequence[object], models: Sequence[str]) -> int:
    """Room for the pictures that stand in the page as well as in the store, at 9 KB of base64 each."""
    return 9_000 * (3 * len(extremes) + (2 + len(models)) * len(gaps))


def _browse(draw: _Drawer, pairs: Sequence[Pair], models: Sequence[str]) -> dict[str, Any]:
    number = {path: index for index, path in enumerate(draw.thumbnails.images)}

    def output(model: str, pair: Pair) -> dict[str, Any]:
        shown = {"image": number.get(draw.run.output_path(model, *pair), -1), "scores": draw.scores(model, pair)}
        absent, lost = draw.absent(model, pair), [vars(grid) for grid in draw.lost(model, pair)]
        return shown | ({"absent": absent} if absent else {}) | ({"lost": lost} if lost else {})

    shown = {pair: [output(model, pair) for model in models] for pair in pairs}
    return {
        "models": [{"name": model, "entry": model in draw.entries} for model in models],
        "pairs": [
            {
                "content": pair[0],
                "style": pair[1],
                "domain": draw.domains.get(pair[1], ""),
                "images": [
                    number.get(draw.run.input_path(role, item), -1) for role, item in zip(("content", "style"), pair)
                ],
                "outputs": outputs,
            }
            for pair, outputs in shown.items()
            if any(output["image"] >= 0 for output in outputs)
        ],
    }


def _notes(thumbnails: Thumbnails, asked: Sequence[Path]) -> tuple[str, ...]:
    notes = []
    if not thumbnails.images and asked:
        notes.append("This run kept no pictures, so there is nothing to show here.")
    if thumbnails.left_out:
        notes.append(
            f"{thumbnails.left_out:,} of {thumbnails.left_out + len(thumbnails.images):,} pictures did not fit here; "
            "all of them are in the run folder, under outputs/."
        )
    return tuple(notes)
