"""The secret of a hidden split, and what is made with it: digests and names that give nothing away."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.splits.records import Item, Split

SALT_BYTES = 32


def salted(split: Split, what: str, sha256: str) -> str:
    """HMAC-SHA256 (RFC 2104) of a hash; `what` keeps the digest of a picture from standing for that of a split.

    raises: UsageError for a split that is not hidden or has no proper salt
    """
    try:
        salt = bytes.fromhex(split.salt)
    except ValueError:
        salt = b""
    if not split.hidden or len(salt) != SALT_BYTES:
        raise UsageError(f"the split '{split.name}' is not hidden; `data lock --hidden PUBLIC.json` makes one")
    return hmac.new(salt, f"{what} {sha256}".encode(), hashlib.sha256).hexdigest()


def veiled(split: Split, salt: str) -> Split:
    """The split hidden under a salt (hex): pictures in the order of their salted digests, named by it.

    A run's pages show ids, and "000000000139" is a known picture of COCO. A group that was a picture's own name goes
    the same way; groups that are folders keep their names, and so do domains.
    """
    split = replace(split, hidden=True, salt=salt)
    roles = [_renamed(items, split) for items in (split.contents, split.styles, split.references, split.train)]
    content, style = ({old: new.id for old, new in role.items()} for role in roles[:2])
    pairs = sorted((content[a], style[b]) for a, b in split.pairs)
    contents, styles, references, train = (tuple(role.values()) for role in roles)
    return replace(split, contents=contents, styles=styles, references=references, train=train, pairs=tuple(pairs))


def _renamed(items: Sequence[Item], split: Split) -> dict[str, Item]:
    """The items by their old ids, in their new order."""
    ordered = sorted(items, key=lambda item: (salted(split, "order", item.pixels_sha256), item.id))
    names = [f"{item.role}-{number:0{len(str(len(items)))}}" for number, item in enumerate(ordered, start=1)]
    return {
        item.id: replace(item, id=name, group=name if item.group == item.id else item.group)
        for name, item in zip(names, ordered)
    }
