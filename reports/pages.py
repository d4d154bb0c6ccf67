"""What every page has: templates that escape whatever they are given, our own styles and scripts, a strict policy."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment


def environment() -> Environment:
    """Where templates are found; names and texts are escaped, and a value that is missing is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("stylegauge.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def asset(name: str) -> Markup:
    """A style sheet or script of ours, as it is: no names stand in it."""
    text = resources.files("stylegauge.reports").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704


def policy(script: str = "") -> str:
    """The page's content security policy: no network at all, and no script but its own; without one, none.

    Styles are allowed inline because plots carry theirs in attributes.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"'sha256-{digest}'" if script else "'none'"
    return (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )
