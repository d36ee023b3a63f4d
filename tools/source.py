"""A tool file as plain JSON values, and the line on which each of them stands.

It bounds what is read and hides whether it was YAML or JSON.  It knows nothing of the language.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

from ..schemas.wire import Json
from .json_reading import read_json, scan_json
from .mistake import Way
from .node import Node, Unreadable

__all__ = ["LARGEST", "Source", "Unreadable", "parse"]

LARGEST = 8 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Source:
    """A document as a JSON value; `line` knows where its parts stand."""

    value: Json
    read: Callable[[], Node] = field(repr=False)

    @cached_property
    def _root(self) -> Node:
        return self.read()

    def line(self, way: Way) -> int:
        """Return the line of what stands at *way*, or of the nearest thing around it."""
        node, line = self._root, 1
        for step in way:
            if step not in node.inside:
                break
            line, node = node.inside[step]
        return line

    def reach(self, way: Way) -> int:
        """Count the steps of *way* that exist in the document."""
        value = self.value
        for count, step in enumerate(way):
            match value, step:
                case dict(), str() if step in value:
                    value = value[step]
                case list(), int() if step < len(value):
                    value = value[step]
                case _:
                    return count
        return len(way)


def parse(content: bytes, *, is_json: bool) -> Source:
    """Parse a file's *content*; raise `Unreadable` for whatever is no document."""
    if len(content) > LARGEST:
        raise Unreadable(1, f"expected a file of at most {LARGEST:,} bytes, found {len(content):,}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "expected UTF-8, found other bytes") from None
    source = _of_json(text) if is_json else _of_yaml(text)
    try:
        json.dumps(source.value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable(1, "expected Unicode text, found half of a surrogate pair") from None
    return source


def _of_json(text: str) -> Source:
    return Source(read_json(text), partial(scan_json, text))


def _of_yaml(text: str) -> Source:
    from .yaml_reading import read_yaml  # noqa: PLC0415 - JSON does not need it

    node = read_yaml(text)
    return Source(node.value, lambda: node)
