"""What a model says of itself: its kind, and of kind "domain" the domains that it makes. Imports no torch."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stylegauge.benchmark.adapters.protocol import DOMAIN, KINDS, PAIR
from stylegauge.datasets.errors import UsageError

EXPECTED = "expected domains = ('zebra', ...)"


def declared(owner: Any, name: str) -> tuple[str, tuple[str, ...]]:
    """The kind of a model and its domains, () for a model of pairs.

    owner: what carries the attributes `kind` and `domains`; name: what it is called in an error
    raises: UsageError for a kind that there is not, and for domains that are missing or no labels
    """
    kind, domains = getattr(owner, "kind", None), getattr(owner, "domains", None)
    if kind is None and _are_labels(domains):
        raise UsageError(f"{name} declares domains and no kind; write kind = '{DOMAIN}' beside them")
    kind = PAIR if kind is None else kind
    if kind not in KINDS:
        raise UsageError(f"{name} is of kind '{kind}'; there are: {', '.join(KINDS)}")
    return kind, _labels(domains, name) if kind == DOMAIN else ()


def _are_labels(domains: Any) -> bool:
    """Whether it can be meant as domains: networks of pairs may keep something else under that name."""
    return isinstance(domains, tuple | list) and bool(domains) and all(isinstance(one, str) for one in domains)


def _labels(domains: Any, name: str) -> tuple[str, ...]:
    if domains is None:
        raise UsageError(f"{name} is of kind '{DOMAIN}' and declares no domains; {EXPECTED}")
    if isinstance(domains, str):
        raise UsageError(f"{name} declares domains = {domains!r}, a text; expected a tuple, domains = ({domains!r},)")
    if not isinstance(domains, tuple | list):
        raise UsageError(f"{name} declares domains of type {type(domains).__name__}; {EXPECTED}")
    if not domains:
        raise UsageError(f"{name} declares domains = (), and makes nothing; {EXPECTED}")
    strange = [one for one in domains if not (isinstance(one, str) and one.strip())]
    if strange:
        raise UsageError(f"{name} declares the domain {strange[0]!r}, which is no label; {EXPECTED}")
    twice = [one for one in domains if list(domains).count(one) > 1]
    if twice:
        raise UsageError(f"{name} declares the domain {twice[0]!r} twice; {EXPECTED}")
    return tuple(domains)


def refuse_other_parameters(call: Callable[..., Any], kind: str, name: str) -> None:
    """Refuse f(content, domain) as a model of pairs, and f(content, style) as one of domains.

    Called by position it would take the one for the other without a word.
    """
    parameters = set(inspect.signature(call).parameters)
    if kind == PAIR and "domain" in parameters and not parameters & {"style", "request"}:
        raise UsageError(f"{name} takes a domain and is of kind '{PAIR}'; write kind = '{DOMAIN}' and domains = (...)")
    if kind == DOMAIN and "style" in parameters:
        raise UsageError(
            f"{name} takes a style and is of kind '{DOMAIN}'; those are shown none: take (content, domain)"
        )


def written_domains(spec: str) -> tuple[str, ...]:
    """The domains that a class declares in the text of its file; () where that takes running it.

    spec: of a model, whose file is there and is Python
    """
    place, _, name = spec.rpartition(":")
    body = ast.parse(Path(place).read_bytes()).body if place.endswith(".py") else []
    lines = [line for node in body if isinstance(node, ast.ClassDef) and node.name == name for line in node.body]
    assigned = [(target, line.value) for line in lines if isinstance(line, ast.Assign) for target in line.targets]
    written = {target.id: value for target, value in assigned if isinstance(target, ast.Name)}
    try:
        kind, domains = (ast.literal_eval(written[key]) for key in ("kind", "domains"))
    except (KeyError, ValueError):
        return ()
    return tuple(domains) if kind == DOMAIN and _are_labels(domains) else ()
