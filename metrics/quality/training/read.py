"""Run folders as lessons: what was shown to the models, and what each made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import to_tensor
from stylegauge.datasets.painterly import MIXED
from stylegauge.metrics.quality.training.lessons import Lesson

# Controls are made anew, by the same definitions, in the amounts that a training asks for.
NOT_GENERATORS = (
    "identity", "style-copy", "blend-25", "blend-50", "blend-75", "colour-match", "noise", "blur", "wrong-content",
    "wrong-style",
)  # fmt: skip


class RunFolder:
    """A finished run's pictures.

    raises: UsageError for a folder that holds no finished run, or none whose pictures were kept
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not (folder / "manifest.json").exists():
            raise UsageError(f"'{folder}' holds no finished run; `run --out {folder}` makes one")
        self.split = _json(folder / "split.json")
        self.models = tuple(model["name"] for model in _json(folder / "plan.json")["models"])
        self.generators = tuple(name for name in self.models if name not in NOT_GENERATORS)
        self.styles = {item["id"]: item for item in self.split["styles"]}
        self.contents = {item["id"]: item for item in self.split["contents"]}
        self.pairs = [(content, style) for content, style in self.split["pairs"]]
        if not (folder / "inputs").is_dir():
            raise UsageError(f"'{folder}' keeps no pictures (of a hidden split none are); a training needs them")

    def input(self, role: str, item: str) -> Tensor:
        """[3, H, W] in [0, 1]."""
        return _picture(self.folder / "inputs" / role / f"{item}.png")

    def outputs(self, content: str, style: str, most: int = 10**9) -> dict[str, Tensor]:
        """Generator -> [3, H, W], of those that made one; the first `most` of them."""
        paths = {name: self.folder / "outputs" / name / f"{content}__{style}.png" for name in self.generators}
        found = [name for name, path in paths.items() if path.exists()]
        return {name: _picture(paths[name]) for name in found[:most]}

    def lesson(self, content: str, style: str) -> Lesson:
        """One pair, with outputs of pairs that share its content or its style, in another domain or of another group.

        Those are the very pictures of other pairs: what tells them apart from right ones is the pairing alone.
        """
        return Lesson(
            content,
            style,
            self.input("content", content),
            self.input("style", style),
            self.styles[style].get("recipe"),
            self.outputs(content, style),
            other_style=self._of_another(content, style, same="content"),
            other_content=self._of_another(content, style, same="style"),
        )

    def _of_another(self, content: str, style: str, same: str) -> dict[str, Tensor]:
        at = self.pairs.index((content, style))
        for other in [*self.pairs[at + 1 :], *self.pairs[:at]]:
            if same == "content":
                fits = other[0] == content and self._is_another_style(other[1], style)
            else:
                fits = other[1] == style and self.contents[other[0]]["group"] != self.contents[content]["group"]
            if fits:
                return self.outputs(*other, most=4)
        return {}

    def _is_another_style(self, one: str, other: str) -> bool:
        """Whether two styles are of two domains, or of the one in which no two are alike."""
        domain = self.styles[one]["domain"]
        return bool(domain != self.styles[other]["domain"] or (domain == MIXED and one != other))

    def lessons(self) -> Iterator[Lesson]:
        """Every pair, in the split's order."""
        return (self.lesson(*pair) for pair in self.pairs)


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _picture(path: Path) -> Tensor:
    return to_tensor(np.asarray(Image.open(path).convert("RGB")))
