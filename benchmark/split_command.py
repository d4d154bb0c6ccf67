"""`stylegauge data lock|verify|list`: split files, made once from folders and checked ever after.

Imports neither torch nor numpy until a picture is opened or a split is read.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from stylegauge.datasets.loading import Facts
    from stylegauge.datasets.splits import Item, Split

ROLES = ("content", "style", "reference", "train")
FILE = click.Path(path_type=Path)


@click.command()
@click.argument("folders", metavar="CONTENTS STYLES | SUITE_DIR", nargs=-1, required=True, type=FILE)
@click.option("--out", metavar="FILE.json", required=True, type=FILE, help="The split file; never one that is there.")
@click.option("--name", help="What the split is called.  [default: the file's name]")
@click.option("--size", type=int, default=256, show_default=True, help="Side of the square images, in pixels.")
@click.option(
    "--pairs", metavar="full|zip|k=N|FILE.csv", help="Which pairs.  [default: full; of CycleGAN's folders k=1]"
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the pairs, and of what is drawn."
)
@click.option("--references", metavar="DIR", type=FILE, help="Images for FID and KID to compare with.")
@click.option("--contents-n", type=int, help="Draw so many contents, spread over their groups.  [default: all]")
@click.option("--styles-n", type=int, help="Draw so many styles, spread over their groups.  [default: all]")
@click.option("--licence", "licences", metavar="[ROLE=]TEXT", multiple=True, help="Of all images or of one role's.")
@click.option("--source", "sources", metavar="[ROLE=]TEXT", multiple=True, help="Where all or one role's come from.")
@click.option("--hidden", metavar="PUBLIC.json", type=FILE, help="Keep FILE.json secret, and publish this beside it.")
@click.option("--direction", type=click.Choice(["AtoB", "BtoA"]), help="Of CycleGAN's folders.  [default: AtoB]")
@click.option("--both-directions", is_flag=True, help="Of CycleGAN's folders, both in one split.")
@click.option("--domains", metavar="A,B", help="What CycleGAN's A and B are called.  [default: A,B]")
def lock(
    folders: tuple[Path, ...],
    out: Path,
    name: str | None,
    size: int,
    pairs: str | None,
    seed: int,
    references: Path | None,
    contents_n: int | None,
    styles_n: int | None,
    licences: tuple[str, ...],
    sources: tuple[str, ...],
    hidden: Path | None,
    direction: str | None,
    both_directions: bool,
    domains: str | None,
) -> None:
    """Write a split file: every image of the folders by hash, and which content meets which style.

    SUITE_DIR holds content and style (and reference, train), or trainA, trainB, testA and testB as CycleGAN has them.
    """
    for path in (out, hidden):
        if path is not None and os.path.lexists(path):
            raise UsageError(f"'{path}' is there already; a lock is never overwritten, name another or delete it")
    if hidden is not None and os.path.realpath(hidden) == os.path.realpath(out):
        raise UsageError(f"--out and --hidden both name '{out}'; the public side needs a file of its own")
    if direction and both_directions:
        raise UsageError("--direction or --both-directions, not both")
    from stylegauge.datasets.splits import lock_split

    counts = {role: n for role, n in (("content", contents_n), ("style", styles_n)) if n is not None}
    split = lock_split(
        folders,
        name or out.stem,
        size=size,
        pairs_rule=pairs,
        seed=seed,
        references=references,
        counts=counts,
        directions=("AtoB", "BtoA") if both_directions else (direction,) if direction else None,
        domains=None if domains is None else tuple(domains.split(",")),
        licences=_by_role(licences),
        sources=_by_role(sources),
        hidden=hidden is not None,
        watch=_watched,
    )
    _write(split, out, hidden)
    click.echo(f"{out}: {_counted(split)}, sha256 {split.sha256}")


def _write(split: Split, out: Path, hidden: Path | None) -> None:
    """Both sides of a hidden split or none; a private file that nothing was published of could be changed unseen."""
    from stylegauge.datasets.splits import write_commitment, write_split

    write_split(split, out, new=True)
    if hidden is not None:
        try:
            write_commitment(split, hidden, new=True)
        except BaseException:
            out.unlink(missing_ok=True)
            raise


def _by_role(texts: Iterable[str]) -> dict[str, str]:
    """ "content=CC0" is a text of that role, any other text one of all roles that have none of their own.

    raises: UsageError for "contents=CC0", which would else be the licence of everything
    """
    found: dict[str, str] = {}
    special: dict[str, str] = {}
    for text in texts:
        role, equals, words = text.partition("=")
        if equals and role in ROLES:
            special[role] = words
        elif equals and (close := get_close_matches(role.strip().lower(), ROLES, n=1, cutoff=0.75)):
            raise UsageError(f"no role '{role}' in '{text}', perhaps {close[0]}; there are: {', '.join(ROLES)}")
        else:
            found |= dict.fromkeys(ROLES, text)
    return found | special


def _watched(facts: Iterable[Facts], count: int) -> Iterable[Facts]:
    from tqdm import tqdm

    return tqdm(facts, total=count, unit="image", disable=None, leave=False)


@click.command()
@click.argument("file", metavar="FILE", type=FILE)
@click.option("--data", metavar="DIR", type=FILE, help="Where its images lie.  [default: as FILE says, beside it]")
@click.option("--public", metavar="PUBLIC.json", type=FILE, help="Also: is it the hidden split that was promised?")
def verify(file: Path, data: Path | None, public: Path | None) -> None:
    """Check every image of a split file; name each that is missing, extra or changed. Exit code 2 where there is one.

    An image that was written anew with the same pixels is named as well, and is no fault: it changes no number.
    """
    from stylegauge.datasets.splits import check_commitment, read_split
    from stylegauge.datasets.splits.verify import REWRITTEN, faults

    split = read_split(file, data)
    if public is not None:
        check_commitment(split, public)
    kinds: Counter[str] = Counter()
    for fault in faults(split, watch=_watched):
        click.echo(f"{fault.kind}: {fault}")
        kinds[fault.kind] += 1
    anew = kinds.pop(REWRITTEN, 0)
    if kinds:
        found = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        raise UsageError(f"'{file}' is not what lies in '{split.data}': {found}")
    note = f" ({anew} written anew)" if anew else ""
    click.echo(f"{split.name}: {_counted(split)}, all as locked{note}, sha256 {split.sha256}")


@click.command(name="list")
@click.argument("files", metavar="[FILE...]", nargs=-1, type=FILE)
def list_(files: tuple[Path, ...]) -> None:
    """Show splits: those that ship, and those of the files named. Images are not opened."""
    from stylegauge.datasets.splits.named import FOLDER, names

    for path in (*(FOLDER / f"{name}.json" for name in names()), *files):
        click.echo("\n".join(_lines(path)))


def _lines(path: Path) -> list[str]:
    """A split in words: a line of counts, then one a role."""
    from stylegauge.datasets.splits.files import COMMITMENT, read_document, read_split

    document = read_document(path)
    if COMMITMENT in document:
        return _public_lines(path, document)
    split = read_split(path)
    state = ", hidden" if split.hidden else ""
    lines = [f"{split.name}: {_counted(split)}{state}, sha256 {split.sha256}"]
    for role, items in zip(ROLES, (split.contents, split.styles, split.references, split.train)):
        if items:
            groups = len({item.group for item in items})
            lines.append(f"  {role}: {len(items)} in {groups} groups; {_domains(items)}; {_licences(items)}")
    return lines


def _public_lines(path: Path, document: dict[str, Any]) -> list[str]:
    try:
        head = (
            f"{document['name']}: the public side of a hidden split, {document['size']} px, {document['pairs']} pairs"
        )
        counts = document["images"].items()
        return [head, *(f"  {role}: {_few(Counter(domains), 'domains')}" for role, domains in counts)]
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} cannot be read as the public side of a split: {error}") from error


def _counted(split: Split) -> str:
    roles = (split.contents, split.styles, split.references, split.train)
    counts = [
        f"{len(items)} {role}" for role, items in zip(("contents", "styles", "references", "train"), roles) if items
    ]
    return f"{', '.join(counts)}, {len(split.pairs)} pairs ({split.rule}) at {split.size} px"


def _domains(items: Sequence[Item]) -> str:
    return _few(Counter(item.domain for item in items), "domains")


def _licences(items: Sequence[Item]) -> str:
    return _few(Counter(item.licence for item in items), "licences")


def _few(counts: Counter[str], what: str) -> str:
    """ "domains: ink 3, oil 2", and of many the most frequent ones; "" is one that is not named."""
    shown = [f"{name or 'not named'} {count}" for name, count in counts.most_common(8)]
    more = f" and {len(counts) - 8} more" if len(counts) > 8 else ""
    return f"{what}: {', '.join(shown)}{more}"
