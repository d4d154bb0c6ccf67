"""`train NAME`: from a name and pictures to files of weights with their provenance."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from stylegauge.baselines.checkpoint import SNAPSHOTS, SUFFIX, Checkpoint, write_checkpoint
from stylegauge.baselines.training.average import Average
from stylegauge.baselines.training.loop import CURVE, Cadence, Trained, on_device, run
from stylegauge.baselines.training.pictures import Pictures
from stylegauge.baselines.training.system import Exported, Settings, System
from stylegauge.baselines.training.systems import SYSTEMS
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.files import write_atomic

Say = Callable[[int, dict[str, float]], None]


def build(name: str, settings: Settings, domains: tuple[str, ...], options: Mapping[str, Any]) -> System:
    """A system with first weights drawn from the seed.

    raises: UsageError for a name or an option that there is not
    """
    if name not in SYSTEMS:
        raise UsageError(f"no system '{name}' to train; there are: {', '.join(SYSTEMS)}")
    module, _, target = SYSTEMS[name].target.partition(":")
    make = getattr(importlib.import_module(module), target)
    possible = {
        one.name: one.default for one in inspect.signature(make).parameters.values() if one.kind is one.KEYWORD_ONLY
    }
    for key, value in options.items():
        if key not in possible:
            raise UsageError(f"'{name}' has no option '{key}'; there are: {', '.join(possible) or 'none'}")
        _refuse_other_kind(key, value, possible[key])
    torch.manual_seed(settings.seed)
    try:
        system: System = make(settings, domains, **options)
    except (TypeError, ValueError) as error:
        raise UsageError(f"'{name}' cannot be built with these options: {error}") from error
    for network in system.networks.values():
        multiple = getattr(network, "multiple", 1)
        if settings.size % multiple:
            raise UsageError(f"'{name}' trains on crops of a multiple of {multiple} pixels, found size {settings.size}")
    on_device(system, settings.device)
    return system


def _refuse_other_kind(key: str, value: Any, default: Any) -> None:
    """An option is of its default's kind: a switch, a number or a text."""
    for kinds, what in ((bool, "True or False"), (int | float, "a number"), (str, "a text")):
        if isinstance(default, kinds):
            if not isinstance(value, kinds) or isinstance(value, bool) != isinstance(default, bool):
                raise UsageError(f"the option '{key}' is {what}, such as {default!r}; found {value!r}")
            return


def train(
    name: str,
    pictures: Pictures,
    settings: Settings,
    options: Mapping[str, Any],
    cadence: Cadence,
    out: Path,
    *,
    command: str,
    commit: str,
    say: Say,
) -> list[Path] | None:
    """Train into the folder `out`, going on where an earlier call stopped.

    Returns the files of weights that are there of those asked for: snapshots, and at the last step what was trained;
    None where it was stopped before it got to the cadence's last step.

    command, commit: for the provenance, how it was called and of which state of the code
    say: told each row of the curve
    raises: UsageError as `build` and `loop.run` do
    """
    system = build(name, settings, pictures.domains, options)
    asked = {
        "system": name,
        "settings": asdict(settings),
        "options": dict(options),
        "data_sha256": pictures.sha256(),
        "code_sha256": code_sha256(),  # weights of two states of the code would be nobody's
    }
    asked = json.loads(json.dumps(asked))  # as it will be read back
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    def provenance(step: int) -> dict[str, Any]:
        return {
            **asked,
            "command": command,
            "commit": commit,
            "data": {"source": pictures.source, "pictures": pictures.counts()},
            "step": step,
            "seconds": round(time.monotonic() - started),
            "versions": {
                "stylegauge": version("stylegauge"),
                "python": platform.python_version(),
                "torch": torch.__version__,
                "machine": platform.machine(),
            },
        }

    def snapshot(step: int, average: Average) -> None:
        for stem, exported in system.exported().items():
            _export(exported, exported.networks, average, _snapshot(out, stem, step), provenance(step), compact=True)

    trained = run(system, pictures, settings, cadence, out, asked, export=snapshot, say=say)
    if trained.step < min(cadence.until or settings.steps, settings.steps):
        return None
    return _written(system, trained, settings, cadence, out, provenance)


def _written(
    system: System, trained: Trained, settings: Settings, cadence: Cadence, out: Path,
    provenance: Callable[[int], dict[str, Any]],
) -> list[Path]:  # fmt: skip
    """The files of weights that are there, the last of them written now; beside each the curve that led to it."""
    files = []
    for stem, exported in system.exported().items():
        # One that was first asked for after its step is not there.
        files += [path for step in cadence.snapshots if (path := _snapshot(out, stem, step)).exists()]
        if trained.step == settings.steps:
            files.append(out / f"{stem}{SUFFIX}")
            networks = (*exported.networks, *exported.back)
            _export(exported, networks, trained.average, files[-1], provenance(trained.step))
        for folder in {path.parent for path in files}:
            write_atomic(folder / f"{stem}.curve.csv", (out / CURVE).read_bytes())
    return files


def _snapshot(out: Path, stem: str, step: int) -> Path:
    return out / SNAPSHOTS / f"{stem}@{step}{SUFFIX}"


def _export(
    exported: Exported,
    networks: Iterable[str],
    average: Average,
    path: Path,
    about: Mapping[str, Any],
    *,
    compact: bool = False,
) -> None:
    """Write some networks of one file that the system exports, and its provenance beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {f"{network}.{key}": value for network in networks for key, value in average.of(network).items()}
    checkpoint = Checkpoint(exported.system, exported.domains, exported.arguments, tensors)
    write_checkpoint(path, checkpoint, compact=compact)
    facts = {
        "weights": {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "domains": list(exported.domains),
        "arguments": dict(exported.arguments),
        **about,
    }
    if not _told_already(path.with_suffix(".json"), facts):
        write_atomic(path.with_suffix(".json"), (json.dumps(facts, indent=1) + "\n").encode())


def _told_already(path: Path, facts: Mapping[str, Any]) -> bool:
    """Whether a file is of these very weights: a finished training that is asked for again changes nothing."""
    try:
        return bool(json.loads(path.read_text())["weights"] == facts["weights"])
    except (OSError, ValueError, KeyError):
        return False


def code_sha256() -> str:
    """Of the sources of the baselines, their networks and their training, in order of name.

    What they stand on, such as the backbones and the renderers, is told by the commit.
    """
    here = Path(__file__).parents[1]
    sources = sorted([*here.glob("*.py"), *here.glob("networks/*.py"), *here.glob("training/*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
