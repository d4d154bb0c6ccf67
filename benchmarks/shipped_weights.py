"""Writes into the provenance of the shipped weights what a finished run of the quick suite says of them.

    python run_benchmark.py run --out RUN && python benchmarks/shipped_weights.py RUN

For each file: the gate's gain and verdict, of a domain system within the file's domains, and kid@embedded to the
domain's reference images beside the content's own (identity). A system that fails says so in its file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from stylegauge.baselines.checkpoint import SHIPPED

KID = "kid@embedded"


def main() -> None:
    """Add "evaluation" to every provenance file, and print it as a table."""
    run = Path(sys.argv[1])
    board = json.loads((run / "leaderboard.json").read_text())
    sets = pd.read_parquet(run / "sets.parquet").query("metric == @KID").set_index(["model", "group"])["value"]
    print("| weights | domain | gain over mixing and recolouring | verdict | kid@embedded | identity's |")
    print("|---|---|---|---|---|---|")
    for path in sorted(SHIPPED.glob("*.json")):
        about = json.loads(path.read_text())
        found = [judged(board, sets, about["system"], label) for label in about["domains"] or ["all"]]
        about["evaluation"] = {"suite": board["suite"], "split_sha256": board["split_sha256"], "results": found}
        path.write_text(json.dumps(about, indent=1) + "\n")
        for one in found:
            gain = one["gain"]
            spread = f"{gain['mean']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
            kid = f"{one['kid']:.3f} | {one['kid_of_identity']:.3f}"
            print(f"| {path.stem} | {one['domain']} | {spread} | {one['verdict']} | {kid} |")


def judged(board: dict[str, Any], sets: pd.Series, name: str, label: str) -> dict[str, Any]:
    """One system in one domain, or over "all" pairs."""
    models = board["models"] if label == "all" else board["domains"][label]["models"]
    entry = next(model for model in models if model["name"] == name)
    gain = entry["gain"]
    verdict = gain["verdict"] if label == "all" else (entry["rank_reason"] or "valid")
    return {
        "domain": label,
        "gain": {key: gain[key] for key in ("mean", "low", "high", "n")},
        "verdict": verdict,
        "kid": float(sets[name, label]),
        "kid_of_identity": float(sets["identity", label]),
    }


if __name__ == "__main__":
    main()
