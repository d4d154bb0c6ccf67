"""`stylegauge train NAME`: train again what ships trained with the package, or a baseline on one's own pictures."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from stylegauge.baselines.training.systems import SYSTEMS, Recipe
from stylegauge.benchmark.adapters.spec import parse_arguments
from stylegauge.benchmark.training_command import quality
from stylegauge.datasets.errors import UsageError

PATH = click.Path(path_type=Path)
ROWS, SAMPLES, CHECKPOINTS = 200, 8, 20  # how many of each a training writes where nobody says


class Trainings(click.Group):
    """One command a system, made when it is asked for: they differ in their defaults alone."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The embedded backbone, and every baseline that learns."""
        return [*super().list_commands(context), *SYSTEMS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of a system."""
        recipe = SYSTEMS.get(name)
        return super().get_command(context, name) if recipe is None else _command(name, recipe)


@click.group(cls=Trainings)
def train() -> None:
    """Train again what ships trained with the package."""


@train.command()
@click.option("--teacher", required=True, metavar="FILE|torchvision:vgg19", help="VGG-19's layers up to relu3_1.")
@click.option("--deep-teacher", required=True, type=PATH, help="SqueezeNet 1.0, an .npz file.")
@click.option("--out", required=True, type=PATH, help="A folder for weights, curve, provenance.")
@click.option("--seed", default=0, show_default=True)
@click.option("--steps", type=int, help="Of the optimiser.  [default: as for the shipped weights]")
def embedded(teacher: str, deep_teacher: Path, out: Path, seed: int, steps: int | None) -> None:
    """Train the embedded backbone from two teachers on the project's own pictures."""
    from stylegauge.metrics.embedded.training.train import Settings, train_embedded

    settings = Settings(seed=seed) if steps is None else Settings(seed=seed, steps=steps)
    train_embedded(teacher, deep_teacher, out, settings, say=lambda text: click.echo(text, err=True))
    click.echo(out)


train.add_command(quality)


def _command(name: str, recipe: Recipe) -> click.Command:
    positive = click.IntRange(min=1)
    domains = ",".join(recipe.domains) if recipe.together else recipe.domains[0]
    return click.Command(
        name,
        params=[
            click.Option(["--data"], default="quick", show_default=True, metavar="quick|DIR",
                         help="Pictures: the quick suite's training part, or a folder with trainA/ and trainB/, or "
                              "with content/ and style/ (its subfolders are domains)."),
            click.Option(["--domains"], metavar="A,B", help=f"Which domains.  [default, of quick: {domains}]"),
            click.Option(["--steps"], default=recipe.steps, show_default=True, type=positive),
            click.Option(["--size"], default=recipe.size, show_default=True, type=click.IntRange(min=32),
                         help="Side of the crops, in pixels."),
            click.Option(["--width"], default=recipe.width, show_default=True, type=positive,
                         help="Channels of the first layer; papers have 64."),
            click.Option(["--batch"], default=recipe.batch, show_default=True, type=positive),
            click.Option(["--seed"], default=0, show_default=True, type=click.IntRange(min=0)),
            click.Option(["--average"], default=recipe.average, show_default=True,
                         type=click.FloatRange(0, 1, max_open=True), help="Decay of averaged weights; 0: none."),
            click.Option(["--set"], multiple=True, metavar="KEY=VALUE", help="An option of the system's; repeatable."),
            click.Option(["--snapshots"], metavar="N,M", help="Also export the weights after these steps, small: in 8 "
                         "bits, and without the way back."),
            click.Option(["--until"], type=positive, metavar="STEP", help="Stop after this step, on the schedule of "
                         "--steps; without it, the same command goes on."),
            click.Option(["--checkpoint-every"], type=positive, help="Steps.  [default: a twentieth of all]"),
            click.Option(["--sample-every"], type=click.IntRange(min=0), help="Steps; 0: never.  [default: an eighth]"),
            click.Option(["--device"], type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True),
            click.Option(["--out"], required=True, type=PATH, help="A folder; a training in it goes on."),
            click.Option(["--quiet"], is_flag=True, help="No progress."),
        ],
        callback=lambda **typed: _train(name, recipe, **typed),
        help=f"Train {name} into a folder: weights with their provenance, curve, sample grids. The defaults are those "
        "of the shipped weights. Stopped by Ctrl-C, the same command goes on.",
    )  # fmt: skip


def _train(name: str, recipe: Recipe, **typed: Any) -> None:
    from stylegauge.baselines.training.loop import Cadence
    from stylegauge.baselines.training.pictures import find_pictures
    from stylegauge.baselines.training.system import Settings
    from stylegauge.baselines.training.train import train as train_system
    from stylegauge.benchmark.device import choose_device
    from stylegauge.benchmark.environment import commit
    from stylegauge.benchmark.resume import refuse_file

    refuse_file(typed["out"], "training")
    device = choose_device(typed["device"])
    steps, out, until = typed["steps"], typed["out"], typed["until"]
    if until is not None and until > steps:
        raise UsageError(f"--until is a step from 1 to {steps}, which --steps has; found {until}")
    settings = Settings(
        steps, typed["size"], typed["width"], typed["batch"], typed["seed"], typed["average"], device, device != "cpu"
    )
    pictures = find_pictures(typed["data"], _domains(typed["data"], typed["domains"], recipe), settings.size)
    cadence = Cadence(
        row=max(1, steps // ROWS),
        sample=steps // SAMPLES if typed["sample_every"] is None else typed["sample_every"],
        checkpoint=typed["checkpoint_every"] or max(1, steps // CHECKPOINTS),
        snapshots=_numbers(typed["snapshots"], until or steps),
        until=until,
    )
    options = dict(recipe.options) | parse_arguments(typed["set"])
    with _progress(until or steps, typed["quiet"]) as say:
        files = train_system(
            name, pictures, settings, options, cadence, out, command=_typed(), commit=commit(), say=say
        )
    if files is None:
        click.echo(f"stopped; the same command goes on; the state is in {out}", err=True)
        sys.exit(130)
    for path in files:
        click.echo(path)


def _domains(data: str, typed: str | None, recipe: Recipe) -> tuple[str, ...]:
    if typed is not None:
        names = tuple(name.strip() for name in typed.split(",") if name.strip())
        strange = [name for name in names if not re.fullmatch(r"\w[\w.+-]*", name)]
        if strange or not names:
            raise UsageError(f"no domain can be called '{strange[0] if strange else typed}': its files bear its name")
        return names
    if data != "quick":
        return ()
    return recipe.domains if recipe.together else recipe.domains[:1]


def _numbers(typed: str | None, steps: int) -> tuple[int, ...]:
    words = typed.split(",") if typed else []
    if not all(word.strip().isdecimal() and 1 <= int(word) <= steps for word in words):
        raise UsageError(f"snapshots are steps from 1 to {steps}, separated by commas; found '{typed}'")
    return tuple(int(word) for word in words)


def _typed() -> str:
    """The command as it was typed, but for the folder it writes into."""
    words = [word for word in sys.argv[1:] if not word.startswith("--out=")]
    if "--out" in words:
        at = words.index("--out")
        del words[at : at + 2]
    return shlex.join(["stylegauge", *words])


@contextmanager
def _progress(steps: int, quiet: bool) -> Iterator[Callable[[int, dict[str, float]], None]]:
    """A bar with the last row's losses."""
    from tqdm import tqdm

    with tqdm(total=steps, unit="step", dynamic_ncols=True, disable=quiet) as bar:

        def say(step: int, row: dict[str, float]) -> None:
            losses = {name.rpartition("/")[2]: f"{value:.3g}" for name, value in row.items() if "/" in name}
            bar.set_postfix(losses, refresh=False)
            bar.update(step - bar.n)

        yield say
