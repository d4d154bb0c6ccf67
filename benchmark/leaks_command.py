"""`stylegauge data leaks`: pictures that a benchmark holds twice, or that a model may have seen in training.

Imports neither torch nor numpy until there is something to read.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.benchmark.leaks import Leak, Say, Scan

FOLDER = click.Path(path_type=Path)
SHOWN = 20
UNREADABLE_SHOWN = 5


@click.command()
@click.argument("places", metavar="SET...", nargs=-1, required=True, type=FOLDER)
@click.option("--training", metavar="DIR", multiple=True, type=FOLDER, help="What a model was trained on; repeatable.")
@click.option("--out", metavar="DIR", type=FOLDER, help="Write leaks.json and leaks.html there.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that decode.  [default: the cores]")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.pass_context
def leaks(
    context: click.Context,
    places: tuple[Path, ...],
    training: tuple[Path, ...],
    out: Path | None,
    workers: int | None,
    quiet: bool,
) -> None:
    """Look for pictures that are in two places, as they are or nearly so.

    SET is a folder of images, a folder with trainA, trainB, testA and testB, which are sets of their own, or a split
    file: FILE.json, or FILE.json=DIR where its pictures do not lie beside it. Each set is compared with itself and with
    the others; a training folder with the sets alone. What was read is remembered, so a second look is quick.

    Exit codes: 0 no leak, 1 leaks were found, 2 something to mend in what was typed, 130 stopped by Ctrl-C.
    """
    if out is not None:
        _require_folder(out)
    from stylegauge.benchmark.leaks import description, scan
    from stylegauge.benchmark.picture_sets import sets_of
    from stylegauge.benchmark.store import write_json

    found = scan(sets_of(places, training), workers=workers, say=None if quiet else _progress())
    if out is not None:
        from stylegauge.reports.leaks import write_leaks_page

        write_json(out / "leaks.json", description(found))
        write_leaks_page(out)
    _tell(found)
    if out is not None:
        click.echo(out / "leaks.html")
    context.exit(1 if found.leaks else 0)


def _require_folder(out: Path) -> None:
    """Before minutes of reading, not after them."""
    there = next(place for place in (out, *out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise UsageError(f"--out {out}: '{there}' is a file; expected a folder, for leaks.json and leaks.html")


def _tell(found: Scan) -> None:
    from stylegauge.benchmark.picture_sets import printable

    for name, unreadable in found.unreadable.items():
        for path, why in unreadable[:UNREADABLE_SHOWN]:
            click.echo(printable(f"skipped: {path}: {why}"), err=True)
        if len(unreadable) > UNREADABLE_SHOWN:
            click.echo(f"skipped: {len(unreadable)} files of {name} in all", err=True)
    for leak in found.leaks[:SHOWN]:
        click.echo(_line(leak))
    if len(found.leaks) > SHOWN:
        click.echo(f"... and {len(found.leaks) - SHOWN} more; --out DIR writes all of them")
    exact = sum(leak.kind == "exact" for leak in found.leaks)
    pictures = sum(len(each.paths) for each in found.sets)
    click.echo(f"{exact} exact and {len(found.leaks) - exact} near duplicates among {pictures} pictures", err=True)


def _line(leak: Leak) -> str:
    more = f" and {leak.more} more copies" if leak.more else ""
    first, second = f"{leak.first_set}: {leak.first_id}", f"{leak.second_set}: {leak.second_id}{more}"
    apart = "" if leak.kind == "exact" else f", {leak.distance} bits apart"
    return f"{leak.kind:<5}  {first}  =  {second}  ({leak.how}{apart})"


def _progress() -> Say | None:
    """One line that is written over, where somebody watches; at most once a hundredth."""
    if not sys.stderr.isatty():
        return None

    def say(what: str, done: int, total: int) -> None:
        if done == total or done % max(1, total // 100) == 0:
            click.echo(f"\r\x1b[K{what}: {done} of {total}", nl=False, err=True)
            if done == total:
                click.echo("\r\x1b[K", nl=False, err=True)

    return say
