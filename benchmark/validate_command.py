"""`stylegauge validate`: which metrics may be trusted on a split, measured before any model is.

It takes the options of `run`, since it is about the same pictures, metrics and networks. Imports no torch until there
is something to measure.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylegauge.benchmark.cli import RUNS, fields_of, run
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.benchmark.plan import Plan
    from stylegauge.benchmark.votes import Ballots

# Whatever `run` is asked that a validation repeats nothing of: its controls run once, and their names are known.
NOT_TAKEN = ("repeats", "out")
ABOUT = {
    "models": "Models that votes are about, besides the controls.",
    "named": "One model that votes are about; repeatable.",
    "metrics": "Metrics of single outputs, separated by commas; all: also the rarer ones.  [default: the usual]",
}


def _options() -> list[click.Parameter]:
    """The options of `run` that mean the same here, and our own."""
    own = [
        click.Option(["--pairs-n"], type=click.IntRange(min=2), default=12, show_default=True,
                     help="Pairs that are degraded, attacked and measured again, spread over groups."),
        click.Option(["--votes"], type=click.Path(path_type=Path), metavar="FILE.csv",
                     help="Votes of people: content, style, a, b, winner (rater, question)."),
        click.Option(["--out"], type=click.Path(path_type=Path),
                     help="The validation's folder.  [default: runs/validation-SUITE-FINGERPRINT]"),
    ]  # fmt: skip
    taken: list[click.Parameter] = []
    for parameter in run.params:
        if parameter.name in NOT_TAKEN:
            continue
        if parameter.name in ABOUT and isinstance(parameter, click.Option):
            again = click.Option([*parameter.opts, parameter.name], metavar=parameter.metavar, type=parameter.type,
                                 multiple=parameter.multiple, help=ABOUT[parameter.name])  # fmt: skip
            taken.append(again)
        else:
            taken.append(parameter)
    return [*taken, *own]


@click.command(params=_options())
def validate(
    plan_file: Path | None, models: str | None, named: tuple[str, ...], metrics: str | None, domains: str | None,
    files: tuple[str, ...], device: str, out: Path | None, quiet: bool, pairs_n: int, votes: Path | None, **fields: Any,
) -> None:  # fmt: skip
    """Measure which metrics may be trusted on a split.

    Each metric of single outputs, and each FILE.py:Name, climbs ladders of known degradations, puts the controls in
    their places, is measured again, at other sizes and under attack, and is compared with votes where there are some.
    Writes validation.json and validation.html. A validation that was stopped goes on where it stopped.
    Exit codes: 0 done, 2 something to mend in what was typed, 130 stopped by Ctrl-C.
    """
    asked = fields_of(plan_file, models, named, metrics, domains, files, fields)
    ballots = _ballots(votes)
    others = [*asked.pop("models", []), *_voted(ballots)]
    controls = _controls(asked)
    plan = _plan(controls, asked).absolute()
    about = _plan(others, asked).absolute() if others else None
    typed = out or RUNS / f"validation-{plan.suite}-{plan.fingerprint[:8]}"
    started = time.monotonic()
    if _validate(plan, about, ballots, Path(os.path.abspath(typed)), typed, device, pairs_n, quiet):
        click.echo(f"finished already: {typed} (delete it to validate again)", err=True)
    elif not quiet:
        click.echo(f"validated in {time.monotonic() - started:.0f} s", err=True)
    click.echo(typed / "validation.html")


def _ballots(votes: Path | None) -> Ballots | None:
    from stylegauge.benchmark.votes import read_votes

    return read_votes(votes) if votes else None


def _voted(ballots: Ballots | None) -> list[str]:
    """The models that votes name by their files."""
    return [f"{name}=folder:{place}" for name, place in ballots.folders.items()] if ballots else []


def _controls(asked: dict[str, Any]) -> list[str]:
    """Every control that can do something with these pictures."""
    from stylegauge.baselines import BASELINES
    from stylegauge.benchmark.plan import make_plan

    known = [baseline for baseline in BASELINES if baseline.role == "control"]
    of_quick = [baseline.name for baseline in known if baseline.of_quick]
    return [model.spec for model in make_plan({each.name: "control" for each in known}, of_quick, **asked).models]


def _plan(models: list[Any], asked: dict[str, Any]) -> Plan:
    """A run of these models with the metrics of single outputs; UsageError where another kind was named."""
    from stylegauge.baselines import BASELINES
    from stylegauge.benchmark.plan import make_plan
    from stylegauge.metrics.info import OF_A_PAIR
    from stylegauge.metrics.registry import EVERYTHING, resolve

    plan = make_plan({baseline.name: baseline.role for baseline in BASELINES}, models=models, **asked)
    paired = {name: resolve([name], plan.backbone)[0].compares in OF_A_PAIR for name in plan.metrics}
    others = [name for name, fits in paired.items() if not fits]
    if others and asked.get("metrics") and EVERYTHING not in asked["metrics"]:
        raise UsageError(f"metric '{others[0]}' is none of a single output with its content or style; leave it out")
    return plan.model_copy(update={"metrics": tuple(name for name, fits in paired.items() if fits)})


def _validate(
    plan: Plan, about: Plan | None, ballots: Ballots | None, folder: Path, typed: Path, device: str, pairs: int,
    quiet: bool,
) -> bool:  # fmt: skip
    """Do what is missing of a validation and draw its page; True where nothing was."""
    from stylegauge.benchmark.adapters.missing import refuse_missing
    from stylegauge.benchmark.resume import refuse_file
    from stylegauge.benchmark.validation_run import Asked, finished, work
    from stylegauge.reports.validation import PAGE, write_validation_page

    refuse_file(typed)
    for model in about.models if about else ():
        refuse_missing(model.spec)
    asked = Asked(plan, about, ballots, plan.pictures(), folder, pairs)
    asked.refuse()
    done = finished(asked, device)
    if not done:
        work(asked, device, quiet)
        (folder / PAGE).unlink(missing_ok=True)
    if not (folder / PAGE).exists():
        write_validation_page(folder)
    return done
