"""The one training loop: steps, curves, samples, checkpoints, and going on where it stopped.

A step's pictures, draws and learning rate depend on the settings and the step alone, and the state file holds the rest,
so on one processor an interrupted training gives the same weights as one that ran through.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from stylegauge.baselines.training.average import Average
from stylegauge.baselines.training.curve import Curve, DivergedError
from stylegauge.baselines.training.pictures import Pictures
from stylegauge.baselines.training.samples import write_grid
from stylegauge.baselines.training.state import NAME, read_about, read_state, write_state
from stylegauge.baselines.training.system import Settings, System
from stylegauge.datasets.errors import UsageError

SHOWN = 6  # pictures of a sample grid
CURVE = "curve.csv"


@dataclass(frozen=True)
class Cadence:
    """Every how many steps a row of the curve, a sample grid (0: none) and a checkpoint are written.

    snapshots: steps after which the weights are also exported as they stand
    until: a step that the training stops after, as if it were asked to; None to go to the end
    """

    row: int
    sample: int
    checkpoint: int
    snapshots: tuple[int, ...] = ()
    until: int | None = None


@dataclass(frozen=True)
class Trained:
    """A training as it ended: at `step`, which is below the settings' steps where it was asked to stop."""

    step: int
    average: Average
    curve: Curve


def run(
    system: System,
    pictures: Pictures,
    settings: Settings,
    cadence: Cadence,
    out: Path,
    about: dict[str, Any],
    *,
    export: Callable[[int, Average], None],
    say: Callable[[int, dict[str, float]], None],
) -> Trained:
    """Train from the state in `out`, if there is one, to the cadence's last step or to Ctrl-C, and keep the state.

    about: what the state must agree with (JSON values); export: called at each snapshot; say: told each row
    raises: UsageError for a state of another training, and for one that diverges: its last good checkpoint is kept
    """
    average, curve = Average(system.networks, settings.average), Curve(out / CURVE)
    path = out / NAME
    step = _resumed(path, system, average, curve, about)
    last = min(cadence.until or settings.steps, settings.steps)
    first_rates = {name: [group["lr"] for group in each.param_groups] for name, each in system.optimisers.items()}
    shown = pictures.batch(0, replace(settings, batch=SHOWN))

    def keep(done: int) -> None:
        _finite(system)
        write_state(path, system, average, about | {"step": done})
        curve.write()

    with _asked_to_stop() as stop:
        try:
            while step < last and not stop:
                rate = system.rate(step / settings.steps)
                for name, each in system.optimisers.items():
                    for group, first in zip(each.param_groups, first_rates[name]):
                        group["lr"] = first * rate
                _step(system, pictures, settings, step, curve)
                average.update(step)
                step += 1
                if step % cadence.row == 0 or step == settings.steps:
                    say(step, curve.close_row(step, rate))
                if cadence.sample and (step % cadence.sample == 0 or step == settings.steps):
                    write_grid(out / "samples" / f"{step:06d}.png", system, shown)
                if step in cadence.snapshots:
                    export(step, average)
                if step % cadence.checkpoint == 0 or step == last or stop:
                    keep(step)
        except DivergedError as error:
            kept = f"the state of step {read_about(path)['step']} is kept" if path.exists() else "no state was kept yet"
            raise UsageError(f"the training diverged: {error}; {kept} in '{out}'") from None
    return Trained(step, average, curve)


def _step(system: System, pictures: Pictures, settings: Settings, step: int, curve: Curve) -> None:
    batch = pictures.batch(step, settings)
    torch.manual_seed(int(torch.randint(2**62, (), generator=batch.random)))
    turns = system.turns(batch)
    while True:
        with torch.autocast(torch.device(settings.device).type, torch.bfloat16, enabled=settings.mixed):
            turn = next(turns, None)
        if turn is None:
            return
        optimiser = system.optimisers[turn.optimiser]
        optimiser.zero_grad(set_to_none=True)
        torch.stack([value.float() for value in turn.losses.values()]).sum().backward()
        optimiser.step()
        for name, value in turn.losses.items():
            curve.add(f"{turn.optimiser}/{name}", value)


def _resumed(path: Path, system: System, average: Average, curve: Curve, about: dict[str, Any]) -> int:
    if not path.exists():
        return 0
    found = read_about(path)
    theirs, ours = _flat(found), _flat(about)
    different = [key for key in dict.fromkeys([*ours, *theirs]) if key != "step" and theirs.get(key) != ours.get(key)]
    if different:
        key = different[0]
        values = f"its {key} is {theirs.get(key)}, asked for is {ours.get(key)}"
        raise UsageError(f"'{path.parent}' holds another training: {values}; name another --out")
    read_state(path, system, average)
    curve.read(found["step"])
    step: int = found["step"]
    return step


def _flat(about: dict[str, Any]) -> dict[str, Any]:
    """Without the levels, so that an error can name what differs."""
    flat: dict[str, Any] = {}
    for key, value in about.items():
        flat |= value if isinstance(value, dict) else {key: value}
    return flat


def _finite(system: System) -> None:
    """Raise DivergedError where a weight is not finite: such a state is never kept."""
    for name, network in system.networks.items():
        wrong = [key for key, value in network.state_dict().items() if not torch.isfinite(value).all()]
        if wrong:
            raise DivergedError(f"the weight {name}.{wrong[0]} is not finite")


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """A list that is empty until Ctrl-C or SIGTERM; the step under way is finished. A second Ctrl-C is not caught."""
    asked: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def on_device(system: System, device: str) -> None:
    """Move the networks; on a GPU with channels last, which its convolutions are fastest with."""
    for network in system.networks.values():
        network.to(device)
        if torch.device(device).type == "cuda":
            network.to(memory_format=torch.channels_last)
