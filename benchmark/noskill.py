"""What takes no skill: blends of content and style, and of the recoloured content, scored once per split.

The gate asks every model to be better than these (VALIDITY: "better than mixing and recolouring"). The points depend on
the split and the backbone alone, so they are kept in the cache folder, content by content, and serve every run over
that split: 18 images a pair are scored, and a run that was cut goes on where it was.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from stylegauge.benchmark.batches import Batch, Pair, Pictures
from stylegauge.benchmark.records import NOSKILL_COLUMNS
from stylegauge.benchmark.store import table_bytes

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from stylegauge.metrics.scorer import Scorer

BLEND_STEPS = tuple(i / 10 for i in range(11))  # content .. style copy
COLOUR_STEPS = tuple(i / 8 for i in range(9))  # content .. colour match at 0.5 .. style copy


def noskill_points(
    pictures: Pictures, scorer: Scorer, kept: Callable[[str, Callable[[], bytes]], bytes], say: Callable[[str], None]
) -> pd.DataFrame:
    """The no-skill paths of every pair: content, style, path, step, content_distance, style_distance.

    path "blend" goes from the content to the style copy; "colour" to the colour match (step 0.5), then to the style.
    scorer: for the two metrics of the plane; say: told how far it is
    kept: the bytes stored under a name, or else what it is told to compute, then stored
    """
    import pandas as pd

    met: dict[str, list[str]] = {}
    for content, style in pictures.split.pairs:
        met.setdefault(content, []).append(style)
    tables, done = [], 0
    for content, styles in met.items():
        say(f"no-skill curve: {done}/{len(pictures.split.pairs)} pairs")
        data = kept(content, partial(_table_of, pictures, scorer, content, styles))
        tables.append(pd.read_parquet(io.BytesIO(data)))
        done += len(styles)
    return pd.concat(tables, ignore_index=True)


def _table_of(pictures: Pictures, scorer: Scorer, content: str, styles: Sequence[str]) -> bytes:
    import pandas as pd

    rows: list[tuple[str, str, str, float, float, float]] = []
    for style in styles:
        batch = Batch(pictures, (Pair(content, style, 0),))
        rows += [(content, style, *point) for point in _points(batch, scorer)]
    return table_bytes(pd.DataFrame(rows, columns=list(NOSKILL_COLUMNS)))


def _points(batch: Batch, scorer: Scorer) -> Iterator[tuple[str, float, float, float]]:
    """Both paths of one pair; their common ends are scored once."""
    import torch

    from stylegauge.datasets.images import quantise

    steps = [("blend", step) for step in BLEND_STEPS] + [("colour", step) for step in COLOUR_STEPS[1:-1]]
    blends = blending(batch.contents(), batch.styles())
    images = quantise(torch.cat([blends(path, step) for path, step in steps]))
    n = len(steps)
    scores = scorer.score(
        images,
        [batch.pairs[0].content] * n, batch.contents().expand(n, -1, -1, -1),
        [batch.pairs[0].style] * n, batch.styles().expand(n, -1, -1, -1),
    ).values  # fmt: skip
    content, style = (scores[metric].tolist() for metric in scorer.paired)
    known = dict(zip(steps, zip(content, style)))
    known |= {("colour", end): known["blend", end] for end in (0.0, 1.0)}
    for path, all_steps in (("blend", BLEND_STEPS), ("colour", COLOUR_STEPS)):
        for step in all_steps:
            yield path, step, *known[path, step]


def blending(content: Tensor, style: Tensor) -> Callable[[str, float], Tensor]:
    """The image [1, 3, H, W] at (path, step) of a content and a style image, each [1, 3, h, w] of any size."""
    from stylegauge.datasets.colour import colour_match
    from stylegauge.datasets.distortions import blend
    from stylegauge.datasets.resize import resize

    height, width = content.shape[-2:]
    copy = resize(style, (height, width))
    matched = colour_match(content, style)

    def at(path: str, step: float) -> Tensor:
        if path == "blend":
            return blend(content, copy, step)
        return blend(content, matched, 2 * step) if step <= 0.5 else blend(matched, copy, 2 * step - 1)

    return at
