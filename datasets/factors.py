"""Factors of a rendered style, named alike in every domain, and recipes in which one of them is moved.

A factor is one parameter of a domain, or several that only together are what its name says (the two hues of a palette).
It is moved by a share of the range that the domain's documentation states; seed and all other parameters stay.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from stylegauge.datasets.errors import UsageError
from stylegauge.datasets.painterly import DOMAINS

Recipe = dict[str, Any]
FARTHEST = 0.5  # from wherever a parameter stands, half of its range fits on one side of it
# "name: what it is, unit, 0 (this) over that to 1 (the other)"
_RANGE = re.compile(
    r"^\s+(\w+): .*?(-?\d+(?:\.\d+)?)(?: \([^)]*\))?(?: over [\w ,]+?)? to (-?\d+(?:\.\d+)?)", re.MULTILINE
)


@dataclass(frozen=True)
class Factor:
    """What carries a factor in one domain.

    parameters: moved together, each by the same share of its range
    period: where they are angles, the turn in degrees after which the style is the same again
    shown_by: values that other parameters need, or this factor would change nothing (the direction of round dots)
    """

    parameters: tuple[str, ...]
    period: float | None = None
    shown_by: Mapping[str, float] = field(default_factory=dict)


def _hues(share: float) -> Factor:
    """Both hues of `strokes.recolour` turned alike, in recipes that take `share` of their colour from them."""
    return Factor(("hue", "shade_hue"), 360.0, {"palette": share})


FACTORS: Mapping[str, Mapping[str, Factor]] = {
    "hatching": {
        "stroke_width": Factor(("width",)),
        "stroke_length": Factor(("length",)),
        "direction": Factor(("angle",), 180.0),
        "density": Factor(("spacing",)),
        "regularity": Factor(("irregularity",)),
        "palette": Factor(("ink", "paper")),
    },
    # A woodcut's lines are the wider the farther apart they lie, so that tone stays: it has no width of its own.
    "woodcut": {
        # Mostly solid black and cleared white show few of the lines.
        "direction": Factor(("angle",), 180.0, {"following": 0.4, "contrast": 0.2}),
        "density": Factor(("spacing",)),
        "regularity": Factor(("regularity",)),
        "palette": Factor(("ink", "hue", "paper"), None, {"tint": 0.8}),
    },
    "pointillism": {
        "stroke_width": Factor(("radius",)),
        "stroke_length": Factor(("elongation",)),
        "direction": Factor(("angle",), 180.0, {"elongation": 2.0}),
        "density": Factor(("density",)),
        "regularity": Factor(("regularity",)),
        "palette": _hues(0.7),
        "colour_scatter": Factor(("lightness",)),
    },
    # Tiles lie as close as they are large, and turn with the picture's own edges.
    "mosaic": {
        "stroke_width": Factor(("cell_size",)),
        "regularity": Factor(("regularity",)),
        "palette": _hues(0.7),
        "leading": Factor(("leading",)),
        "colour_scatter": Factor(("light",)),
    },
    "oil": {
        "stroke_width": Factor(("stroke_width",)),
        "stroke_length": Factor(("stroke_length",)),
        "direction": Factor(("direction",), 180.0, {"direction_bias": 0.8}),
        "palette": _hues(0.7),
        "relief": Factor(("impasto",)),
        "colour_scatter": Factor(("colour_jitter",)),
    },
    # Only its ink lines are strokes; their density is how faint an edge still gets one.
    "cartoon": {
        "stroke_width": Factor(("outline",)),
        "density": Factor(("line_density",)),
        "palette": _hues(0.7),
    },
}


def style_factors(domain: str) -> tuple[str, ...]:
    """The factors that a domain has; UsageError for a domain that there is not."""
    return tuple(_of(domain))


def shown(recipe: Mapping[str, Any]) -> Recipe:
    """The recipe, changed where it hides a factor of its domain: every factor then changes the picture."""
    needed = {name: value for factor in _of(recipe["domain"]).values() for name, value in factor.shown_by.items()}
    return {**recipe, "parameters": {**recipe["parameters"], **needed}}


def moved(recipe: Mapping[str, Any], factor: str, amount: float) -> Recipe:
    """The recipe with one factor moved by `amount` of its range; domain, seed and all other parameters stay.

    amount: 0 to 0.5; of an angle any, 1 being the turn after which the style is the same. A parameter goes towards the
        farther end of its range, an angle forwards, so that all amounts lie on one way
    raises: UsageError for a factor that the domain does not have; ValueError for an amount that does not fit
    """
    found = _of(recipe["domain"])
    if factor not in found:
        raise UsageError(f"{recipe['domain']} has no factor {factor!r}; it has: {', '.join(found)}")
    if found[factor].period is None and not 0 <= amount <= FARTHEST:
        raise ValueError(f"{factor} moves by 0 to {FARTHEST} of its range, found {amount}")
    given = recipe["parameters"]
    changed = {name: _moved(recipe["domain"], name, given[name], found[factor], amount)
               for name in found[factor].parameters}  # fmt: skip
    return {**recipe, "parameters": {**given, **changed}}


def _moved(domain: str, name: str, value: float, factor: Factor, amount: float) -> float:
    low, high = ranges(domain)[name]
    if factor.period is None:
        towards = 1 if value - low <= high - value else -1
        return min(high, max(low, value + towards * amount * (high - low)))  # rounding may pass the end by a bit
    turned = value + amount % 1 * factor.period
    return turned if turned <= high else turned - factor.period


@cache
def ranges(domain: str) -> Mapping[str, tuple[float, float]]:
    """(low, high) of every parameter of a domain, as the documentation of its Parameters states them: nowhere else.

    raises: UsageError for a domain that there is not, and where Python dropped the documentation (-OO)
    """
    _of(domain)
    text = importlib.import_module(f"stylegauge.datasets.painterly.{domain}").Parameters.__doc__
    if text is None:
        raise UsageError("ranges of parameters are read from documentation, which Python was told to drop (-OO)")
    return {name: (float(low), float(high)) for name, low, high in _RANGE.findall(text)}


def _of(domain: str) -> Mapping[str, Factor]:
    if domain not in FACTORS:
        raise UsageError(f"no style domain {domain!r}; there are: {', '.join(DOMAINS)}")
    return FACTORS[domain]
