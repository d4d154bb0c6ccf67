"""Matplotlib figures as SVG that belongs to the page: its fonts, its colours, dark mode, the same bytes each time."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Drawn in these stand-ins, shown in the page's custom properties, so that a plot follows light, dark and print.
INK, MUTED, RULE, WASH = "#010101", "#020202", "#030303", "#040404"
ACCENT, CONTROL, WARN, PAPER = "#050505", "#060606", "#070707", "#080808"
_VARIABLES = {
    INK: "--ink", MUTED: "--muted", RULE: "--rule", WASH: "--wash",
    ACCENT: "--accent", CONTROL: "--control", WARN: "--warn", PAPER: "--paper",
}  # fmt: skip
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: searchable, small, in the page's font
    "text.parse_math": False,  # a dollar in a name is a dollar
    "svg.hashsalt": "stylegauge",
    "font.family": ["DejaVu Sans"],
    "path.simplify": False,
    "axes.unicode_minus": True,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "text.color": INK,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 1.0,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
}
_LONGEST_LABEL = 24


@contextmanager
def drawing() -> Iterator[None]:
    """Matplotlib set up for the page; nothing of the caller's settings is read or kept."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        # Text is laid out here and drawn by the browser, which has the glyphs that this font may lack.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def blank(width: int, height: int) -> Figure:
    """A figure whose user units are CSS pixels at its natural size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    figure.patch.set_alpha(0)
    return figure


def short(name: str) -> str:
    """A name as a plot has room for it: printable characters, shortened in the middle."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    half = (_LONGEST_LABEL - 1) // 2
    return clean if len(clean) <= _LONGEST_LABEL else f"{clean[:half]}…{clean[-half:]}"


def inline(figure: Figure, name: str, title: str, description: str) -> Markup:
    """The figure as an <svg> element for the page.

    name: unique in the page; every id inside is prefixed with it
    title, description: what a screen reader says instead of the picture
    """
    file = io.StringIO()
    figure.savefig(file, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    # Tags only: a name drawn as text may look like an id, a colour or a number.
    text = re.sub(r"<[^>]+>", lambda tag: _page_tag(tag[0], name), text)
    text = re.sub(r"\n\s*", "\n", text)
    _, viewbox = re.findall(r'(viewBox)="([^"]+)"', text[: text.index(">")])[0]
    head = (
        f'<svg class="plot" viewBox="{viewbox}" style="max-width: {viewbox.split()[2]}px" role="img"'
        f' aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>'
    )
    return Markup(head + text[text.index(">") + 1 :])  # noqa: S704  # matplotlib escapes what it draws; tests hold it


def _page_tag(tag: str, name: str) -> str:
    """One tag of a figure with its ids made unique, its colours made variables and its numbers made short."""
    tag = re.sub(r'\bid="', f'id="{name}-', tag)
    tag = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", tag)
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)
    tag = re.sub(
        r"font: (\d+ )?([\d.]+px)[^;\"]*", lambda m: f"font-weight: {(m[1] or '400').strip()}; font-size: {m[2]}", tag
    )
    for stand_in, variable in _VARIABLES.items():
        tag = tag.replace(stand_in, f"var({variable})")
    return re.sub(r"(\d+\.\d{2})\d+", r"\1", tag)  # hundredths of a pixel are enough, and half the bytes
