"""Style domains rendered by known procedures with continuous parameters.

A *recipe* names a domain, its parameters and a seed. The same recipe gives the same pixels on every machine, for any
content; so a style image's own recipe, applied to another content, is what a perfect transfer of that style looks like.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, fields
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.painterly import cartoon, hatching, mixed, mosaic, oil, pointillism, woodcut

_MODULES: dict[str, ModuleType] = {m.NAME: m for m in (hatching, woodcut, pointillism, mosaic, oil, cartoon, mixed)}
MIXED = mixed.NAME  # for practice alone: no suite shows it
DOMAINS: tuple[str, ...] = tuple(name for name in _MODULES if name != MIXED)
# Degrees after which a parameter is the same again. Woodcut's `hue`, of 0 to 1, stands on a path without a return, and
# is too short to be turned round.
_PERIODS = {"angle": 180.0, "direction": 180.0, "hue": 360.0, "shade_hue": 360.0}


def draw(domain: str, rng: random.Random) -> dict[str, Any]:
    """A recipe of this domain with parameters drawn within their ranges.

    returns: {"domain": str, "parameters": {name: float}, "seed": int}, ready for JSON
    """
    parameters = _module(domain).draw(rng)
    return {"domain": domain, "parameters": asdict(parameters), "seed": rng.randrange(2**31)}


def moved(recipe: Mapping[str, Any], other: Mapping[str, Any], share: float) -> dict[str, Any]:
    """A recipe with its parameters moved by a share of the way to another's of the same domain; its seed stays.

    share: 0 (the recipe itself) to 1. Angles and hues go the shorter way round.
    raises: UsageError for a recipe of another domain
    """
    if recipe["domain"] != other["domain"]:
        raise UsageError(f"cannot move a recipe of {recipe['domain']} towards one of {other['domain']}")
    if share == 0:
        return dict(recipe)
    ends = other["parameters"]
    parameters = {name: _between(name, value, ends[name], share) for name, value in recipe["parameters"].items()}
    return {**recipe, "parameters": parameters}


def _between(name: str, start: float, end: float, share: float) -> float:
    if name not in _PERIODS:
        return start + share * (end - start)
    period = _PERIODS[name]
    way = (end - start + period / 2) % period - period / 2
    return (start + share * way) % period


def render(recipe: Mapping[str, Any], content: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The content in the recipe's style.

    content: uint8 [H, W, 3], at least 16 px a side; returns uint8 [H, W, 3]
    raises: UsageError for an unknown domain, a missing or unknown parameter, or another kind of content
    """
    module = _module(recipe["domain"])
    if content.dtype != np.uint8 or content.ndim != 3 or content.shape[2] != 3 or min(content.shape[:2]) < 16:
        found = f"{content.dtype} {list(content.shape)}"
        raise UsageError(f"cannot render this content: {found}; possible is uint8 [H, W, 3] of at least 16 px a side")
    names, given = {field.name for field in fields(module.Parameters)}, set(recipe["parameters"])
    if names != given:
        wrong = ", ".join(sorted(names ^ given))
        raise UsageError(f"{module.NAME} has other parameters ({wrong}); it takes exactly: {', '.join(sorted(names))}")
    image: NDArray[np.uint8] = module.render(content, module.Parameters(**recipe["parameters"]), recipe["seed"])
    return image


def _module(domain: str) -> ModuleType:
    if domain not in _MODULES:
        raise UsageError(f"no style domain {domain!r}; there are: {', '.join(DOMAINS)}")
    return _MODULES[domain]
