"""How numbers are written: as many digits as their interval supports, aligned, never a 0 for what was not measured."""

from __future__ import annotations

import math

NOT_APPLICABLE = "n/a"
_MINUS = "\N{MINUS SIGN}"
_FIGURE_SPACE = "\N{FIGURE SPACE}"
_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MOST_DECIMALS = 9
_ROUNDING = 1e-6  # of the mean: features are in float32, so that a narrower interval is one of no width
_LARGE = 7  # from ten millions on, zeros are hard to count


def decimals_for(mean: float, low: float | None, high: float | None) -> int:
    """Digits after the point that an interval supports.

    Half its width is shown with one significant digit, with two where it begins with 1 or 2 (a digit there would be a
    step of up to 50 %). Without an interval, or with one of no width, the mean keeps three significant digits.
    """
    half = (high - low) / 2 if low is not None and high is not None else math.nan
    if mean == 0 and half == 0:
        return 0
    if not math.isfinite(half) or half <= _ROUNDING * abs(mean):
        magnitude = math.floor(math.log10(abs(mean))) if math.isfinite(mean) and mean else 0
        return min(max(0, 2 - magnitude), _MOST_DECIMALS)
    magnitude = math.floor(math.log10(half))
    leading = half / 10**magnitude
    return min(max(0, -magnitude + (1 if leading < 3 else 0)), _MOST_DECIMALS)


def fixed(value: float, decimals: int, sign: bool = False) -> str:
    """A number with so many decimals, a true minus, and no "-0.0"."""
    if not math.isfinite(value):
        return NOT_APPLICABLE if math.isnan(value) else ("∞" if value > 0 else f"{_MINUS}∞")
    rounded = round(value, decimals) or 0.0
    return f"{rounded:{'+' if sign and rounded else ''}.{decimals}f}".replace("-", _MINUS)


def aligned(texts: list[str]) -> list[str]:
    """Texts of one column, padded on the right so that their points stand below each other."""
    widths = [len(text.partition(".")[2]) + ("." in text) for text in texts]
    widest = max(widths, default=0)
    return [text + _FIGURE_SPACE * (widest - width) for text, width in zip(texts, widths)]


def shared_exponent(values: list[float]) -> int:
    """The power of ten, a multiple of three, that a column is divided by to be readable; 0 for everyday sizes."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest == 0 or 0.01 <= largest < 100_000:
        return 0
    return 3 * math.floor(math.log10(largest) / 3)


def power(exponent: int) -> str:
    """ "×10⁻³", or nothing for an exponent of 0."""
    return f"×10{str(exponent).translate(_POWERS)}" if exponent else ""


def significant(value: float, digits: int = 3) -> str:
    """A measured cost or a single score, with thousands set apart."""
    if not math.isfinite(value) or value == 0:
        return fixed(value, 0)
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    if magnitude >= _LARGE:
        return f"{value / 10**magnitude:.{digits - 1}f}\N{THIN SPACE}{power(magnitude)}"
    decimals = max(0, digits - 1 - magnitude)
    return f"{round(value, digits - 1 - magnitude):,.{min(decimals, _MOST_DECIMALS)}f}".replace(
        ",", "\N{THIN SPACE}"
    ).replace("-", _MINUS)
