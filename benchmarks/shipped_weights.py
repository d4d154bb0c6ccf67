"""Writes into the provenance of the shipped weights what the quick suite says of them.

    python run_benchmark.py run --out RUN && python benchmarks/shipped_weights.py RUN

For each file: the gate's gain and verdict in RUN, of a domain system within the file's domains (by the gate for those,
in kid@embedded), and kid@embedded beside the contents' own (identity). A domain has too few pairs in the suite for a
set metric, so there the system makes all the suite's contents in it, and they are compared with the domain's reference
images. A system that fails says so.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from stylegauge.baselines import BASELINES
from stylegauge.baselines.checkpoint import SHIPPED
from stylegauge.datasets.images import quantise, to_tensor
from stylegauge.datasets.request import Request
from stylegauge.datasets.splits import load_split
from stylegauge.metrics.backbones.load import load_backbone
from stylegauge.metrics.kid import kid
from stylegauge.metrics.registry import resolve
from stylegauge.metrics.scorer import Scorer

KID = "kid@embedded"
SPLIT = load_split("quick")


def main() -> None:
    """Add "evaluation" to every provenance file, and print it as a table."""
    run = Path(sys.argv[1])
    board = json.loads((run / "leaderboard.json").read_text())
    sets = pd.read_parquet(run / "sets.parquet").query("metric == @KID").set_index(["model", "group"])["value"]
    scorer = Scorer(resolve(("kid",), "embedded"), {"embedded": load_backbone("embedded", "cpu")})
    print("| weights | domain | gain over mixing and recolouring | verdict | kid@embedded | identity's |")
    print("|---|---|---|---|---|---|")
    for path in sorted(SHIPPED.glob("*.json")):
        about = json.loads(path.read_text())
        found = [in_domain(board, scorer, about["system"], label) for label in about["domains"]]
        found = found or [overall(board, sets, about["system"])]
        about["evaluation"] = {"suite": board["suite"], "split_sha256": board["split_sha256"], "results": found}
        path.write_text(json.dumps(about, indent=1) + "\n")
        for one in found:
            spread = "{mean:+.3f} [{low:+.3f}, {high:+.3f}]".format(**one["gain"])
            kids = f"{one['kid']:.3f} | {one['kid_of_identity']:.3f}"
            print(f"| {path.stem} | {one['domain']} | {spread} | {one['verdict']} | {kids} |", flush=True)


def overall(board: dict[str, Any], sets: pd.Series, name: str) -> dict[str, Any]:
    """A system of pairs, over all of them."""
    entry = next(model for model in board["models"] if model["name"] == name)
    kids = {"kid": float(sets[name, "all"]), "kid_of_identity": float(sets["identity", "all"])}
    return {"domain": "all", "gain": only(entry["gain"]), "verdict": entry["gain"]["verdict"], **kids}


def in_domain(board: dict[str, Any], scorer: Scorer, name: str, label: str) -> dict[str, Any]:
    """A system of domains, within one."""
    entry = next(model for model in board["domains"][label]["models"] if model["name"] == name)
    contents = torch.stack([to_tensor(SPLIT.image(item)) for item in SPLIT.contents])
    n = len(contents)
    request = Request(contents, torch.empty(n, 3, 0, 0), (label,) * n, tuple(range(n)))
    references = [to_tensor(SPLIT.image(item)) for item in SPLIT.references if item.domain == label]
    made, plain, wanted = (embedded(scorer, images) for images in (model(name).stylize(request), contents, references))
    return {
        "domain": label,
        "gain": only(entry["gain"]),
        "verdict": entry["rank_reason"] or "valid",
        "kid": kid(made, wanted),
        "kid_of_identity": kid(plain, wanted),
    }


def only(gain: dict[str, Any]) -> dict[str, Any]:
    """The interval alone."""
    return {key: gain[key] for key in ("mean", "low", "high", "n")}


def model(name: str) -> Any:
    """A baseline with its shipped weights."""
    module, _, target = next(info.target for info in BASELINES if info.name == name).partition(":")
    return getattr(importlib.import_module(module), target)()


def embedded(scorer: Scorer, images: Tensor | list[Tensor]) -> Tensor:
    """[N, D] embeddings of images as they would be written."""
    (rows,) = scorer.embed([quantise(image) for image in images]).values()
    return rows


if __name__ == "__main__":
    main()
