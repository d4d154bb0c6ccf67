"""The quick suite's training part: contents, and pictures of its domains.

It shares no photograph with the split's contents and no scene with any part of it. Photographs are crops of the
training part of `datasets.photos`, scenes have seeds of their own, and a domain's pictures are renderings of other
crops and scenes with recipes drawn anew, so that contents and styles are unpaired. They are rendered once, by worker
processes, and kept in the cache folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets import cache, painterly, sources
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.loading import ordered_map
from stylegauge.datasets.photos import draw_crop, part
from stylegauge.datasets.references import rendering

Pixels = NDArray[np.uint8]
SIDE = 256  # of the split's pictures, so that strokes have the size they have there
CONTENTS, STYLES = 240, 96  # pictures; styles of each domain
FIRST_SCENE = 2_000_000  # the split's own begin at 1,000,000
_Job = tuple[str, Mapping[str, Any] | None]


def contents() -> list[Pixels]:
    """Photographs and scenes in turn: CONTENTS of uint8 [SIDE, SIDE, 3]."""
    return _made([(source, None) for source in _sources("contents", CONTENTS)])


def styles(domain: str) -> list[Pixels]:
    """Pictures of a domain: STYLES of uint8 [SIDE, SIDE, 3]; raises UsageError for a domain that there is not."""
    if domain not in painterly.DOMAINS:
        raise UsageError(f"no domain '{domain}' in quick; there are: {', '.join(painterly.DOMAINS)}")
    recipes = random.Random(f"training recipes {domain}")  # noqa: S311  a picture, not a secret
    return _made([(source, painterly.draw(domain, recipes)) for source in _sources(domain, STYLES)])


def _sources(what: str, count: int) -> list[str]:
    """Crops and scenes in turn, in the words of `datasets.sources`; every `what` has scenes of its own."""
    draw = random.Random(f"training sources {what}")  # noqa: S311
    start = FIRST_SCENE + draw.randrange(10**6) * 1000
    found = []
    for number in range(count):
        if number % 2:
            found.append(f"scene {start + number}")
        else:
            at = draw_crop(draw, SIDE, part("train"))
            mirrored = " mirrored" if draw.random() < 0.5 else ""
            found.append(f"photograph {at['name']} {at['left']} {at['top']} {at['side']}{mirrored}")
    return found


def _made(jobs: list[_Job]) -> list[Pixels]:
    key = hashlib.sha256(json.dumps([SIDE, jobs, _code()]).encode()).hexdigest()

    def compute() -> bytes:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, pictures=np.stack(list(ordered_map(_picture, jobs))))
        return buffer.getvalue()

    with np.load(io.BytesIO(cache.cached("training-part", key, compute))) as stored:
        return list(stored["pictures"])


def _code() -> str:
    """Hash of what draws: other code may draw other pictures."""
    here = Path(__file__).parent
    drawing = [*here.glob("painterly/*.py"), *here.glob("scene*.py"), here / "photos.py", here / "sources.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(drawing))).hexdigest()


def _picture(job: _Job) -> Pixels:
    source, recipe = job
    return sources.picture(source, SIDE) if recipe is None else rendering(source, recipe, SIDE)
