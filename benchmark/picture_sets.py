"""Named lists of pictures: folders, folders in the CycleGAN layout, and the roles of split files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.folder import pictures
from stylegauge.datasets.images import SUFFIXES
from stylegauge.datasets.splits.files import read_split
from stylegauge.datasets.splits.records import Split

ROLES = ("content", "style", "reference", "train")
LAYOUT = ("trainA", "trainB", "testA", "testB", "valA", "valB")


@dataclass(frozen=True)
class PictureSet:
    """Pictures that belong together.

    paths: files, without repetition; ids: their names in what is reported, one each
    training: of a model; compared with the other sets, and neither inside nor with other training sets
    origin: the folder or split file it comes from
    """

    name: str
    paths: tuple[Path, ...]
    ids: tuple[str, ...]
    training: bool = False
    origin: str = ""

    def id_of(self, path: Path) -> str:
        """The name of one of the files."""
        return self._names[path]

    @cached_property
    def _names(self) -> dict[Path, str]:
        return dict(zip(self.paths, self.ids))


def sets_of(places: Iterable[Path], training: Iterable[Path] = ()) -> list[PictureSet]:
    """The sets of folders and split files, names made distinct by where they come from.

    A folder with subfolders trainA, testA ... is one set a subfolder; any other is one set with all its subfolders.
    "FILE.json=DIR" is a split whose pictures lie in DIR, and not beside the file.
    raises: UsageError for a place that is missing, empty or named twice, and for a split whose pictures are not there
    """
    found: list[PictureSet] = []
    named: set[Path] = set()
    for typed, is_training in [*((place, False) for place in places), *((place, True) for place in training)]:
        place, data = _parted(typed)
        if place.resolve() in named:
            raise UsageError(f"'{place}' is given twice; a set is compared inside itself without that")
        named.add(place.resolve())
        found += _sets_of_place(place, data, is_training)
    if not any(not each.training for each in found):
        raise UsageError("no pictures to look for; expected folders or split files")
    return _distinct(found)


def _parted(typed: Path) -> tuple[Path, Path | None]:
    """ "FILE.json=DIR" as two; any other place, and one whose name is like that, as it is."""
    before, parted, after = str(typed).partition(".json=")
    if not parted or typed.exists():
        return typed, None
    file, data = Path(f"{before}.json"), Path(after)
    if not after or not data.is_dir():
        raise UsageError(f"no folder '{after}' for the pictures of '{file}'; expected {file}=DIR")
    return file, data


def _sets_of_place(place: Path, data: Path | None, training: bool) -> list[PictureSet]:
    if place.is_dir():
        parts = [name for name in LAYOUT if (place / name).is_dir()]
        if parts:
            return [_of_folder(f"{_name(place)}/{name}", place / name, training, str(place)) for name in parts]
        return [_of_folder(_name(place), place, training, str(place))]
    if place.suffix == ".json" and place.is_file():
        return _of_split(place, data, training)
    raise UsageError(
        f"no pictures at '{place}'; expected a folder of images or a split file, FILE.json or FILE.json=DIR"
    )


def _of_folder(name: str, folder: Path, training: bool, origin: str) -> PictureSet:
    # Not `folder.scan`: a training folder may hold two files of one stem, which is no mistake there.
    files = tuple(sorted(pictures(folder)))
    if not files:
        raise UsageError(f"no images in '{folder}'; expected files that end in {', '.join(SUFFIXES)}")
    ids = tuple(printable(file.relative_to(folder).as_posix()) for file in files)
    return PictureSet(name, files, ids, training, origin)


def _of_split(place: Path, data: Path | None, training: bool) -> list[PictureSet]:
    """One set a role that has files; references that are rendered when needed have none."""
    split = read_split(place, data)
    _require_pictures(place, split)
    found = []
    for role in ROLES:
        files = {item.path: item.id for item in split.items if item.role == role and item.path is not None}
        if files:
            # What a split lists as training pictures is not what it measures with.
            kept = training or role == "train"
            found.append(PictureSet(f"{split.name}/{role}", tuple(files), tuple(files.values()), kept, str(place)))
    if not found:
        raise UsageError(f"the split '{place}' lists no files; all its pictures are rendered")
    return found


def _require_pictures(place: Path, split: Split) -> None:
    # Few who judge have the training pictures that a split lists; they are skipped and named like any of that kind.
    judged = [item.path for item in split.items if item.path is not None and item.role != "train"]
    missing = [path for path in judged if not path.is_file()]
    if missing:
        raise UsageError(
            f"{len(missing)} of the {len(judged)} pictures of '{place}' are not in '{split.data}', such as"
            f" '{missing[0].name}'; say where they lie: {place}=DIR"
        )


def printable(text: str) -> str:
    """A file's name as text that can be written as UTF-8; what it has of other bytes becomes question marks."""
    return text.encode("utf-8", "replace").decode()


def _name(place: Path) -> str:
    return printable(place.resolve().name or str(place))


def _distinct(sets: list[PictureSet]) -> list[PictureSet]:
    """Sets of one name are told apart by where they come from."""
    counts = Counter(each.name for each in sets)
    return [replace(each, name=f"{each.name} ({each.origin})") if counts[each.name] > 1 else each for each in sets]
