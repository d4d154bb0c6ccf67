"""Trained weights of a baseline as one file: safetensors in half precision, with what builds the networks again.

The header says which baseline it is for, its domains and its arguments, so a file cannot be read as another system's;
no code is stored and none is run. Beside a shipped file lie its provenance (`.json`) and its curve (`.curve.csv`).

In the folder `snapshots` beside the weights that a training ended with are those of its earlier steps, in 8 bits:
`<weights>@<step>.safetensors`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stylegauge.baselines.compact import STEP, compacted, restored
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.files import write_atomic

# One key alone: safetensors writes several in an order that changes from call to call.
FORMAT = "stylegauge-baseline-1"
SHIPPED = Path(__file__).parent / "checkpoints"
SUFFIX = ".safetensors"
SNAPSHOTS = "snapshots"


@dataclass(frozen=True)
class Checkpoint:
    """system, domains, arguments: see `training.system.Exported`; tensors: `<network>.<name>` -> float32."""

    system: str
    domains: tuple[str, ...]
    arguments: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    path: Path = Path()

    def load_into(self, network: nn.Module, name: str) -> None:
        """Copy the weights of the network of that name, every one of them, and none may be left over.

        raises: UsageError where names or shapes differ: the file is of another architecture
        """
        begin = f"{name}."
        ours = {key.removeprefix(begin): value for key, value in self.tensors.items() if key.startswith(begin)}
        expected = network.state_dict()
        wrong = sorted(ours.keys() ^ expected.keys()) or sorted(
            key for key, value in ours.items() if value.shape != expected[key].shape
        )
        if wrong:
            found = list(ours[wrong[0]].shape) if wrong[0] in ours else "nothing"
            wanted = list(expected[wrong[0]].shape) if wrong[0] in expected else "nothing"
            raise UsageError(
                f"checkpoint '{self.path}' is of another architecture: {name}.{wrong[0]} is {found}, expected {wanted}"
            )
        network.load_state_dict(ours)

    @contextmanager
    def building(self) -> Iterator[Mapping[str, Any]]:
        """The arguments, for a block that builds the networks of them, whose errors then name the file.

        raises: UsageError where an argument is missing, or is none that these networks can be built with
        """
        try:
            yield self.arguments
        except UsageError as error:
            raise UsageError(f"checkpoint '{self.path}' cannot be used: {error}") from None
        except KeyError as error:
            raise UsageError(
                f"checkpoint '{self.path}' is of another architecture: it has no argument {error}"
            ) from None
        except (TypeError, ValueError, ArithmeticError, RuntimeError):
            given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
            raise UsageError(
                f"checkpoint '{self.path}' is of another architecture: '{self.system}' cannot be built with {given}"
            ) from None


def write_checkpoint(path: Path, checkpoint: Checkpoint, *, compact: bool = False) -> None:
    """Write floats in half precision; whoever looks sees the whole file or none, and the same weights give its bytes.

    compact: large tensors in 8 bits, see `baselines.compact`
    raises: UsageError for weights that half precision cannot hold
    """
    from safetensors.torch import save

    about = {"system": checkpoint.system, "domains": list(checkpoint.domains), "arguments": dict(checkpoint.arguments)}
    tensors = {name: value.detach().cpu() for name, value in sorted(checkpoint.tensors.items())}
    if compact:
        tensors = compacted(tensors)
    for name, value in tensors.items():
        small = value.half() if value.is_floating_point() else value
        if not torch.isfinite(small).all():
            what = name.removesuffix(STEP)
            raise UsageError(f"{checkpoint.system}: {what} holds values that are not finite in half precision")
        tensors[name] = small.contiguous()
    data = save(tensors, {FORMAT: json.dumps(about, sort_keys=True)})
    write_atomic(path, data)


def read_checkpoint(path: Path, system: str) -> Checkpoint:
    """Read a file, with its floats as float32, whichever way they were written.

    raises: UsageError for a file that is missing, damaged, of no baseline, or of another one than `system`
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            about = json.loads(header.get(FORMAT, "{}"))
            tensors = restored({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118  no dict
    except OSError as error:
        raise UsageError(f"cannot read checkpoint '{path}': {error.strerror or error}") from None
    except (SafetensorError, ValueError) as error:
        raise UsageError(f"checkpoint '{path}' is damaged: {error}") from None
    if FORMAT in header and not _is_whole(about):
        raise UsageError(f"checkpoint '{path}' is damaged: its header does not say its system, domains and arguments")
    if about.get("system") != system:
        found = f"of '{about['system']}'" if about else "of no baseline"
        raise UsageError(f"checkpoint '{path}' is {found}, expected one of '{system}' (`train {system}` makes them)")
    floats = {name: value.float() if value.is_floating_point() else value for name, value in tensors.items()}
    return Checkpoint(system, tuple(about["domains"]), about["arguments"], floats, Path(path))


def _is_whole(about: Any) -> bool:
    """Whether a header is what `write_checkpoint` makes."""
    return (
        isinstance(about, dict)
        and isinstance(about.get("system"), str)
        and isinstance(about.get("arguments"), dict)
        and isinstance(about.get("domains"), list)
        and all(isinstance(domain, str) for domain in about["domains"])
    )


def checkpoints(system: str, where: str = "", snapshot: int | None = None) -> list[Checkpoint]:
    """All checkpoints of a system: the shipped ones, or those at `where`, a file or a folder, sorted by name.

    snapshot: a step; those of that step in place of those at the end, which `where` is the folder of
    raises: UsageError where there are none, and as `read_checkpoint`
    """
    place = Path(where) if where else SHIPPED
    if snapshot is not None:
        return [read_checkpoint(path, system) for path in _snapshots(system, place, snapshot)]
    begin = f"{system}-" if where == "" else ""
    paths = sorted(place.glob(f"{begin}*{SUFFIX}")) if place.is_dir() else [place]
    paths = [path for path in paths if path.stem != "state"]  # a training's own, beside what it exports
    if not where:
        paths += [path for path in (place / f"{system}{SUFFIX}",) if path.exists()]
    if not paths:
        raise UsageError(f"no checkpoint of '{system}' in '{place}'; `train {system} --out DIR` makes one")
    return [read_checkpoint(path, system) for path in paths]


def _snapshots(system: str, place: Path, step: int) -> list[Path]:
    """The snapshots of one step, sorted by name; raises UsageError that says which steps there are."""
    found: dict[str, list[Path]] = {}
    for path in sorted((place / SNAPSHOTS).glob(f"{system}*@*{SUFFIX}")):
        name, _, at = path.stem.rpartition("@")
        if (name == system or name.startswith(f"{system}-")) and at.isdecimal():
            found.setdefault(at, []).append(path)
    if str(step) not in found:
        there_are = f"there are: {', '.join(sorted(found, key=int))}" if found else "there are none"
        raise UsageError(f"no snapshot {step!r} of '{system}' in '{place / SNAPSHOTS}'; {there_are}")
    return found[str(step)]


def only_checkpoint(system: str, where: str = "", snapshot: int | None = None) -> Checkpoint:
    """The checkpoint of a system that is one file.

    raises: UsageError where there are several, and as `checkpoints`
    """
    first, *others = checkpoints(system, where, snapshot)
    if others:
        raise UsageError(
            f"{system} takes one checkpoint, found {1 + len(others)}: '{first.path}' and '{others[0].path}'; name one"
        )
    return first


def checkpoints_by_domain(system: str, where: str = "", snapshot: int | None = None) -> dict[str, Checkpoint]:
    """domain -> the checkpoint that makes it, in the files' order.

    raises: UsageError where two files are of one domain, and as `checkpoints`
    """
    files: dict[str, Checkpoint] = {}
    for file in checkpoints(system, where, snapshot):
        for domain in file.domains:
            if domain in files:
                raise UsageError(f"'{files[domain].path}' and '{file.path}' are both of the domain '{domain}'")
            files[domain] = file
    return files
