"""Split files: one JSON document says which pictures a split has, by hash, and which content meets which style."""

from __future__ import annotations

import errno
import gc
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import MIN_SIDE
from stylegauge.datasets.splits.columns import COLUMNS, LONGEST, check_text, inside, items_of, row
from stylegauge.datasets.splits.pairing import check_rule, derive, follow_from_the_rule
from stylegauge.datasets.splits.records import MAX_SIDE, Split
from stylegauge.datasets.splits.salt import SALT_BYTES
from stylegauge.datasets.splits.verify import first_fault

SCHEMA = 2
MAX_SEED = 2**63 - 1
COMMITMENT = "commitment"  # the field that only the public side of a hidden split has


def read_split(path: str | Path, data: str | Path | None = None, verify: bool = False) -> Split:
    """The split that a file describes; its hash is checked, and no picture is opened unless `verify`.

    data: the folder its files lie in; by default the one beside the JSON that it names
    verify: check every picture, and that there is no other
    raises: UsageError for a file that is missing, damaged or edited; with `verify` naming the first picture at fault
    """
    path = Path(path)
    with _collector_paused():
        document = read_document(path)
        try:
            split = _from_document(document, path.parent, None if data is None else Path(data))
            stated = _kind(document["sha256"], str)
            found = split.sha256
        # What a stranger's file can bring about is not to be listed, so whatever it is, it is the file's fault.
        except Exception as error:
            raise UsageError(f"{path} cannot be read as a split: {_in_a_line(error)}") from error
    if found != stated:
        raise UsageError(f"{path} has changed: it hashes to {found[:12]} and states {stated[:12]!r}")
    if verify and (fault := first_fault(split)):
        raise UsageError(str(fault))
    return split


def _in_a_line(error: Exception) -> str:
    words = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(error))
    text = words if isinstance(error, UsageError) else f"{type(error).__name__} {words}"
    return text if len(text) <= 300 else text[:297] + "..."


@contextmanager
def _collector_paused() -> Iterator[None]:
    # TRICKY: with every 700 lists made Python looks for garbage among all there are, and here all of them stay: with
    # 100,000 pictures that doubles the time.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in a file; UsageError where there is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the split '{path}': {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as a split: it is no JSON, {_in_a_line(error)}") from None
    if not isinstance(document, dict):
        raise UsageError(f"{path} cannot be read as a split: expected an object, found {type(document).__name__}")
    return document


def _from_document(document: dict[str, Any], beside: Path, data: Path | None) -> Split:
    if COMMITMENT in document:
        raise ValueError("it is the public side of a hidden split, which lists no pictures")
    if _kind(document["schema"], int) != SCHEMA:
        raise ValueError(f"schema {document['schema']}, this version reads {SCHEMA}")
    if document["columns"] != list(COLUMNS):
        raise ValueError(f"columns {document['columns']}, expected {list(COLUMNS)}")
    place = inside(document["data"])
    folder = beside / place if data is None else data
    roles = items_of(_kind(document["items"], list), folder)
    hidden = _kind(document["hidden"], bool)
    split = Split(
        name=_kind(document["name"], str),
        size=_whole("size", document["size"], MIN_SIDE, MAX_SIDE),
        contents=roles["content"],
        styles=roles["style"],
        references=roles["reference"],
        pairs=(),
        rule=_kind(document["rule"], str),
        seed=_whole("seed", document["seed"], 0, MAX_SEED),
        train=roles["train"],
        complete=tuple(map(inside, _kind(document["complete"], list))),
        data=folder,
        hidden=hidden,
        salt=_salt(document["salt"]) if hidden else "",
    )
    check_text("name", split.name, LONGEST["domain"])
    return _with_pairs(split, document["pairs"])


def _with_pairs(split: Split, listed: Any) -> Split:
    """The split with the pairs of its rule, or with those that are listed, if they are what the rule says."""
    if listed is None:
        return replace(split, pairs=derive(split.rule, split.contents, split.styles, split.seed))
    contents, styles = ({item.id for item in items} for items in (split.contents, split.styles))
    split = replace(split, pairs=_listed(_kind(listed, list), contents, styles))
    if not split.pairs:
        raise ValueError("it lists no pairs; at least one is needed")
    check_rule(split)
    return split


def _kind(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} where {kind.__name__} is expected")
    return value


def _whole(name: str, value: Any, least: int, most: int) -> int:
    number: int = _kind(value, int)
    if not least <= number <= most:
        raise ValueError(f"{name} {number}, possible are {least} to {most}")
    return number


def _salt(value: Any) -> str:
    if not re.fullmatch(f"[0-9a-f]{{{2 * SALT_BYTES}}}", _kind(value, str)):
        raise ValueError(f"the salt of a hidden split is {2 * SALT_BYTES} hexadecimal digits")
    return str(value)


def _listed(pairs: list[list[str]], contents: set[str], styles: set[str]) -> tuple[tuple[str, str], ...]:
    found = tuple((_kind(content, str), _kind(style, str)) for content, style in pairs)
    for content, style in found:
        if content not in contents or style not in styles:
            raise ValueError(f"the pair {content!r}, {style!r} is of pictures that it does not list")
    if len(set(found)) < len(found):
        raise ValueError("a pair is listed twice")
    return found


def document(split: Split, data: str = "") -> str:
    """The split as JSON text, an item a line, so that a change shows as the lines it touches; always the same bytes.

    data: where its files lie, from the folder of the JSON, with "/"; "" for that folder itself or no place near it
    raises: UsageError for a split that could not be read again
    """
    try:
        check_text("name", split.name, LONGEST["domain"])
        items_of([row(item) for item in split.items], split.data)
        check_rule(split)
    except ValueError as error:
        raise UsageError(f"cannot write the split: {_in_a_line(error)}") from None
    head: dict[str, Any] = {"schema": SCHEMA, "name": split.name, "size": split.size, "sha256": split.sha256}
    head |= {"hidden": split.hidden, **({"salt": split.salt} if split.hidden else {})}
    head |= {"data": data, "complete": split.complete, "rule": split.rule, "seed": split.seed, "columns": COLUMNS}
    lines = [f'"{key}": {json.dumps(value)}' for key, value in head.items()]
    lines.append(f'"items": {_rows(json.dumps(row(item)) for item in split.items)}')
    listed = "null" if follow_from_the_rule(split) else _rows(json.dumps(pair) for pair in split.pairs)
    return "{\n" + ",\n".join([*lines, f'"pairs": {listed}']) + "\n}\n"


def _rows(rows: Iterable[str]) -> str:
    return "[\n" + ",\n".join(rows) + "\n]"


def write_split(split: Split, path: str | Path, new: bool = False) -> None:
    """Write a split file; whoever looks sees the whole of it or none. That of a hidden split is the owner's alone.

    new: refuse a file that is there already, with a UsageError, even one that came while this one was made
    Where the data lie below the file's folder, the file says where, and `read_split` finds them by itself. Of folders
    that lie apart it says nothing, for no folder holds them all.
    """
    path = Path(path)
    folder, here = os.path.abspath(split.data), os.path.abspath(path.parent)
    near = not split.apart and os.path.commonpath([folder, here]) == here and folder != here
    place = Path(folder).relative_to(here).as_posix() if near else ""
    write_text(path, document(split, place), private=split.hidden, new=new)


def write_text(path: Path, text: str, private: bool = False, new: bool = False) -> None:
    """Write beside and rename; the folder is made where there is none.

    new: never replace a file; UsageError where there is one
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o600 if private else 0o644)
        (_appear if new else os.replace)(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _appear(temporary: str, path: Path) -> None:
    """Rename to a name that nothing has: unlike a rename, a link fails where there is something."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise UsageError(f"'{path}' is there already; a lock is never overwritten, name another or delete it") from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        raise UsageError(f"cannot write '{path}': its file system has no links, name a file on another") from error
    os.unlink(temporary)
