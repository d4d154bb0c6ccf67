"""What is written down of a public set that was unpacked: beside the folder NAME lies NAME.receipt.json.

It stays when the folder is deleted, so that an archive without a published checksum is compared with the one of before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.public import PublicFile, PublicSet

_SCHEMA = 1


@dataclass(frozen=True)
class Archive:
    """An archive on this machine: where, its sha256, and whether we downloaded it, so that it may be deleted."""

    file: PublicFile
    path: Path
    sha256: str
    downloaded: bool


def path_of(wanted: PublicSet, root: Path) -> Path:
    """Where the receipt of a set below `root` lies."""
    return root / f"{wanted.name}.receipt.json"


def read(wanted: PublicSet, root: Path) -> dict[str, Any] | None:
    """The receipt, None where there is none; raises UsageError for one that cannot be read."""
    path = path_of(wanted, root)
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] == _SCHEMA:
            return {"pictures": int(found["pictures"]), "archives": [dict(each) for each in found["archives"]]}
        reason = f"schema {found['schema']}, expected {_SCHEMA}"
    except (ValueError, KeyError, TypeError):
        reason = "it is damaged"
    raise UsageError(
        f"cannot read the receipt '{path}': {reason}; delete it and the folder beside it, then fetch again"
    )


def refuse_another(wanted: PublicSet, archive: Archive, root: Path) -> None:
    """Raise UsageError for an archive that has no published checksum and is another one than that of the receipt."""
    if archive.file.published.has_checksum:
        return
    for before in (read(wanted, root) or {}).get("archives", []):
        if before.get("file") == archive.file.file and before.get("sha256") != archive.sha256:
            raise UsageError(
                f"'{archive.path}' is not the {archive.file.file} of before: found sha256 {archive.sha256}, and "
                f"'{path_of(wanted, root)}' says {before.get('sha256')}; delete the receipt to take the new one"
            )


def write(wanted: PublicSet, archives: Sequence[Archive], root: Path, pictures: int) -> None:
    """Keep what a folder came from; whoever reads meanwhile sees the whole of the old or the new receipt."""
    text = {
        "schema": _SCHEMA,
        "name": wanted.name,
        "pictures": pictures,
        "licence": wanted.licence,
        "source": wanted.source,
        "archives": [
            {
                "file": each.file.file,
                "url": each.file.url,
                "bytes": each.path.stat().st_size,
                "sha256": each.sha256,
                "verified_by": each.file.published.checked_by,
            }
            for each in archives
        ],
    }
    path = path_of(wanted, root)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
