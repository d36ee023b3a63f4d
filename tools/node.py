"""A document's values with the lines on which they stand, and the bounds that every document keeps.

It is built by the readers of YAML and JSON, and knows neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from ..schemas.wire import Json

__all__ = ["DEEPEST", "Node", "Unreadable", "finite", "list_of", "object_of"]

DEEPEST = 64
_MOST = 500_000  # values, after every alias is followed


class Unreadable(Exception):  # noqa: N818 - a mistake of the file's author, said in words
    """What stands in the way of reading a file at all, and the line of it."""

    def __init__(self, line: int, says: str) -> None:
        super().__init__(says)
        self.line = line
        self.says = says


@dataclass(frozen=True, slots=True)
class Node:
    """One value, the line that it begins on, and the lines and nodes of what is in it."""

    line: int
    value: Json
    size: int = 1
    depth: int = 0
    inside: Mapping[str | int, tuple[int, Node]] = field(default_factory=dict[str | int, "tuple[int, Node]"])


def object_of(line: int, members: Sequence[tuple[str, int, Node]]) -> Node:
    inside: dict[str | int, tuple[int, Node]] = {}
    for name, at, node in members:
        if name in inside:
            raise Unreadable(at, f"expected each name once, found `{name}` again (first on line {inside[name][0]})")
        inside[name] = (at, node)
    return _around(line, {name: node.value for name, _, node in members}, inside)


def list_of(line: int, elements: Sequence[Node]) -> Node:
    inside: dict[str | int, tuple[int, Node]] = {index: (node.line, node) for index, node in enumerate(elements)}
    return _around(line, [node.value for node in elements], inside)


def _around(line: int, value: Json, inside: Mapping[str | int, tuple[int, Node]]) -> Node:
    size = 1 + sum(node.size for _, node in inside.values())
    depth = 1 + max((node.depth for _, node in inside.values()), default=0)
    if size > _MOST:
        raise Unreadable(line, f"expected at most {_MOST:,} values, found more (aliases count each time)")
    if depth > DEEPEST:
        raise Unreadable(line, f"expected at most {DEEPEST} levels, found more")
    return Node(line, value, size, depth, inside)


def finite(text: str, line: int = 1) -> float:
    value = float(text)
    if not isfinite(value):
        raise Unreadable(line, "expected a number that a double can hold, found a larger one")
    return value
