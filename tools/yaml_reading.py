"""Reading YAML 1.2 with its core schema, from parser events, so that lines are known and nothing is constructed.

`on`, `no` and dates are text.  Tags, merge keys, second documents, aliases of what is not complete and duplicate names are
refused.  Nothing but `Unreadable` is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..schemas.wire import Json
from .node import DEEPEST, Node, Unreadable, finite, list_of, object_of
from .yaml_events import Doubtful, Event, careful, quick

__all__ = ["read_yaml"]

# YAML 1.2.2, 10.3.2: the core schema
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_BOOLEAN = _TRUE | _FALSE
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_NUMERIC = frozenset("+-.0123456789")
_LONGEST_NUMBER = 300


def read_yaml(text: str) -> Node:
    """Read the one document in *text*; raise `Unreadable` where there is none."""
    try:
        return document(quick(text))
    except (Doubtful, Unreadable):  # what is wrong is said in the words of one reader
        return document(careful(text))


def document(events: Iterator[Event]) -> Node:
    found: list[Node] = []
    reader = _Reader(events)
    for event in events:
        if event.kind == "start":
            if found:
                raise Unreadable(event.line, "expected one document, found a second one")
            found.append(reader.node(next(events)))
    return found[0] if found else Node(1, None)


class _Reader:
    """Builds nodes out of a stream of *events*; remembers anchors."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._level = 0

    def node(self, event: Event) -> Node:
        if event.kind == "scalar" and event.tag is None and event.anchor is None:
            return Node(event.line, _scalar(event))  # most of them
        if event.kind == "alias":
            return self._aliased(event)
        if event.tag is not None:
            raise Unreadable(event.line, f"expected plain values, found the tag `{event.tag}`")
        node = self._plain(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _plain(self, event: Event) -> Node:
        match event.kind:
            case "object":
                return self._within(event, lambda: object_of(event.line, list(self._members())))
            case "list":
                return self._within(event, lambda: list_of(event.line, list(self._elements())))
            case "scalar":
                return Node(event.line, _scalar(event))
            case _:
                raise Unreadable(event.line, "expected a value, found none")

    def _within(self, event: Event, build: Callable[[], Node]) -> Node:
        self._level += 1
        if self._level > DEEPEST:
            raise Unreadable(event.line, f"expected at most {DEEPEST} levels, found more")
        node = build()
        self._level -= 1
        return node

    def _aliased(self, event: Event) -> Node:
        if event.anchor not in self._anchors:
            raise Unreadable(event.line, f"expected an anchor that is complete, found the alias `*{event.anchor}`")
        return self._anchors[event.anchor]

    def _members(self) -> Iterator[tuple[str, int, Node]]:
        for event in self._events:
            if event.kind == "object_end":
                return
            yield _name(event), event.line, self._value(event.line, next(self._events))

    def _value(self, line: int, event: Event) -> Node:
        """Read a member's value; one that is not there stands on the *line* of its name."""
        absent = event.kind == "scalar" and event.plain and not event.text
        return self.node(event._replace(line=line) if absent else event)

    def _elements(self) -> Iterator[Node]:
        for event in self._events:
            if event.kind == "list_end":
                return
            yield self.node(event)


def _name(event: Event) -> str:
    """Read a member's name; what YAML takes for true, null or a number is the word that stands there."""
    if event.kind != "scalar":
        raise Unreadable(event.line, "expected a name, found a list, an object or an alias")
    if event.tag is not None:
        raise Unreadable(event.line, "expected a plain name, found a tag")
    if event.text == "<<" and event.plain:
        raise Unreadable(event.line, "expected a name, found the merge key `<<`, which YAML 1.2 does not have")
    if event.plain and event.text in _BOOLEAN:
        return event.text.lower()
    return "null" if event.plain and event.text in _NULL else event.text


def _scalar(event: Event) -> Json:
    text = event.text
    if not event.plain:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _NO_NUMBER.match(text):
        raise Unreadable(event.line, f"expected a finite number, found `{text}`")
    return _number(text, event.line)


def _number(text: str, line: int) -> Json:
    """Read a plain scalar that may be a number."""
    if text[0] not in _NUMERIC:
        return text
    integer = _INTEGER.match(text)
    if not integer and not _BASED.match(text) and not _FLOAT.match(text):
        return text
    if len(text) > _LONGEST_NUMBER:
        raise Unreadable(line, f"expected a number of at most {_LONGEST_NUMBER} digits, found a longer one")
    if integer:
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    return finite(text, line)
