"""`folder:PATH`: images already made, named for their pairs; zero code.

`<content id>__<style id>.png` (or .jpg, .jpeg, .webp), or `<content id>__<domain>.png` of a model that makes a domain
whatever the style image.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stylegauge.benchmark.adapters.protocol import OutputError
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from stylegauge.datasets.splits import Split

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
NAMES = "<content id>__<style id>.png or <content id>__<domain>.png"
# A crop of more than this share of one side would compare different parts of the picture.
MOST_CROPPED = 0.03


class FolderImages:
    """Finds the image of a pair by its name, in which a domain's label may stand for the style.

    An image of another size than the run's is treated exactly as contents are: the shorter side is resized to the run's
    size, then the centre is cropped. That keeps it aligned with a content of the same aspect; `note` says so.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = images_by_pair(path)

    def domains(self, split: Split) -> tuple[str, ...]:
        """The domains of a split that images are named for, () where they are named for its style images.

        raises: UsageError for a folder with both
        """
        label = {style.id: style.domain for style in split.styles}
        by_style = {f"{content}__{style}" for content, style in split.pairs} & set(self._files)
        by_domain = {
            name: label[style]
            for content, style in split.pairs
            if label[style] and (name := f"{content}__{label[style]}") in self._files and name not in by_style
        }
        if by_style and by_domain:
            raise UsageError(
                f"{self._path} holds '{min(by_style)}', named for a style image, and '{min(by_domain)}', named for a "
                "domain; expected one of the two"
            )
        return tuple(dict.fromkeys(by_domain.values()))

    def image(self, content: str, style: str, size: int) -> Tensor:
        """The image of one pair, [3, size, size] float32 in [0, 1].

        raises: OutputError where the folder has none for this pair, ImageError where it cannot be read
        """
        from stylegauge.datasets.images import load_image, to_tensor
        from stylegauge.datasets.resize import square

        return to_tensor(square(load_image(self._file(content, style)), size))

    def note(self, content: str, style: str, size: int) -> str:
        """What was done to the image of one pair, from its file's header alone: "" where nothing was."""
        from PIL import Image

        with Image.open(self._file(content, style)) as image:
            width, height = image.size
        if (width, height) == (size, size):
            return ""
        cropped = 1 - min(width, height) / max(width, height) > MOST_CROPPED
        return f"resized as contents are{f', with more than {MOST_CROPPED:.0%} of a side cropped' if cropped else ''}"

    def _file(self, content: str, style: str) -> Path:
        name = f"{content}__{style}"
        if name not in self._files:
            raise OutputError(f"no image '{name}' ({' or '.join(SUFFIXES)}) in {self._path.name}")
        return self._files[name]


def images_by_pair(path: Path) -> dict[str, Path]:
    """The images of a folder by the name of their pair; a missing or empty folder is an error."""
    if not path.is_dir():
        raise UsageError(f"no folder '{path}'; expected a folder of {NAMES}")
    files: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        if file.suffix.lower() not in SUFFIXES or file.name.startswith("."):
            continue
        if file.stem in files:
            raise UsageError(f"two images for one pair in {path}: {files[file.stem].name} and {file.name}")
        files[file.stem] = file
    if not files:
        raise UsageError(f"no images in '{path}'; expected {NAMES} (or .jpg, .webp)")
    return files
