"""`folder:PATH`: images already made, `<content id>__<style id>.png` (or .jpg, .jpeg, .webp); zero code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stylegauge.benchmark.adapters.protocol import OutputError
from stylegauge.datasets.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
# A crop of more than this share of one side would compare different parts of the picture.
MOST_CROPPED = 0.03


class FolderImages:
    """Finds the image of a pair by its name.

    An image of another size than the run's is treated exactly as contents are: the shorter side is resized to the run's
    size, then the centre is cropped. That keeps it aligned with a content of the same aspect; `note` says so.
    """

    kind = "pair"
    privileged = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = images_by_pair(path)

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
        raise UsageError(f"no folder '{path}'; expected a folder of <content id>__<style id>.png")
    files: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        if file.suffix.lower() not in SUFFIXES or file.name.startswith("."):
            continue
        if file.stem in files:
            raise UsageError(f"two images for one pair in {path}: {files[file.stem].name} and {file.name}")
        files[file.stem] = file
    if not files:
        raise UsageError(f"no images in '{path}'; expected <content id>__<style id>.png (or .jpg, .webp)")
    return files
