"""What a run ran on: enough to say whether two runs may stand in one table."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.device import device_name
from stylegauge.benchmark.judges import is_judged, judge_facts
from stylegauge.benchmark.keys import own_metrics, reduce_key, versions

if TYPE_CHECKING:
    from stylegauge.benchmark.runner import Setting


def describe_environment(setting: Setting, models: dict[str, Any]) -> dict[str, Any]:
    """Versions, device, numerics, weights, code and keys as plain JSON values.

    models: what became known of each model while it ran, empty before
    """
    return {
        "device": setting.device,
        "device_name": device_name(setting.device),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "versions": versions(),
        "numerics": setting.numerics,
        "git": _git(),
        "weights": {name: network.sha256 for name, network in setting.networks.items()},
        "unverified_weights": [name for name, network in setting.networks.items() if not network.verified],
        "own_metrics": own_metrics(setting.metrics),
        "judges": {info.id: judge_facts(info) for info in setting.metrics if is_judged(info)},
        "metrics": [info.document() for info in setting.metrics],
        "keys": setting.keys,
        "reduce_key": reduce_key(),
        "models": models,
    }


def commit() -> str:
    """The commit of this package's checkout, in words; "" where it was installed from a wheel."""
    state = _git()
    return "" if state is None else state["commit"] + (" with changes" if state["dirty"] else "")


def _git() -> dict[str, Any] | None:
    """The commit of this package's checkout, None where it was installed from a wheel."""
    here = Path(__file__).resolve().parents[1]
    if not (here / ".git").exists():
        return None
    commit, dirty = _ask_git(here, "rev-parse", "HEAD"), _ask_git(here, "status", "--porcelain")
    return None if commit is None else {"commit": commit.strip(), "dirty": bool(dirty)}


def _ask_git(folder: Path, *words: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603  fixed words
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
