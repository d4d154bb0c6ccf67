"""What a run folder already holds: this very run finished, another plan's run, or something else. Imports no torch.

A finished run that is asked for again must answer at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stylegauge.benchmark.keys import common_key, reduce_key, unit_keys
from stylegauge.benchmark.store import MANIFEST, damaged_files, read_json
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.benchmark.plan import Plan
    from stylegauge.datasets.splits import Split


def finished(plan: Plan, split: Split, folder: Path, device: str) -> bool:
    """True when `folder` holds this very run, finished: same plan, same code, same models, and no pair that failed.

    Failed pairs are tried again: whatever made them fail may be mended where no hash of ours can see it.
    """
    if not (folder / MANIFEST).exists():
        return False
    kept = read_json(folder / "environment.json")
    if device not in ("auto", kept["device"]):
        return False
    if kept["reduce_key"] != reduce_key() or any(model["failed"] for model in kept["models"].values()):
        return False
    keys = unit_keys(plan, common_key(plan, split.sha256, kept["device"]))
    return bool(read_json(folder / "plan.json") == plan.document() and kept["keys"] == keys)


def refuse_another_plan(plan: Plan, folder: Path) -> None:
    """A folder that holds something else is never written into.

    raises: UsageError that says what it holds
    """
    if not folder.exists() or not any(name for name in folder.iterdir() if name.name != ".lock"):
        return
    if not (folder / "plan.json").exists():
        raise UsageError(f"{folder} is not empty and holds no run; choose another --out")
    kept = read_json(folder / "plan.json")
    if kept != plan.document():
        asked = plan.model_dump(mode="json")
        different = sorted(key for key, value in asked.items() if kept.get(key) != value)
        raise UsageError(
            f"{folder} holds a run of another plan (different: {', '.join(different)}); choose another --out"
        )


def refuse_file(folder: Path, of: str = "plan") -> None:
    """Nothing can be written below a file; of: what an earlier call with this folder had."""
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise UsageError(f"--out {folder}: '{place}' is a file; expected a folder, new or of the same {of}")


def intact(folder: Path) -> bool:
    """A finished run whose files are no longer what was sealed is an error, neither shown nor written over."""
    damaged = damaged_files(folder)
    if damaged:
        raise UsageError(f"{folder} was changed after it finished: {', '.join(damaged[:3])}; delete it and run again")
    return True
