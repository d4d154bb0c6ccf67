"""Lock folders: read every picture once and write down by hash what a split is made of."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.folder import pictures as pictures_in
from stylegauge.datasets.images import MIN_SIDE
from stylegauge.datasets.loading import Facts, OnError, facts
from stylegauge.datasets.pairs import is_rule, make_pairs
from stylegauge.datasets.splits.layouts import Layout, Picture, absolute, refuse_directions, suite_folder, two_folders
from stylegauge.datasets.splits.pairing import ACROSS, derive
from stylegauge.datasets.splits.records import LISTED, MAX_SIDE, Item, Split
from stylegauge.datasets.splits.salt import SALT_BYTES, veiled
from stylegauge.datasets.splits.verify import MANY, Watch


def lock_split(
    folders: Sequence[str | Path],
    name: str,
    *,
    size: int = 256,
    pairs_rule: str | None = None,
    seed: int = 0,
    references: str | Path | None = None,
    counts: Mapping[str, int] | None = None,
    directions: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    licences: Mapping[str, str] | None = None,
    sources: Mapping[str, str] | None = None,
    hidden: bool = False,
    train: bool = True,
    on_error: OnError = "stop",
    workers: int | None = None,
    watch: Watch = lambda each, _: each,
) -> Split:
    """The split that folders make, every picture of it read and hashed.

    folders: contents and styles, or one folder of `layouts.suite_folder`, which explains `directions` and `domains`
    pairs_rule: as for `pairs.make_pairs`; None for the layout's own, "full" and for CycleGAN's "k=1"
    counts: how many "content" and "style" to draw, by the seed and spread over groups; all where it has none
    licences, sources: a text for each role; a picture of another role has no licence, and its path as its source
    hidden: a competition's split: see `hidden`, and `salt.veiled` for the names of its pictures
    train: whether pictures in that role are listed; no run looks at them, and a leak scan does
    on_error: "skip" leaves pictures that cannot be decoded out, and the split says which
    workers, watch: as for `loading.facts` and `verify.faults`
    raises: UsageError for folders, pictures or rules that cannot be used
    """
    _refuse_numbers(size, seed)
    layout = _layout(folders, references, directions, domains)
    if not train:
        layout = layout.without("train")
    known: dict[Path, Facts] = {}
    while True:
        split = paired(layout.drawn(counts or {}, seed), name, size, pairs_rule, seed)
        paths = list(dict.fromkeys(path for item in split.items if (path := item.path) and path not in known))
        team = 1 if len(paths) < MANY else workers
        found = {each.path: each for each in watch(facts(paths, size, workers=team, on_error=on_error), len(paths))}
        known |= found
        unreadable = {path: each.error for path, each in found.items() if each.error}
        if not unreadable:
            break
        layout = layout.without_files(unreadable)  # and others may be drawn and paired in their place

    def stated(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(_stated(item, known, licences or {}, sources or {}) for item in items)

    split = replace(
        split,
        skipped=tuple(f"{path}: {each.error}" for path, each in known.items() if each.error),
        contents=stated(split.contents),
        styles=stated(split.styles),
        references=stated(split.references),
        train=stated(split.train),
    )
    return veiled(split, secrets.token_hex(SALT_BYTES)) if hidden else split


def _refuse_numbers(size: int, seed: int) -> None:
    if not MIN_SIDE <= size <= MAX_SIDE:
        much = "small" if size < MIN_SIDE else "large"
        raise UsageError(f"size {size} is too {much}; possible are {MIN_SIDE} to {MAX_SIDE} pixels")
    if seed < 0:
        raise UsageError(f"seed {seed}, possible are 0 and more")


def _layout(
    folders: Sequence[str | Path],
    references: str | Path | None,
    directions: Sequence[str] | None,
    domains: Sequence[str] | None,
) -> Layout:
    if len(folders) == 1:
        return suite_folder(folders[0], references, directions, domains)
    if len(folders) != 2:
        raise UsageError(f"expected a suite's folder, or contents and styles; found {len(folders)} folders")
    refuse_directions(directions, domains)
    return two_folders(folders[0], folders[1], references)


def paired(layout: Layout, name: str, size: int, pairs_rule: str | None, seed: int) -> Split:
    """The split of a layout before any picture is opened; only contents and styles of some pair take part."""
    named = layout.named()
    data, apart = _places(named)
    contents, styles, references, train = (
        tuple(_unread(picture, named, data, apart) for picture in layout.of(role))
        for role in ("content", "style", "reference", "train")
    )
    rule = layout.rule if pairs_rule is None else pairs_rule
    if is_rule(rule):
        rule = ACROSS + rule if layout.across else rule
        pairs = derive(rule, contents, styles, seed)
        while len(used := {style for _, style in pairs}) < len(styles):
            styles = tuple(item for item in styles if item.id in used)
            pairs = derive(rule, contents, styles, seed)  # they must follow from the pictures that are listed
    else:
        pairs = make_pairs(rule, [item.id for item in contents], [item.id for item in styles])
        rule = LISTED
        used_contents, used = {content for content, _ in pairs}, {style for _, style in pairs}
        contents = tuple(item for item in contents if item.id in used_contents)
        styles = tuple(item for item in styles if item.id in used)
    split = Split(name, size, contents, styles, references, pairs, rule, seed, train, data=data, apart=apart)
    return replace(split, complete=_complete(named, split))


def _places(named: Mapping[tuple[str, Path], str]) -> tuple[Path, dict[str, Path]]:
    """The folder that all lie in; or, of folders that lie apart, where each is by its name in the split file."""
    parents = {folder.parent for _, folder in named}
    if len(parents) == 1:
        return parents.pop(), {}
    return Path(), {name: folder for (_, folder), name in named.items()}


def _unread(picture: Picture, named: Mapping[tuple[str, Path], str], data: Path, apart: Mapping[str, Path]) -> Item:
    file = f"{named[picture.role, absolute(picture.folder)]}/{picture.place}"
    at = absolute(picture.path) if apart else None
    words = (picture.id, picture.role, picture.group, picture.domain)
    return Item(*words, "", source=picture.place, file=file, data=data, at=at)


def _complete(named: Mapping[tuple[str, Path], str], split: Split) -> tuple[str, ...]:
    """The folders of which every picture takes part, so that one more is one too many."""
    listed = {item.file for item in split.items}
    return tuple(
        dict.fromkeys(
            name
            for (_, folder), name in named.items()
            if all(f"{name}/{path.relative_to(folder).as_posix()}" in listed for path in pictures_in(folder))
        )
    )


def _stated(item: Item, known: Mapping[Path, Facts], licences: Mapping[str, str], sources: Mapping[str, str]) -> Item:
    found = known[item.path or Path()]
    return replace(
        item,
        pixels_sha256=found.pixels_sha256,
        file_sha256=found.file_sha256,
        bytes=found.bytes,
        width=found.width,
        height=found.height,
        licence=licences.get(item.role, ""),
        source=sources.get(item.role, item.source),
    )
