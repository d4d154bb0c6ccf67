"""`stylegauge weights`: what published weights there are, getting them, checking them, taking them elsewhere.

Imports no torch, so that it answers at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.fetch import copy
from stylegauge.metrics.weights.catalogue import WEIGHTS, WeightsFile
from stylegauge.metrics.weights.files import VARIABLE, Found, fetch_weights, find, find_all, published

SUMS = "SHA256SUMS"


@click.group()
def weights() -> None:
    """Published weights of the reference backbones: list, fetch, verify, export."""


@weights.command(name="list")
def list_() -> None:
    """What there is, and where on this machine it was found."""
    width = max(len(name) for name in WEIGHTS)
    for name, text in weights_rows():
        click.echo(f"{name:<{width}}  {text}")


def weights_rows() -> list[tuple[str, str]]:
    """Name, and in words: file, size, licence, where it was found and whether it is the published one."""
    return [(name, f"{_described(each)}; {_state(find(each))}") for name, each in WEIGHTS.items()]


@weights.command()
@click.argument("names", metavar="NAME...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every file of `weights list`.")
def fetch(names: tuple[str, ...], everything: bool) -> None:
    """Get weights, once: they are used offline from then on.

    They go into the cache (STYLEGAUGE_CACHE), are checked, and a download that was stopped goes on where it stopped.
    With STYLEGAUGE_WEIGHTS=DIR they are copied from that folder, and nothing is downloaded.
    """
    if bool(names) == everything:
        raise UsageError(f"which weights? NAME... or --all; there are: {', '.join(WEIGHTS)}")
    for each in [published(name) for name in (WEIGHTS if everything else names)]:
        before = find(each)
        if before is None or before.fault:
            click.echo(f"{each.name}: {_described(each)}", err=True)
        click.echo(fetch_weights(each.name).path)


@weights.command()
def verify() -> None:
    """Read every file found, whole, and compare it with the published one. Exit code 2 where one differs."""
    found = [each for entry in WEIGHTS.values() for each in find_all(entry, again=True)]
    for each in found:
        click.echo(f"{'WRONG' if each.fault else 'ok'}  {each.path}{f'  {each.fault}' if each.fault else ''}")
    wrong = [str(each.path) for each in found if each.fault]
    if wrong:
        raise UsageError(f"not the published files: {', '.join(wrong)}; delete them, then `stylegauge weights fetch`")
    click.echo(f"{len(found)} found, all as published" if found else _none_found(), err=True)


@weights.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def export(folder: Path) -> None:
    """Copy the files found, verified, into DIR with their SHA256SUMS; STYLEGAUGE_WEIGHTS=DIR uses them elsewhere."""
    found = {name: each for name, each in ((name, find(entry)) for name, entry in WEIGHTS.items()) if each}
    wrong = [f"'{each.path}' ({each.fault})" for each in found.values() if each.fault]
    if wrong:
        raise UsageError(f"not the published files: {', '.join(wrong)}; nothing was exported")
    if not found:
        raise UsageError(_none_found())
    for name, each in found.items():
        copy(each.path, folder / each.path.name, sha256=each.sha256, size=WEIGHTS[name].size)
        click.echo(folder / each.path.name)
    _write_sums(folder / SUMS, found.values())


def _write_sums(path: Path, found: Iterable[Found]) -> None:
    """What `sha256sum -c` reads; written beside and renamed, so that it is never half there."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_text("".join(f"{each.sha256}  {each.path.name}\n" for each in found), encoding="utf-8")
    os.replace(beside, path)


def _none_found() -> str:
    return f"no weights on this machine; `stylegauge weights fetch NAME`, or {VARIABLE}=DIR with the files in it"


def _described(entry: WeightsFile) -> str:
    size = f"{entry.size / 1e6:.1f} MB" if entry.size else "size not published"
    return f"{entry.file}, {size}, sha256 {entry.sha256}, {entry.url}; licence: {entry.licence}"


def _state(found: Found | None) -> str:
    if found is None:
        return "not on this machine"
    return f"in {found.place} ({found.path.parent}), {'WRONG: ' + found.fault if found.fault else 'verified'}"
