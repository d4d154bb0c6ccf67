"""What training is shown: the quick suite's training part (`datasets.training_part`), or anybody's folders."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from stylegauge.baselines.training.system import Batch, Settings
from stylegauge.datasets import painterly, training_part
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.folder import pictures
from stylegauge.datasets.images import SUFFIXES
from stylegauge.datasets.loading import decoded

Pixels = NDArray[np.uint8]
LARGER = 286 / 256  # CycleGAN's: pictures are read that much larger than the crops
STEP = 1_000_003  # apart in seeds, so that no step of one seed meets one of the next


@dataclass(frozen=True)
class Pictures:
    """Unpaired pictures, uint8 [H, W, 3], each at least as large as the crops.

    source: in words, as it stands in the provenance
    """

    contents: Sequence[Pixels]
    styles: Mapping[str, Sequence[Pixels]]
    source: str

    @property
    def domains(self) -> tuple[str, ...]:
        """The labels of the styles."""
        return tuple(self.styles)

    def batch(self, step: int, settings: Settings) -> Batch:
        """The pictures of a step: drawn with replacement, cropped at random, contents mirrored half of the time.

        They depend on the seed and the step alone. Domains take turns, so each is met as often as the others.
        """
        draw = random.Random(settings.seed * STEP + step)  # noqa: S311  a draw, not a secret
        contents = [self._crop(draw.choice(self.contents), settings.size, draw) for _ in range(settings.batch)]
        contents = [image.flip(2) if draw.random() < 0.5 else image for image in contents]
        first = step * settings.batch
        labels = tuple(self.domains[(first + i) % len(self.domains)] for i in range(settings.batch))
        styles = [self._crop(draw.choice(self.styles[label]), settings.size, draw) for label in labels]
        generator = torch.Generator().manual_seed(draw.getrandbits(63))
        ours, theirs = (torch.stack(images).to(settings.device) for images in (contents, styles))
        return Batch(ours, theirs, labels, step, generator)

    def _crop(self, picture: Pixels, size: int, draw: random.Random) -> Tensor:
        top, left = (draw.randint(0, side - size) for side in picture.shape[:2])
        square = np.ascontiguousarray(picture[top : top + size, left : left + size].transpose(2, 0, 1))
        return torch.from_numpy(square).float() / 255

    def sha256(self) -> str:
        """Of all pixels in order and the labels: what was trained on, to the last bit."""
        digest = hashlib.sha256()
        for label, images in (("", self.contents), *self.styles.items()):
            digest.update(f"{label} {len(images)};".encode())
            for image in images:
                digest.update(f"{image.shape};".encode() + image.tobytes())
        return digest.hexdigest()

    def counts(self) -> dict[str, int]:
        """How many contents there are, and styles of each domain."""
        return {"contents": len(self.contents)} | {label: len(images) for label, images in self.styles.items()}


def find_pictures(data: str, domains: Sequence[str], size: int) -> Pictures:
    """The pictures for `--data`: "quick", or a folder in the layout of CycleGAN or of a suite.

    domains: of "quick", those to render, () for all; of CycleGAN's layout, what B is called; of a suite's folder, the
        subfolders of `style` to use, () for all
    raises: UsageError for what is not there, and for crops larger than the pictures of "quick"
    """
    if data == "quick":
        return _quick(tuple(domains) or painterly.DOMAINS, size)
    folder = Path(data)
    if (folder / "trainA").is_dir() and (folder / "trainB").is_dir():
        if len(domains) > 1:
            raise UsageError(f"'{data}' has one domain, trainB; found {len(domains)} names for it: {','.join(domains)}")
        named = {domains[0] if domains else "B": _files(folder / "trainB")}
        return _of_files(_files(folder / "trainA"), named, size, data)
    if (folder / "content").is_dir() and (folder / "style").is_dir():
        return _of_files(_files(folder / "content"), _by_domain(folder / "style", domains), size, data)
    raise UsageError(f"no pictures to train on in '{data}'; possible: quick, or a folder with trainA/ and trainB/, "
                     "or with content/ and style/ (whose subfolders are domains)")  # fmt: skip


def _files(folder: Path) -> list[Path]:
    """Every picture of a folder and its subfolders, in a fixed order; training needs no ids, so names may repeat."""
    found = sorted(pictures(folder))
    if not found:
        raise UsageError(f"no images in '{folder}'; expected files that end in {', '.join(SUFFIXES)}")
    return found


def _by_domain(folder: Path, domains: Sequence[str]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in _files(folder):
        inside = path.relative_to(folder).parts
        found.setdefault(inside[0] if len(inside) > 1 else "style", []).append(path)
    missing = [name for name in domains if name not in found]
    if missing:
        raise UsageError(f"no domain '{missing[0]}' in '{folder}'; there are: {', '.join(found)}")
    return {name: found[name] for name in domains or sorted(found)}


def _of_files(contents: Iterable[Path], styles: Mapping[str, Iterable[Path]], size: int, source: str) -> Pictures:
    read = partial(_read, side=round(size * LARGER))
    return Pictures(read(contents), {label: read(paths) for label, paths in styles.items()}, source)


def _read(paths: Iterable[Path], side: int) -> list[Pixels]:
    return [one.pixels for one in decoded(paths, side) if one.pixels is not None]


def _quick(domains: Sequence[str], size: int) -> Pictures:
    if size > training_part.SIDE:
        raise UsageError(f"no crops of {size} pixels: the pictures of quick have {training_part.SIDE}")
    styles = {name: training_part.styles(name) for name in domains}
    return Pictures(training_part.contents(), styles, "quick")
