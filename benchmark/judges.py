"""What a run notes of the judges of quality that it used: which, and in plain words what each was trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.store import file_sha256

if TYPE_CHECKING:
    from stylegauge.metrics.info import MetricInfo

_NOT_TOLD = "what it was trained on is not told beside its file"


def is_judged(info: MetricInfo) -> bool:
    """Whether a metric is a judge of quality, ours or a file of one's own."""
    return info.name == "quality" or info.target.endswith(".safetensors")


def judge_facts(info: MetricInfo) -> dict[str, Any]:
    """{"sha256", "trained_on", "figures"}; figures: of its held-out evaluation, {} where its file stands alone."""
    from stylegauge.metrics.quality.judge import SHIPPED

    path = Path(info.target) if info.target.endswith(".safetensors") else SHIPPED
    provenance = path.with_suffix(".json")
    facts: dict[str, Any] = {"sha256": file_sha256(path), "trained_on": _NOT_TOLD, "figures": {}}
    if not provenance.exists():
        return facts
    told = json.loads(provenance.read_text(encoding="utf-8"))
    if told["weights"]["sha256"] != facts["sha256"]:
        return facts
    models = sorted({model for run in told["data"]["runs"] for model in run["models"]})
    overall, calibration = told["validation"]["overall"], told["validation"]["calibration"]
    worst = min(each["worst"] for each in overall["auroc"].values())
    words = (
        f"{told['data']['examples']} pictures made of rendered styles and photographs, by {', '.join(models)}, known "
        f"degradations and what takes no skill{_besides(told.get('votes', {}))}"
    )
    return facts | {
        "trained_on": words,
        "figures": {"worst_auroc": worst, "ece": calibration["ece"], "seed_to_seed": overall["seed_to_seed"]},
    }


def _besides(account: Mapping[str, Any]) -> str:
    """What people and painters had to do with it, by the provenance's account of votes; {} where there were none."""
    nothing = {"votes": 0, "orders": 0}
    learnt, held_out = (account.get(part, nothing) for part in ("learnt", "held_out"))
    calibrated = f"; {_of_people(held_out)}, are part of its calibration" if held_out["orders"] else ""
    if not learnt["orders"]:
        return f"; no painting and no person's vote{calibrated}"
    return f", and {_of_people(learnt)}{calibrated}; no painting"


def _of_people(part: Mapping[str, int]) -> str:
    return f"{part['votes']} votes of people, which gave {part['orders']} orders of two outputs"
