"""Any two folders as a split."""

from __future__ import annotations

from pathlib import Path

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.folder import scan
from stylegauge.datasets.images import pixels_sha256
from stylegauge.datasets.pairs import make_pairs
from stylegauge.datasets.splits.records import Item, Split, squared


def folder_split(
    contents_dir: str | Path,
    styles_dir: str | Path,
    size: int = 256,
    pairs_rule: str = "full",
    seed: int = 0,
    references_dir: str | Path | None = None,
) -> Split:
    """Any two folders as a split. Only pictures that some pair uses take part; each is decoded and hashed here.

    An id is the file's name without suffix. Where a folder has subfolders, a picture's first subfolder is its group
    and, for styles and references, its domain; a picture outside them is a group of its own without a domain.
    pairs_rule: see `pairs.make_pairs`; size: pixels a side, every picture squared by `resize.square`
    raises: UsageError for folders, pictures or rules that cannot be used
    """
    if size < 16:
        raise UsageError(f"size {size} is too small; possible are 16 pixels and more")
    content_files, style_files = scan(contents_dir), scan(styles_dir)
    content_groups, style_groups = (
        {name: _subfolder(path, folder) or name for name, path in files.items()}
        for files, folder in ((content_files, contents_dir), (style_files, styles_dir))
    )
    pairs = make_pairs(
        pairs_rule,
        list(content_files),
        list(style_files),
        content_groups=content_groups,
        style_groups=style_groups,
        seed=seed,
    )
    contents, styles = (
        tuple(_from_file(role, name, files[name], folder, size) for name in files if name in used)
        for role, files, folder, used in (
            ("content", content_files, contents_dir, {content for content, _ in pairs}),
            ("style", style_files, styles_dir, {style for _, style in pairs}),
        )
    )
    given: tuple[Item, ...] = ()
    if references_dir is not None:
        files = scan(references_dir)
        given = tuple(_from_file("reference", name, path, references_dir, size) for name, path in files.items())
        _check_domains(styles, given, references_dir)
    return Split("folders", size, contents, styles, given, pairs)


def _subfolder(path: Path, folder: str | Path) -> str:
    parts = path.relative_to(folder).parts
    return parts[0] if len(parts) > 1 else ""


def _from_file(role: str, name: str, path: Path, folder: str | Path, size: int) -> Item:
    place = _subfolder(path, folder)
    domain = "" if role == "content" else place
    digest = pixels_sha256(squared(path, size))
    return Item(name, role, place or name, domain, path, digest, None, str(path.relative_to(folder)))


def _check_domains(styles: tuple[Item, ...], given: tuple[Item, ...], folder: str | Path) -> None:
    """Where references name domains, every style's domain needs some, or its set metrics would have nothing to meet."""
    known = {item.domain for item in given}
    lacking = sorted({item.domain for item in styles} - known)
    if known != {""} and lacking:
        raise UsageError(
            f"no references for the domain '{lacking[0]}' in '{folder}'; there are: {', '.join(sorted(known))}"
        )
