"""A seed for each item, from what the item is: no dependence on batch, order, shard or resume."""

from __future__ import annotations

import hashlib


def item_seed(seed: int, content: str, style: str, repeat: int) -> int:
    """The seed of one pair: 0 <= seed < 2**63, from the plan's seed and the pair's own names."""
    text = "\x1f".join((str(seed), content, style, str(repeat)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def seed_everything(seed: int) -> None:
    """Seed the global generators, for models that draw from them instead of from `request.seeds`."""
    import random

    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
