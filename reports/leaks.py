"""leaks.html: the findings of a leak scan side by side, one self-contained page drawn from leaks.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from stylegauge.benchmark.store import read_json
from stylegauge.datasets.files import write_atomic
from stylegauge.reports import pages
from stylegauge.reports.thumbnails import Thumbnails, encode_all

PAGE, DOCUMENT = "leaks.html", "leaks.json"
MOST = 250  # pairs of a kind that stand in the page; beyond, nobody looks and the page takes seconds to open
MOST_UNREADABLE = 50
_TITLES = {"exact": "Exact duplicates", "near": "Near duplicates"}
_TEXTS = {
    "exact": "The same picture twice, whatever its format, size or compression.",
    "near": "One picture that was changed (cropped, mirrored, brightened, written on), or two of one scene.",
}


@dataclass(frozen=True)
class Side:
    """One picture of a pair: a data URI ("" where it cannot be shown), its size, its name and its set."""

    source: str
    alt: str
    id: str
    set: str
    more: int
    width: int = 192
    height: int = 144


@dataclass(frozen=True)
class Pair:
    """Two pictures and what is known of them, in words."""

    first: Side
    second: Side
    words: str


@dataclass(frozen=True)
class Part:
    """The pairs of two sets, or of the inside of one."""

    title: str
    leaks: tuple[Pair, ...]


@dataclass(frozen=True)
class Group:
    """The findings of one kind; note: what is left out of the page."""

    kind: str
    title: str
    text: str
    note: str
    parts: tuple[Part, ...]


def write_leaks_page(folder: Path) -> Path:
    """Write leaks.html beside leaks.json; pictures that are gone are left out. The same input gives the same bytes.

    raises: UsageError where the folder holds no leaks.json
    """
    page = Path(folder) / PAGE
    write_atomic(page, render_leaks(read_json(Path(folder) / DOCUMENT)).encode())
    return page


def render_leaks(document: Mapping[str, Any]) -> str:
    """The page of a leak scan as text; document: what leaks.json holds."""
    leaks = document["leaks"]
    shown = [leak for kind in _TITLES for leak in _of_kind(leaks, kind)[:MOST]]
    # The first picture of every pair and then the second: what the budget of bytes leaves out is at the end.
    paths = [Path(leak[side]["path"]) for leak in shown for side in ("first", "second")]
    pictures = encode_all(paths)
    groups = [_group(kind, _of_kind(leaks, kind), pictures) for kind in _TITLES if document["counts"][kind]]
    unreadable = [each for listed in document["sets"] for each in listed["unreadable"]]
    return (
        pages.environment()
        .get_template("leaks.html.j2")
        .render(
            headline=_headline(document),
            lede=_lede(document),
            findings=_findings(document),
            groups=groups,
            sets=_sets(document),
            unreadable=unreadable[:MOST_UNREADABLE],
            unreadable_more=max(0, len(unreadable) - MOST_UNREADABLE),
            rule=document["rule"],
            css=pages.asset("report.css") + pages.asset("leaks.css"),
            policy=pages.policy(),
        )
    )


def _of_kind(leaks: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [leak for leak in leaks if leak["kind"] == kind]


def _group(kind: str, leaks: Sequence[Mapping[str, Any]], pictures: Thumbnails) -> Group:
    shown = leaks[:MOST]
    notes = []
    if len(leaks) > MOST:
        notes.append(f"The first {MOST} of {len(leaks):,} pairs stand here, the surest first; leaks.json has all.")
    if pictures.left_out:
        notes.append(f"{pictures.left_out:,} pictures did not fit into the page.")
    # What two sets share spoils more than what one holds twice. Inside a part the order of the findings stays.
    ordered = sorted(shown, key=lambda leak: (_inside(leak), _sets_of(leak)))
    parts = [
        Part(f"{_between(*names)}: {len(found)}", tuple(_pair(leak, pictures) for leak in found))
        for names, found in ((names, list(some)) for names, some in groupby(ordered, key=_sets_of))
    ]
    return Group(kind, f"{_TITLES[kind]}: {len(leaks):,}", _TEXTS[kind], " ".join(notes), tuple(parts))


def _sets_of(leak: Mapping[str, Any]) -> tuple[str, str]:
    return leak["first"]["set"], leak["second"]["set"]


def _inside(leak: Mapping[str, Any]) -> bool:
    return bool(leak["first"]["set"] == leak["second"]["set"])


def _between(first: str, second: str) -> str:
    return f"Inside {first}" if first == second else f"{first} and {second}"


def _pair(leak: Mapping[str, Any], pictures: Thumbnails) -> Pair:
    words = leak["how"].capitalize()
    if leak["kind"] == "near":
        bits = f"{leak['distance']} of 64 bits apart" if leak["distance"] else "no bit apart"
        words += f"; {bits}, features {leak['similarity']:.3f}"
    return Pair(_side(leak["first"], 0, pictures), _side(leak["second"], leak["more"], pictures), f"{words}.")


def _side(picture: Mapping[str, Any], more: int, pictures: Thumbnails) -> Side:
    data = pictures.images.get(Path(picture["path"]), "")
    source = f"data:image/webp;base64,{data}" if data else ""
    return Side(source, f"{picture['id']} of {picture['set']}", picture["id"], picture["set"], more)


def _headline(document: Mapping[str, Any]) -> str:
    count = len(document["leaks"])
    if not count:
        return "No leaks found"
    return f"{count:,} {'pair' if count == 1 else 'pairs'} of pictures that are one"


def _lede(document: Mapping[str, Any]) -> str:
    sets = document["sets"]
    pictures = sum(each["pictures"] for each in sets)
    names = ", ".join(each["name"] for each in sets[:8]) + (f" and {len(sets) - 8} more" if len(sets) > 8 else "")
    return f"{pictures:,} pictures in {len(sets)} {'set' if len(sets) == 1 else 'sets'} were compared: {names}."


def _findings(document: Mapping[str, Any]) -> list[dict[str, str]]:
    """What matters most first: across sets, where a score is spoilt, before repetitions inside one."""
    leaks = document["leaks"]
    if not leaks:
        return []
    training = {each["name"] for each in document["sets"] if each["training"]}
    seen = sum(leak["second"]["set"] in training or leak["first"]["set"] in training for leak in leaks)
    inside = sum(map(_inside, leaks))
    counted = [
        ("With training pictures", seen, "A model may have seen them: its scores on them say nothing."),
        ("Between sets", len(leaks) - inside - seen, "What is meant to be apart is not."),
        ("Inside a set", inside, "The picture counts twice."),
    ]
    return [
        {"title": title, "text": f"{count:,} {'pair' if count == 1 else 'pairs'}. {text}"}
        for title, count, text in counted
        if count
    ]


def _sets(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    involved: Counter[str] = Counter()
    for leak in document["leaks"]:
        involved.update({leak["first"]["set"], leak["second"]["set"]})
    return [
        {**each, "unreadable": len(each["unreadable"]), "leaks": f"{involved[each['name']]:,}"}
        for each in document["sets"]
    ]
