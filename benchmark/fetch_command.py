"""`stylegauge data fetch`: public sets of pictures, downloaded or taken from a mirror folder, checked and unpacked.

Imports neither torch nor numpy until there is something to unpack, so that the list answers at once.
"""

from __future__ import annotations

from pathlib import Path

import click

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.public import PUBLIC_SETS, PublicFile, PublicSet, public_set


@click.command()
@click.argument("names", metavar="[NAME...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every set that can be had without asking for it by hand.")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Into DIR/NAME.  [default: the cache's data/NAME]"
)
@click.option("--keep-archives", is_flag=True, help="Keep what was downloaded, beside the folder.")
def fetch(names: tuple[str, ...], everything: bool, out: Path | None, keep_archives: bool) -> None:
    """Get public sets of pictures, once; without a NAME, list them.

    An archive is checked, then unpacked into a folder that appears when it is whole. What was stopped goes on where it
    stopped when the same command is typed. With STYLEGAUGE_DATA=DIR archives are read from that folder, with the same
    checks, and nothing is downloaded.
    """
    if names and everything:
        raise UsageError(f"NAME... or --all, not both; there are: {', '.join(PUBLIC_SETS)}")
    if not names and not everything:
        _list()
        return
    wanted = [public_set(name) for name in (PUBLIC_SETS if everything else dict.fromkeys(names))]
    from stylegauge.datasets.obtain import available, obtain, own_folder

    root = out or own_folder()
    for each in wanted:
        if everything and not available(each, root):
            click.echo(f"{each.name}: left out, its archive is not here; {each.by_hand or each.files[0].url}", err=True)
            continue
        click.echo(f"{each.name}: {each.title}\nlicence: {each.licence}\nlayout: {each.layout}", err=True)
        click.echo(obtain(each, root, lambda text: click.echo(text, err=True), keep_archives=keep_archives))


def _list() -> None:
    width = max(len(name) for name in PUBLIC_SETS)
    for name, text in data_rows():
        click.echo(f"{name:<{width}}  {text}")


def data_rows() -> list[tuple[str, str]]:
    """Name, and in words: title, archives, how each is verified, licence, how it is had."""
    return [(name, _described(each)) for name, each in PUBLIC_SETS.items()]


def _described(each: PublicSet) -> str:
    had = "by hand" if each.by_hand else "`data fetch`"
    return "; ".join([each.title, *map(_file, each.files), f"licence: {each.licence}", had])


def _file(file: PublicFile) -> str:
    size = file.published.size
    return f"{file.file}, {'size not published' if size is None else f'{size / 1e6:,.1f} MB'}, {_verified(file)}"


def _verified(file: PublicFile) -> str:
    return f"{file.published.checked_by} published" if file.published.has_checksum else "NO checksum published"
