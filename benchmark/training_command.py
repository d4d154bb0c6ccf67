"""`stylegauge data training` and `stylegauge train quality`: what learned scores are trained on, and training one."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from stylegauge.datasets.errors import UsageError

PATH = click.Path(path_type=Path)
# Baselines whose outputs, at their shipped weights, the score's event is about.
VALID = "adain,wct,gatys,cyclegan,dualgan,noise-style"


@click.command()
@click.argument("folder", metavar="DIR", type=PATH)
@click.option("--part", type=click.Choice(["train", "test"]), default="train", show_default=True,
              help="What is learnt from, or what held-out evaluation asks about.")  # fmt: skip
@click.option("--secret", metavar="SEED_FILE", type=PATH, help="Draw other pictures, by the text of this file.")
def training(folder: Path, part: str, secret: Path | None) -> None:
    """Write the split that learned scores are trained on: pictures and DIR/PART.json, for `run --split`."""
    from stylegauge.datasets.build_training import PUBLIC_SEED, build

    split = build(folder, part, PUBLIC_SEED if secret is None else secret_text(secret))
    click.echo(f"{folder / part}.json: {len(split.pairs)} pairs, sha256 {split.sha256}")


@click.command()
@click.option(
    "--from",
    "runs",
    metavar="RUN",
    type=PATH,
    multiple=True,
    required=True,
    help="A finished run over `data training`; repeatable.",
)
@click.option(
    "--held-out",
    metavar="RUN",
    type=PATH,
    multiple=True,
    required=True,
    help="A finished run over its part test: what held-out folds are asked about; repeatable.",
)
@click.option("--out", type=PATH, required=True, help="A folder for the judge, its curve and its provenance.")
@click.option("--name", default="quality-own", show_default=True, help="Of the score, in its column.")
@click.option("--valid", default=VALID, show_default=True, help="Generators whose outputs the score's event is about.")
@click.option("--backbone", default="embedded", show_default=True, help="Whose features: embedded, vgg, vgg19.")
@click.option("--weights", type=PATH, help="The backbone's weights file, where it is not found by itself.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@click.option("--secret", metavar="SEED_FILE", type=PATH, help="A private judge: its seed is the text of this file.")
@click.option(
    "--votes",
    metavar="FILE.csv",
    type=PATH,
    multiple=True,
    help="People's votes on outputs of these runs: content, style, a, b, winner; repeatable.",
)
@click.option("--question", help="Whose answers are taken, where the votes answer several.")
@click.option("--pairs", default=0, show_default=True, type=click.IntRange(min=0), help="Of each run; 0: all.")
@click.option("--held-out-pairs", default=0, show_default=True, type=click.IntRange(min=0), help="Likewise.")
@click.option("--steps", type=click.IntRange(min=1), help="Of the optimiser.  [default: as for the shipped judge]")
@click.option("--quiet", is_flag=True, help="No progress.")
def quality(
    runs: tuple[Path, ...], held_out: tuple[Path, ...], out: Path, name: str, valid: str, backbone: str,
    weights: Path | None, seed: int, secret: Path | None, votes: tuple[Path, ...], question: str | None, pairs: int,
    held_out_pairs: int, steps: int | None, quiet: bool,
) -> None:  # fmt: skip
    """Train the quality score from run folders: judge, calibration, held-out table and provenance.

    The judge is then a metric: `run --metrics quality,OUT/NAME.safetensors`.
    """
    from stylegauge.benchmark.device import pin_numerics, workers_on
    from stylegauge.benchmark.environment import commit
    from stylegauge.benchmark.vote_orders import read_orders
    from stylegauge.metrics.backbones.load import load_backbone
    from stylegauge.metrics.quality.training.fit import Schedule
    from stylegauge.metrics.quality.training.train import Settings, train_quality

    pin_numerics()
    schedules = {} if steps is None else {"schedule": Schedule(steps=steps), "fold_schedule": Schedule(steps=steps)}
    settings = Settings(
        name, tuple(each.strip() for each in valid.split(",") if each.strip()),
        str(seed) if secret is None else secret_text(secret), pairs, held_out_pairs, workers_on("cpu"), **schedules,
    )  # fmt: skip
    people = read_orders(votes, question, [*runs, *held_out])
    network = load_backbone(backbone, "cpu", given=weights, allow_unverified=weights is not None)
    told = {"command": shlex.join(["stylegauge", *sys.argv[1:]]), "commit": commit()}
    file = train_quality(
        runs, held_out, network, settings, out, told,
        lambda text: None if quiet else click.echo(text, err=True), people,
    )  # fmt: skip
    click.echo(file)


def secret_text(path: Path) -> str:
    """The seed that a file holds; UsageError where there is none."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the seed file '{path}': {error}") from None
    if len(text) < 16:
        raise UsageError(f"the seed file '{path}' holds {len(text)} characters; a secret has 16 or more")
    return text
