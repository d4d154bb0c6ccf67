"""The reference part of a split: recipes, rendered when first needed, verified against their hashes, then cached.

No generator is given them. Two processes of `python -m stylegauge.datasets.references` render them: each reads its
share of the work as JSON lines and writes into the cache folder, where a picture's name is the sha256 of its pixels.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylegauge.datasets import cache, painterly, sources
from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.images import pixels_sha256, png_bytes

if TYPE_CHECKING:
    from stylegauge.datasets.splits import Item

Pixels = NDArray[np.uint8]
KIND = "reference-images"
PROCESSES = 2


def rendering(source: str, recipe: Mapping[str, Any], size: int) -> Pixels:
    """A source picture in a recipe's style: uint8 [size, size, 3]. Style images are made the same way."""
    return painterly.render(recipe, sources.picture(source, size))


def load(item: Item, siblings: Sequence[Item], size: int) -> Pixels:
    """A reference's pixels, uint8 [size, size, 3]; where it is not cached, all its siblings are rendered with it.

    raises: UsageError naming the reference whose rendering does not have the hash the split lists
    """
    pixels = _kept(item.pixels_sha256)
    if pixels is None:
        prepare(siblings, size)
        pixels = _kept(item.pixels_sha256)
    if pixels is None:
        raise UsageError(f"reference '{item.id}' is not one of the split's references")
    return pixels


def prepare(items: Iterable[Item], size: int) -> None:
    """Render and cache those of the items that are not cached yet."""
    # Neighbours share their source, so each process draws most scenes once.
    missing = sorted((item for item in items if _kept(item.pixels_sha256) is None), key=lambda item: item.source)
    half = -(-len(missing) // PROCESSES)
    shares = [missing[start : start + half] for start in range(0, len(missing), half)] if missing else []
    workers = [(_start(), "".join(_job(item, size) for item in share)) for share in shares]
    for worker, jobs in workers:
        worker.stdin.write(jobs)  # type: ignore[union-attr]
        worker.stdin.close()  # type: ignore[union-attr]
    said = [(worker.stderr.read().strip(), worker.wait()) for worker, _ in workers]  # type: ignore[union-attr]
    for text, code in said:
        if code:
            raise UsageError(text.splitlines()[-1] if text else f"rendering the references ended with code {code}")


def _start() -> subprocess.Popen[str]:
    # A fresh interpreter, not a fork or a spawned child: it works under loaded CUDA and threads, and from scripts that
    # do not guard their main part. -P keeps the working folder's own modules out of its way.
    command = [sys.executable, "-P", "-m", "stylegauge.datasets.references"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603


def _job(item: Item, size: int) -> str:
    words = {"id": item.id, "source": item.source, "recipe": item.recipe, "size": size, "sha256": item.pixels_sha256}
    return json.dumps(words) + "\n"


def _kept(sha256: str) -> Pixels | None:
    """The cached picture with this hash, or None where there is none or it is damaged."""
    data = cache.read(KIND, sha256)
    if data is None:
        return None
    pixels = np.array(Image.open(io.BytesIO(data)))
    return pixels if pixels_sha256(pixels) == sha256 else None


def render_job(job: Mapping[str, Any]) -> None:
    """Render one reference into the cache; UsageError when its pixels are not those that were listed."""
    pixels = rendering(job["source"], job["recipe"], job["size"])
    found = pixels_sha256(pixels)
    if found != job["sha256"]:
        raise UsageError(
            f"reference '{job['id']}' ({job['source']}) came out as {found[:12]}, expected {job['sha256'][:12]}: "
            f"the renderer, numpy {np.__version__} or the photograph differs from those the split was made with"
        )
    cache.write(KIND, job["sha256"], png_bytes(pixels))


def main() -> int:
    """Render the jobs on standard input; the last line on standard error says what failed."""
    try:
        for line in sys.stdin:
            render_job(json.loads(line))
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
