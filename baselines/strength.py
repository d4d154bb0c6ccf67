"""The knob of the generators that have one: how much of the style."""

from __future__ import annotations

from stylegauge.datasets.errors import UsageError


def strength_of(asked: float | None, name: str, otherwise: float = 1.0) -> float:
    """What was asked for, `otherwise` for None; raises UsageError for what is not in [0, 1]."""
    strength = otherwise if asked is None else asked
    if not 0 <= strength <= 1:
        raise UsageError(f"{name}'s strength goes from 0 (content) to 1 (all of the style), found {strength}")
    return strength
