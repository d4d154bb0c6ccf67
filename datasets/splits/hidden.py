"""Hidden splits: what a competition publishes of a split that nobody may see before judging, and the check afterwards.

The public side holds counts and salted digests. A bare hash would give the picture away: anybody can hash all of COCO
and look it up. The salt stands in the private file alone; published after the judging, with that file, it lets everyone
verify that the pictures were the ones that were promised.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits.files import COMMITMENT, read_document, write_text
from stylegauge.datasets.splits.records import Split
from stylegauge.datasets.splits.salt import salted

SCHEMA = 1


def public_side(split: Split) -> dict[str, Any]:
    """What may be known of a hidden split, as JSON values.

    raises: UsageError for a split that is not hidden or has no proper salt
    """
    images = Counter((item.role, item.domain) for item in split.items)
    counts: dict[str, dict[str, int]] = {}
    for role, domain in sorted(images):
        counts.setdefault(role, {})[domain] = images[role, domain]
    # Sorted, and each picture once: neither an order nor a second role of a picture shows.
    digests = sorted({salted(split, "pixels", item.pixels_sha256) for item in split.items})
    return {
        "schema": SCHEMA,
        "name": split.name,
        "size": split.size,
        "images": counts,
        "pairs": len(split.pairs),
        COMMITMENT: salted(split, "split", split.sha256),
        "pictures": digests,
    }


def write_commitment(split: Split, path: str | Path, new: bool = False) -> None:
    """Write the public side of a hidden split; the same bytes for the same split and salt. `new`: as `write_split`."""
    write_text(Path(path), json.dumps(public_side(split), indent=1) + "\n", new=new)


def check_commitment(split: Split, path: str | Path) -> None:
    """Check that a private split is the one whose public side was published.

    raises: UsageError that names the first thing that differs
    """
    published, found = read_document(Path(path)), public_side(split)
    for key, value in found.items():
        if published.get(key) != value:
            stated, has = (_short(each) for each in (published.get(key), value))
            raise UsageError(f"'{split.name}' is not the split published in {path}: {key} {has}, published {stated}")


def _short(value: object) -> str:
    text = f"{len(value)} digests" if isinstance(value, list) else "none" if value is None else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
