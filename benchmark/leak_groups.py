"""Copies of one picture as a chain: of all links between them only the surest that hold them together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

Link = TypeVar("Link")
Node = Hashable


def surest(
    links: Iterable[Link],
    ends: Callable[[Link], tuple[Node, Node]],
    order: Callable[[Link], Any],
    joined: Iterable[tuple[Node, Node]] = (),
) -> list[Link]:
    """The links that a spanning tree of every group needs, the surest first (Kruskal 1956): n copies, n - 1 links.

    order: sorts the surest first, no two alike; joined: pairs that hold together already
    With links left out by an earlier call gone, those kept and further ones give what all at once would give.
    """
    above: dict[Node, Node] = {}
    for first, second in joined:
        _join(above, first, second)
    return [link for link in sorted(links, key=order) if _join(above, *ends(link))]


def _join(above: dict[Node, Node], first: Node, second: Node) -> bool:
    """Whether the two were apart until now."""
    first, second = _top(above, first), _top(above, second)
    above[first] = second
    return first != second


def _top(above: dict[Node, Node], node: Node) -> Node:
    while (upper := above.setdefault(node, node)) != node:
        above[node] = above[upper]  # halves the way for whoever comes next
        node = upper
    return node
