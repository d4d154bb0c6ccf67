"""What happened when: `events.jsonl` is the truth, the progress bar or plain lines are for whoever is watching."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

QUIET_SECONDS = 10.0  # without a terminal, one line at most this often, so that a log stays readable


class Events:
    """Appends one JSON object a line; a line torn by a kill is closed before the next run appends."""

    def __init__(self, path: Path) -> None:
        torn = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
        self._file = path.open("a", encoding="utf-8")
        if torn:
            self._file.write("\n")

    def write(self, event: str, **facts: Any) -> None:
        """Record one event with its time in UTC."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Progress:
    """A bar on a terminal (models, pairs, rate, time left), plain lines anywhere else."""

    def __init__(self, pairs: int, quiet: bool = False) -> None:
        self._total, self._quiet = pairs, quiet
        self._done, self._said = 0, time.monotonic()
        self._stage, self._bar = "starting", None
        if not quiet and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=pairs, unit="pair", dynamic_ncols=True, leave=False)

    def stage(self, text: str) -> None:
        """Say what is being done."""
        self._stage = text
        if self._bar is not None:
            self._bar.set_description(text)
        else:
            self._now_and_then()

    def _now_and_then(self) -> None:
        if time.monotonic() - self._said > QUIET_SECONDS:
            self.say(f"{self._done}/{self._total} pairs, {self._stage}")

    def advance(self, pairs: int) -> None:
        """Count finished pairs."""
        self._done += pairs
        if self._bar is not None:
            self._bar.update(pairs)
        else:
            self._now_and_then()

    def say(self, text: str) -> None:
        """One line for whoever is watching."""
        if self._quiet:
            return
        self._said = time.monotonic()
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            print(text, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


class Log:
    """Both at once, closed together however the run ends."""

    def __init__(self, path: Path, pairs: int, quiet: bool) -> None:
        self.events, self.progress = Events(path), Progress(pairs, quiet)

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.close()
        self.events.close()
