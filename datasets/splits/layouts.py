"""How folders name the roles of their pictures: two folders, a suite's folder, or the layout of CycleGAN."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.folder import scan
from stylegauge.datasets.pairs import by_group, interleaved

DIRECTIONS = {"AtoB": ("A", "B"), "BtoA": ("B", "A")}
SUITE = ("content", "style", "reference", "train")  # the folders of a suite; the first two must be there


@dataclass(frozen=True)
class Picture:
    """A file in its role, not yet opened."""

    id: str
    role: str
    group: str
    domain: str
    path: Path
    folder: Path

    @property
    def place(self) -> str:
        """Its path within the folder it was found in, with "/"."""
        return self.path.relative_to(self.folder).as_posix()


@dataclass(frozen=True)
class Layout:
    """Pictures by role, each tuple what one draw is made from; and how they are paired where nobody says.

    lost: what was left out because it cannot be read, with the reason
    """

    pictures: tuple[tuple[Picture, ...], ...]
    rule: str = "full"
    across: bool = False
    lost: tuple[tuple[Picture, str], ...] = ()

    def drawn(self, counts: Mapping[str, int], seed: int) -> Layout:
        """With `counts[role]` pictures of each tuple of that role, drawn by the seed and spread over their groups."""
        drawn = (
            _draw(each, counts.get(each[0].role), seed, self._lost_beside(each[0])) if each else each
            for each in self.pictures
        )
        return replace(self, pictures=tuple(drawn))

    def without(self, role: str) -> Layout:
        """Without the pictures of a role."""
        kept = tuple(each for each in self.pictures if not each or each[0].role != role)
        return replace(self, pictures=kept)

    def without_files(self, paths: Mapping[Path, str]) -> Layout:
        """Without the pictures of some files, which cannot be read for the reasons given.

        raises: UsageError where none of a role is left
        """
        kept = tuple(tuple(one for one in each if absolute(one.path) not in paths) for each in self.pictures)
        for before, after in zip(self.pictures, kept):
            if before and not after:
                raise UsageError(f"no picture in '{before[0].folder}' can be read; the first: '{before[0].path}'")
        lost = tuple(
            (one, paths[absolute(one.path)]) for each in self.pictures for one in each if absolute(one.path) in paths
        )
        return replace(self, pictures=kept, lost=self.lost + lost)

    def _lost_beside(self, picture: Picture) -> list[str]:
        place = picture.role, picture.folder
        return [reason for one, reason in self.lost if (one.role, one.folder) == place]

    def of(self, role: str) -> list[Picture]:
        """All pictures of a role."""
        return [picture for each in self.pictures for picture in each if picture.role == role]

    def named(self) -> dict[tuple[str, Path], str]:
        """What a split file calls each folder, by role and absolute path.

        Folders side by side keep their names. Folders that lie apart are called by their roles, as a suite's folder
        calls them: a path from whatever folder holds them all would be of use on one machine alone.
        """
        found = dict.fromkeys((one.role, absolute(one.folder)) for each in self.pictures for one in each)
        together = len({folder.parent for _, folder in found}) == 1
        return {(role, folder): folder.name if together else role for role, folder in found}


def absolute(path: Path) -> Path:
    """The path without "..", and with the links in it."""
    return Path(os.path.abspath(path))


def _draw(pictures: tuple[Picture, ...], count: int | None, seed: int, lost: Sequence[str]) -> tuple[Picture, ...]:
    if count is None:
        return pictures
    if not 1 <= count <= len(pictures):
        role, folder = pictures[0].role, pictures[0].folder
        if lost and count >= 1:
            all_there = len(pictures) + len(lost)
            few = f"{len(lost)} of its {all_there} cannot be read, which leaves {len(pictures)}"
            raise UsageError(f"cannot draw {count} {role}s from '{folder}': {few}; the first that cannot: {lost[0]}")
        raise UsageError(f"cannot draw {count} {role}s from '{folder}'; possible are 1 to {len(pictures)}")
    generator = random.Random(f"{pictures[0].role} {pictures[0].domain} {seed}")  # noqa: S311  a draw, not a secret
    chosen = set(interleaved(by_group({picture.id: picture.group for picture in pictures}), generator)[:count])
    return tuple(picture for picture in pictures if picture.id in chosen)


def two_folders(contents: str | Path, styles: str | Path, references: str | Path | None = None) -> Layout:
    """Any two folders; a picture's first subfolder, if it is in one, is its group and, but of contents, its domain.

    A picture outside subfolders is a group of its own without a domain.
    """
    layout = [_from_folder("content", contents), _from_folder("style", styles)]
    if references is not None:
        layout.append(_from_folder("reference", references))
        _check_domains(layout[1], layout[2], references)
    return Layout(tuple(layout))


def _from_folder(role: str, folder: str | Path) -> tuple[Picture, ...]:
    def picture(name: str, path: Path) -> Picture:
        parts = path.relative_to(folder).parts
        place = parts[0] if len(parts) > 1 else ""
        return Picture(name, role, place or name, "" if role == "content" else place, path, Path(folder))

    return tuple(picture(name, path) for name, path in scan(folder).items())


def _check_domains(styles: Sequence[Picture], given: Sequence[Picture], folder: str | Path) -> None:
    """Where references name domains, every style's domain needs some, or its set metrics would have nothing to meet."""
    known = {item.domain for item in given}
    lacking = sorted({item.domain for item in styles} - known)
    if known != {""} and lacking:
        raise UsageError(
            f"no references for the domain '{lacking[0]}' in '{folder}'; there are: {', '.join(sorted(known))}"
        )


def suite_folder(
    folder: str | Path,
    references: str | Path | None = None,
    directions: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
) -> Layout:
    """A folder whose subfolders name the roles: SUITE, or trainA trainB testA testB as CycleGAN has them.

    references: a folder of them, for a suite that has none
    directions, domains: see `cyclegan`; AtoB of A and B where not given; the other layout has neither
    """
    folder = Path(folder)
    found = {path.name for path in folder.iterdir() if path.is_dir()} if folder.is_dir() else set()
    if {"testA", "testB"} <= found:
        if references is not None:
            raise UsageError(f"'{folder}' brings its references, the test images of the target domain; give no others")
        return cyclegan(folder, directions or ("AtoB",), domains or ("A", "B"))
    if not {"content", "style"} <= found:
        names = f"its folders are: {', '.join(sorted(found)) or 'none'}"
        there = names if folder.is_dir() else "there is no such folder"
        raise UsageError(f"'{folder}' is no suite: {there}; expected content and style, or testA and testB")
    refuse_directions(directions, domains)
    if "reference" in found and references is not None:
        raise UsageError(f"'{folder}' has a folder 'reference' of its own; give no other")
    own = folder / "reference" if "reference" in found else references
    layout = two_folders(folder / "content", folder / "style", own)
    train = (_from_folder("train", folder / "train"),) if "train" in found else ()
    return Layout((*layout.pictures, *train))


def refuse_directions(directions: Sequence[str] | None, domains: Sequence[str] | None) -> None:
    """Refuse what only the layout of CycleGAN has, for folders in another one."""
    if directions is not None or domains is not None:
        raise UsageError("directions and names of domains go with the folders trainA, trainB, testA and testB alone")


def cyclegan(folder: Path, directions: Sequence[str], domains: Sequence[str]) -> Layout:
    """testA as contents, testB as styles and references, trainA and trainB as what a model was trained on; or B to A.

    directions: "AtoB", "BtoA" or both, and with both every id starts with its domain, for one name may be in both
    domains: what A and B are called. A picture is a group of its own: within a domain each is one more draw from it.
    """
    label = dict(zip("AB", domains))
    if len(domains) != 2 or len(set(domains)) != 2 or "" in domains:
        raise UsageError(f"expected two different names for the domains A and B; found {', '.join(domains) or 'none'}")
    both = len(directions) > 1

    def part(role: str, name: str, prefix: bool) -> tuple[Picture, ...]:
        place, domain = folder / name, label[name[-1]]
        head = f"{domain}-" if prefix else ""
        return tuple(Picture(head + stem, role, head + stem, domain, path, place) for stem, path in scan(place).items())

    layout = [part("content", f"test{DIRECTIONS[way][0]}", both) for way in directions]
    layout += [part("style", f"test{DIRECTIONS[way][1]}", both) for way in directions]
    layout += [part("reference", f"test{DIRECTIONS[way][1]}", both) for way in directions]
    layout += [part("train", name, True) for name in ("trainA", "trainB") if os.path.isdir(folder / name)]
    return Layout(tuple(layout), "k=1", across=both)
