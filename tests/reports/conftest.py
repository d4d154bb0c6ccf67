"""A small run folder with everything a page can meet: tied and failing entries, controls, pictures, hostile names."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from safetensors.numpy import save

from stylegauge.benchmark.records import EFFICIENCY_COLUMNS, NOSKILL_COLUMNS, SCORE_COLUMNS, SET_COLUMNS
from stylegauge.benchmark.store import write_json, write_table

HOSTILE = "<script>alert(1)</script>"
BREAKING = "</script><img src=x onerror=alert(2)>"
JUDGE = "quality@embedded"
METRICS = ["psnr", "ssim", "lpips@embedded", "gram_rel@embedded", "content@embedded", "fid@embedded"]
# content distance and style distance of each model, style copy = (1, 0), identity = (0, 1)
PLACES = {
    "identity": (0.0, 1.0), "style-copy": (1.0, 0.0), "blend-50": (0.6, 0.75), "colour-match": (0.3, 0.7),
    "noise": (0.5, 1.0), "blur": (0.4, 1.0), "oracle": (0.4, 0.1),
    "sharp": (0.45, 0.15), "twin": (0.45, 0.155), "lazy": (0.7, 0.9), "partial": (0.5, 0.2), HOSTILE: (0.5, 0.3),
}  # fmt: skip
ENTRIES = ("sharp", "twin", "lazy", "partial", HOSTILE)
CONTENTS = [("cat-a", "cat"), ("cat-b", "cat"), ("cup", "cup"), ("scene", "scene"), (BREAKING.replace("/", "|"), "odd")]
STYLES = [("mosaic-0", "mosaic"), ("mosaic-1", "mosaic"), ("oil-0", "oil"), ("$x^2$ & co", "ink")]
PAIRS = [(content, style) for content, _ in CONTENTS for style, _ in STYLES]


@dataclass
class Writer:
    """Writes the run folder; change a field first to get another run."""

    folder: Path
    models: tuple[str, ...] = tuple(PLACES)
    pictures: bool = True
    metrics: tuple[str, ...] = tuple(METRICS)
    places: dict[str, tuple[float, float]] = field(default_factory=lambda: dict(PLACES))
    judged: tuple[str, ...] = ()  # models whose units hold maps; the judge abstains at the first pair of the last

    def write(self) -> Path:
        write_json(self.folder / "split.json", _split())
        judges = {JUDGE: {"sha256": "56" * 32, "trained_on": "some pictures", "figures": {}}} if self.judged else {}
        self.metrics += (JUDGE,) * bool(self.judged)
        write_json(self.folder / "plan.json", self._plan())
        write_json(self.folder / "environment.json", _environment(self.models) | {"judges": judges})
        for model in self.judged:
            _unit(self.folder / "units" / model, len(self.judged))
        write_table(self.folder / "scores.parquet", self._scores())
        write_table(self.folder / "sets.parquet", self._sets())
        costs = [(m, "latency_ms", 1.25, "ms an image", "median over 4 calls") for m in self.models]
        write_table(self.folder / "efficiency.parquet", pd.DataFrame(costs, columns=list(EFFICIENCY_COLUMNS)))
        write_table(self.folder / "noskill.parquet", _noskill())
        write_json(self.folder / "manifest.json", {"files": {}})
        if self.pictures:
            _pictures(self.folder, self.models)
        return self.folder

    def _plan(self) -> dict:
        models = [
            {"name": m, "spec": m, "role": "entry" if m in ENTRIES else "control", "kind": "pair", "arguments": {}}
            for m in self.models
        ]
        return {
            "schema": 1, "suite": "quick", "models": models, "metrics": list(self.metrics), "backbone": "embedded",
            "size": 64, "seed": 0, "repeats": 1, "batch": 4, "fingerprint": "0123456789abcdef",
        }  # fmt: skip

    def _scores(self) -> pd.DataFrame:
        rows = [
            (model, content, style, dict(STYLES)[style], 0, metric, *self._value(model, metric, index))
            for model in self.models
            for index, (content, style) in enumerate(PAIRS)
            for metric in self.metrics
            if metric != "fid@embedded"
        ]
        return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))

    def _value(self, model: str, metric: str, index: int) -> tuple[float, str, str]:
        if metric == JUDGE and model in self.judged[-1:] and index == 0:
            return float("nan"), "n/a", ""
        return _score(model, self.places[model], metric, index)

    def _sets(self) -> pd.DataFrame:
        rows = [
            (m, "all", "fid@embedded", 30 + 40 * PLACES[m][1], 25.0, 80.0, 20, 64, "n = 20 < D = 176: mostly bias")
            for m in self.models
            if m != "partial" and "fid@embedded" in self.metrics
        ]
        return pd.DataFrame(rows, columns=list(SET_COLUMNS))


def _score(model: str, place: tuple[float, float], metric: str, index: int) -> tuple[float, str, str]:
    if model == "partial" and index in (1, 2):
        return float("nan"), "failed", "ValueError: stylize returned <nothing>"
    content, style = place
    wobble = 1 + 0.05 * np.sin(3.1 * index + 7 * content + style)
    values = {
        "psnr": np.inf if content == 0 else 30 - 20 * content * wobble,
        "ssim": 1 - 0.9 * content * wobble,
        "lpips@embedded": 0.8 * content * wobble,
        "gram_rel@embedded": 0.9 * style * wobble,
        "content@embedded": 2e-4 * content * wobble,
        "quality@embedded": 60 - 40 * style * wobble + 20 * (model == "twin"),
        "quality-private@embedded": 55 - 40 * style * wobble,
    }
    return float(values[metric]), "ok", ""


def _unit(folder: Path, seed: int) -> None:
    """One unit of all pairs with a judge's map of 4 x 4 windows; the first window of each is bad."""
    places = np.random.default_rng(seed).normal(0, 0.2, (len(PAIRS), 16, 3))
    places[:, 0, 1] = -9
    pull = np.tile([0.1, 0.8, 0.1], (len(PAIRS), 1))
    maps = {f"{JUDGE}:places": places.astype(np.float16), f"{JUDGE}:pull": pull.astype(np.float16)}
    folder.mkdir(parents=True)
    (folder / "00000.safetensors").write_bytes(save(maps))
    write_json(folder / "00000.json", {"pairs": [[*pair, 0] for pair in PAIRS]})
    write_json(folder / "probe.json", {})  # stands beside units and is none


def _noskill() -> pd.DataFrame:
    rows = []
    for content, style in PAIRS:
        for step in (0.0, 0.25, 0.5, 0.75, 1.0):
            rows.append((content, style, "blend", step, 2e-4 * step, 0.9 * (1 - step)))
            rows.append((content, style, "colour", step, 2e-4 * step, 0.8 * (1 - step)))
    return pd.DataFrame(rows, columns=list(NOSKILL_COLUMNS))


def _split() -> dict:
    contents = [
        {"id": i, "group": g, "domain": "scene" if g == "scene" else "photograph", "pixels_sha256": "ab" * 32,
         "source": "a <b>source</b>", "file": f"{i}.png"}
        for i, g in CONTENTS
    ]  # fmt: skip
    styles = [
        {"id": i, "group": d, "domain": d, "pixels_sha256": "cd" * 32, "source": "rendered", "file": f"{i}.png",
         "recipe": {"domain": d, "seed": 1}}
        for i, d in STYLES
    ]  # fmt: skip
    references = {"n": 64, "domains": {"mosaic": 32, "oil": 32}}
    return {
        "name": "quick", "size": 64, "sha256": "ef" * 32, "photographs": 3, "contents": contents, "styles": styles,
        "references": references, "pairs": [list(pair) for pair in PAIRS],
    }  # fmt: skip


def _environment(models: tuple[str, ...]) -> dict:
    return {
        "device": "cpu", "device_name": "a processor", "platform": "Linux", "python": "3.11.7",
        "versions": {"stylegauge": "0.1.0", "torch": "2.15.0"}, "numerics": {"tf32": False, "dtype": "float32"},
        "git": {"commit": "0" * 40, "dirty": False}, "weights": {"embedded": "12" * 32}, "common_key": "", "keys": {},
        "models": {m: {"source_sha256": "34" * 32, "parameters": 0, "kind": "pair"} for m in models},
    }  # fmt: skip


def _pictures(folder: Path, models: tuple[str, ...]) -> None:
    generator = np.random.default_rng(7)
    for role, items in (("content", CONTENTS), ("style", STYLES)):
        for item, _ in items:
            _picture(folder / "inputs" / role / f"{item}.png", generator)
    for model in models:
        for content, style in PAIRS:
            if model != "partial" or (content, style) not in (PAIRS[1], PAIRS[2]):
                _picture(folder / "outputs" / model / f"{content}__{style}.png", generator)


def _picture(path: Path, generator: np.random.Generator) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    colours = generator.integers(0, 255, (4, 4, 3), dtype=np.uint8)
    Image.fromarray(colours).resize((64, 64), Image.Resampling.BICUBIC).save(path)


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "run")


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the run above, drawn once."""
    from stylegauge.reports.html import write_report

    return write_report(Writer(tmp_path_factory.mktemp("page") / "run").write())


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run of which two models were judged and kept their maps."""
    from stylegauge.reports.html import write_report

    return write_report(Writer(tmp_path_factory.mktemp("judged") / "run", judged=("sharp", "lazy")).write())


@pytest.fixture(scope="session")
def board(page: Path) -> dict:
    """Its leaderboard.json."""
    return json.loads((page.parent / "leaderboard.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window, for what a page looks like and does."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.fail("no chromium on the PATH: install it (Debian, Ubuntu: apt-get install chromium) to test the page")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()
