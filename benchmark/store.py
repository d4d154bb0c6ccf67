"""The run folder: what is written while a run lasts, and reading it back.

Every write goes to a temporary name, is flushed to the disk and then renamed, so a kill at any moment leaves either the
old file or the new one. `manifest.json` is written last: its presence means that the run is finished.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylegauge.benchmark.records import (
    DOMAIN_COLUMNS,
    EFFICIENCY_COLUMNS,
    FAILED,
    NOSKILL_COLUMNS,
    NOT_APPLICABLE,
    SCORE_COLUMNS,
    SET_COLUMNS,
)
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.files import write_atomic
from stylegauge.metrics.info import MetricInfo
from stylegauge.metrics.registry import METRICS

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
_JOINED_AT_ONCE = 64
# Derived from the rest and redrawn at will, so no part of what the manifest vouches for.
DERIVED = frozenset({MANIFEST, "report.html", "leaderboard.json", ".lock"})


@dataclass(frozen=True)
class Run:
    """A run folder read into memory: tables as frames, the rest as plain JSON values."""

    folder: Path
    plan: dict[str, Any]
    split: dict[str, Any]
    environment: dict[str, Any]
    scores: pd.DataFrame
    sets: pd.DataFrame
    efficiency: pd.DataFrame
    noskill: pd.DataFrame
    domains: pd.DataFrame
    finished: bool

    def input_path(self, role: str, item_id: str) -> Path:
        """The picture of a content or style (`role`) as models were given it; absent for a hidden split."""
        return self.folder / "inputs" / role / f"{item_id}.png"

    def output_path(self, model: str, content: str, style: str) -> Path:
        """The picture a model made of a pair; absent where it failed."""
        return self.folder / "outputs" / model / f"{content}__{style}.png"

    @cached_property
    def metrics(self) -> dict[str, MetricInfo]:
        """What is known of each metric of the run, in the plan's order; somebody's own are described by the run."""
        described = self.environment.get("metrics")
        if described is None:
            return {metric: METRICS[metric] for metric in self.plan["metrics"] if metric in METRICS}
        return {one["id"]: MetricInfo.read(one) for one in described}

    def domains_of(self, model: str) -> tuple[str, ...]:
        """The labels that a model of kind "domain" makes; () for one of pairs, and where that is not known yet."""
        about = self.environment.get("models", {}).get(model) or {}
        return tuple(about.get("domains", ()))

    @property
    def failures(self) -> pd.DataFrame:
        """One row for each pair that a model could not do: model, content, style, status, reason."""
        bad = self.scores[self.scores["status"].isin([FAILED, NOT_APPLICABLE]) & (self.scores["reason"] != "")]
        return bad[["model", "content", "style", "status", "reason"]].drop_duplicates().reset_index(drop=True)


def canonical_json(value: Any) -> bytes:
    """The one spelling of a JSON value that is hashed and written: sorted keys, UTF-8, no NaN."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def write_json(path: Path, value: Any) -> None:
    """Write a JSON value atomically in its canonical spelling."""
    write_atomic(path, canonical_json(value))


def read_json(path: Path) -> Any:
    """Read a JSON file of a run folder; a damaged one is an error that names it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"no run in {path.parent}: {path.name} is missing") from None
    except ValueError as error:
        raise UsageError(f"{path} is damaged ({error}); delete the folder and run again") from None


def table_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as Parquet; the same rows give the same bytes."""
    import io

    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as Parquet, atomically."""
    write_atomic(path, table_bytes(frame))


def read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a Parquet table of a run folder, or an empty frame of `columns` where there is none yet."""
    import pandas as pd

    if not path.exists():
        return pd.DataFrame({column: [] for column in columns})
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from None


def join_tables(parts: Iterable[Path], path: Path) -> None:
    """Write Parquet tables of the same columns, one after the other, as one table, atomically.

    They stay in Arrow's own form: frames of 20,000 outputs took 50 MB more.
    raises: UsageError for a part that is damaged
    """
    import pyarrow as pa
    from pyarrow import parquet

    joined, waiting = [], []
    for part in parts:
        try:
            waiting.append(parquet.read_table(part, memory_map=False))
        except (OSError, ValueError) as error:
            raise _damaged(part, error) from None
        if len(waiting) == _JOINED_AT_ONCE:  # a table of a few rows holds far more than its rows
            joined.append(pa.concat_tables(waiting).combine_chunks())
            waiting = []
    buffer = pa.BufferOutputStream()
    parquet.write_table(pa.concat_tables([*joined, *waiting]).combine_chunks(), buffer, compression="zstd")
    write_atomic(path, buffer.getvalue().to_pybytes())


def _damaged(path: Path, error: Exception) -> UsageError:
    return UsageError(f"{path} is damaged ({str(error).splitlines()[0]}); delete it and run again")


def read_run(folder: Path) -> Run:
    """Read a run folder, finished or not.

    raises: UsageError where `folder` holds no run
    """
    folder = Path(folder)
    return Run(
        folder=folder,
        plan=read_json(folder / "plan.json"),
        split=read_json(folder / "split.json"),
        environment=read_json(folder / "environment.json"),
        scores=read_table(folder / "scores.parquet", SCORE_COLUMNS),
        sets=read_table(folder / "sets.parquet", SET_COLUMNS),
        efficiency=read_table(folder / "efficiency.parquet", EFFICIENCY_COLUMNS),
        noskill=read_table(folder / "noskill.parquet", NOSKILL_COLUMNS),
        domains=read_table(folder / "domains.parquet", DOMAIN_COLUMNS),
        finished=(folder / MANIFEST).exists(),
    )


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _vouched(folder: Path) -> list[Path]:
    """The files that a manifest lists, in a fixed order."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".tmp"))
    return sorted(path for path in files if path.relative_to(folder).as_posix() not in DERIVED)


def clear_unfinished(folder: Path) -> None:
    """Take away what vouched for or was drawn from an earlier state, and what a kill left half written."""
    for name in DERIVED - {".lock"}:
        (folder / name).unlink(missing_ok=True)
    for path in folder.rglob(".*.tmp"):
        path.unlink(missing_ok=True)


def write_manifest(folder: Path) -> None:
    """Seal a finished run: the sha256 of each of its files, the derived ones apart."""
    files = {path.relative_to(folder).as_posix(): file_sha256(path) for path in _vouched(folder)}
    write_json(folder / MANIFEST, {"files": files})


def damaged_files(folder: Path) -> list[str]:
    """What no longer agrees with the manifest of a finished run: files changed, missing or added."""
    listed: dict[str, str] = read_json(folder / MANIFEST)["files"]
    present = {path.relative_to(folder).as_posix(): path for path in _vouched(folder)}
    changed = [name for name, sha in listed.items() if name not in present or file_sha256(present[name]) != sha]
    return sorted(changed + [name for name in present if name not in listed])


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run folder for writing; a second writer is refused instead of mixing two runs."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(f"another run is writing to {folder}; wait for it or choose another --out") from None
        yield
