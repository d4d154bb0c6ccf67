"""The command people type. The composition root: the only module that may import reports and baselines.

`--help` and `list` must answer at once, so everything that imports torch or pandas is imported inside the commands.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from stylegauge.datasets.errors import UsageError

# TRICKY: read by OpenMP when torch loads it. Its threads spin while they wait for each other; where another process
# holds a core, that made a run ten times slower. Threads that sleep at once cost a tenth on a free machine, those that
# spin for some microseconds first (GNU's count overrules the policy) cost nothing in either case.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

RUNS = Path("runs")
PATH = click.Path(path_type=Path)
ELSEWHERE = {name: f"stylegauge.benchmark.{name}_command" for name in ("data", "list", "train", "validate", "weights")}


class Group(click.Group):
    """Runs the quick suite when no command is named, and turns a person's errors into one line and exit code 2."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Ours, and the groups that have a module of their own."""
        return sorted([*super().list_commands(context), *ELSEWHERE])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """A command by name; those of other modules are imported when they are asked for."""
        if name in ELSEWHERE:
            module = importlib.import_module(ELSEWHERE[name])
            found: click.Command = getattr(module, name, None) or getattr(module, f"{name}_")  # `list` is Python's
            return found
        return super().get_command(context, name)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Click's main with our way to fail."""
        try:
            # TRICKY: click's own ending would turn Ctrl-C into "Aborted!" with code 1, and add usage to each error.
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except UsageError as error:
            _fail(str(error), 2)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(2)
        except click.ClickException as error:
            _fail(error.format_message(), 2)
        except (click.Abort, KeyboardInterrupt):
            click.echo("stopped; the same command goes on where it stopped", err=True)
            sys.exit(130)
        except OSError as error:
            _fail(
                f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}; what is done is kept", 2
            )
        sys.exit(code if isinstance(code, int) else 0)


def _fail(text: str, code: int) -> None:
    click.echo(f"error: {' '.join(text.split())}", err=True)
    sys.exit(code)


@click.group(cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stylegauge")
@click.pass_context
def main(context: click.Context) -> None:
    """Measure how good image style transfer models are.

    Without a command: run the quick suite over all baselines and write its report.
    """
    if context.invoked_subcommand is None:
        context.invoke(run)


@main.command()
@click.argument("plan_file", metavar="[PLAN.toml]", required=False, type=click.Path(path_type=Path))
@click.option("--suite", metavar="NAME|FILE.toml", help="A protocol; see `list suites`.  [default: quick]")
@click.option("--contents", type=PATH, help="A folder of content images (with --styles).")
@click.option("--styles", type=PATH, help="A folder of style images; subfolders are domains.")
@click.option("--references", type=PATH, help="A folder of images for FID and KID to compare with.")
@click.option("--data", type=PATH, help="One folder: content and style, or testA and testB; or a split file's images.")
@click.option("--split", type=PATH, help="A split file; see `data lock`.")
@click.option("--public", type=PATH, help="What was published of a hidden split, to check it against.")
@click.option("--size", type=int, help="Side of the square images, in pixels (folders only).  [default: 256]")
@click.option("--pairs", metavar="full|zip|k=N|FILE.csv", help="Which pairs of two folders.  [default: full]")
@click.option("--contents-n", type=int, help="Draw so many contents by the seed (folders only).  [default: all]")
@click.option("--styles-n", type=int, help="Draw so many styles by the seed (folders only).  [default: all]")
@click.option("--unreadable", metavar="stop|skip", help="At an image that cannot be decoded.  [default: stop]")
@click.option("--domains", metavar="A,B", help="What CycleGAN's A and B are called.  [default: A,B]")
@click.option("--models", metavar="A,B,...", help="Models, separated by commas; exactly those get a row.")
@click.option("--model", "named", multiple=True, metavar="'[NAME=]SPEC [key=value ...]'", help="One model; repeatable.")
@click.option(
    "--metrics", metavar="A,B,...", help="Metrics, separated by commas; all: also the rarer ones.  [default: the usual]"
)
@click.option("--backbone", help="Whose features: embedded, reference or vgg.  [default: embedded]")
@click.option("--numerics", help="exact (float32), or fast (bfloat16 layers; never compared).  [default: exact]")
@click.option("--weights", "files", metavar="NAME=FILE", multiple=True, help="A weights file to use; repeatable.")
@click.option(
    "--allow-unverified-weights",
    is_flag=True,
    default=None,
    help="Also files that are not the published ones; the page says so.",
)
@click.option("--seed", type=int, help="Seed of all items.  [default: 0]")
@click.option("--repeats", type=int, help="Times each pair is run, with seeds of its own.  [default: 1]")
@click.option("--batch", type=int, help="Pairs given to a model at once.  [default: 4]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="The run folder.  [default: runs/SUITE-FINGERPRINT]")
@click.option("--quiet", is_flag=True, help="No progress.")
def run(
    plan_file: Path | None, models: str | None, named: tuple[str, ...], metrics: str | None,
    domains: str | None, files: tuple[str, ...], device: str, out: Path | None, quiet: bool, **fields: Any,
) -> None:  # fmt: skip
    """Run models over a suite and write the report.

    An unfinished run in the same folder is resumed; a finished one is not run again.
    Exit codes: 0 done, 2 something to mend in what was typed, 3 no model made an image, 130 stopped by Ctrl-C.

    \b
    A model is one of
      adain                        a registered name; see `list models`
      path/to/file.py:Name         a class, factory or function f(content, style)
      package.module:Name
      folder:PATH                  images already made, <content id>__<style id>.png or <content id>__<domain>.png
    """
    from stylegauge.baselines import BASELINES
    from stylegauge.benchmark.adapters.arguments import refuse_arguments
    from stylegauge.benchmark.adapters.missing import refuse_missing
    from stylegauge.benchmark.plan import make_plan
    from stylegauge.benchmark.resume import finished, intact, refuse_another_plan, refuse_file

    asked = fields_of(plan_file, models, named, metrics, domains, files, fields)
    of_quick = [baseline.name for baseline in BASELINES if baseline.of_quick]
    plan = make_plan({baseline.name: baseline.role for baseline in BASELINES}, of_quick, **asked)
    for model in plan.models:
        refuse_missing(model.spec)
    plan = plan.absolute()  # a model may change the working folder: from here on no path depends on it
    typed = out or RUNS / f"{plan.suite}-{plan.fingerprint[:8]}"
    folder = Path(os.path.abspath(typed))
    refuse_file(typed)
    split = plan.pictures()
    refuse_another_plan(plan, folder)
    if finished(plan, split, folder, device) and intact(folder):
        click.echo(f"finished already: {typed} (delete it to run again)", err=True)
    else:
        for model in plan.models:
            refuse_arguments(model)
        from stylegauge.benchmark.runner import execute

        execute(plan, split, folder, device, quiet)
        (folder / "report.html").unlink(missing_ok=True)
    if not (folder / "report.html").exists():
        _report(folder)
    _caution(folder)
    click.echo(typed / "report.html")
    if not any((folder / "outputs").rglob("*.png")):
        _fail("no model made an image; the report and the lines above say why", 3)


def fields_of(
    plan_file: Path | None, models: str | None, named: tuple[str, ...], metrics: str | None, domains: str | None,
    files: tuple[str, ...], fields: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The fields of a plan as they were typed, those of its file below them."""
    from stylegauge.benchmark.networks import parse_weights
    from stylegauge.benchmark.plan_file import read_plan

    asked = read_plan(plan_file) if plan_file else {}
    asked |= {key: value for key, value in fields.items() if value is not None}
    if models or named:
        asked["models"] = [*named, *(name.strip() for name in (models or "").split(",") if name.strip())]
    if domains:
        asked["domains"] = tuple(name.strip() for name in domains.split(","))
    if metrics:
        asked["metrics"] = tuple(name.strip() for name in metrics.split(",") if name.strip())
    if files:
        asked["weights"] = asked.get("weights", {}) | dict(parse_weights(text) for text in files)
    return asked


def _caution(folder: Path) -> None:
    """Say what a reader must know before any number of the run; what the page says at its top."""
    from stylegauge.benchmark.comparability import cautions
    from stylegauge.benchmark.store import read_json

    for text in cautions(read_json(folder / "environment.json"), read_json(folder / "split.json")):
        click.echo(f"with care: {text}", err=True)


def _report(folder: Path) -> None:
    from stylegauge.reports.html import write_report

    write_report(folder)


@main.command()
@click.argument("folders", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
def report(folders: tuple[Path, ...]) -> None:
    """Draw the pages of run folders again; needs neither a model nor a GPU."""
    for folder in folders:
        _report(folder)
        _caution(folder)
        click.echo(folder / "report.html")


if __name__ == "__main__":
    main()
