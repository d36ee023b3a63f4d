"""Reading YAML 1.2 with its core schema, from parser events, so that lines are known and nothing is constructed.

`on`, `no` and dates are text.  Tags, merge keys, second documents, aliases of what is not complete and duplicate names are
refused.  Nothing but `Unreadable` is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from ..schemas.wire import Json
from .node import DEEPEST, Node, Unreadable, finite, list_of, object_of

__all__ = ["read_yaml"]

# YAML 1.2.2, 10.3.2: the core schema
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_LONGEST_NUMBER = 300


def read_yaml(text: str) -> Node:
    """Read the one document in *text*; raise `Unreadable` where there is none."""
    return _document(_events(text))


def _malformed(error: Any) -> Unreadable:  # ruamel.yaml's errors are not typed
    mark = error.problem_mark or error.context_mark
    says = " ".join(str(part) for part in (error.context, error.problem) if part)
    return Unreadable(mark.line + 1 if mark else 1, f"expected YAML 1.2, found what is none: {says}")


_Kind: TypeAlias = Literal["start", "object", "list", "scalar", "alias", "object_end", "list_end", "other"]
_KINDS: Mapping[Any, _Kind] = {
    DocumentStartEvent: "start",
    MappingStartEvent: "object",
    SequenceStartEvent: "list",
    ScalarEvent: "scalar",
    AliasEvent: "alias",
    MappingEndEvent: "object_end",
    SequenceEndEvent: "list_end",
}


@dataclass(frozen=True, slots=True)
class _Event:
    """One parser event of ruamel.yaml, of which only these facts matter."""

    kind: _Kind
    line: int
    anchor: str | None
    tag: str | None
    text: str
    plain: bool


def _events(text: str) -> Iterator[_Event]:
    for event in _parsed(text):
        tag, anchor = getattr(event, "ctag", None), getattr(event, "anchor", None)
        yield _Event(
            kind=_KINDS.get(type(event), "other"),
            line=event.start_mark.line + 1,
            anchor=None if anchor is None else str(anchor),
            tag=None if tag is None else str(tag)[:40],
            text=str(getattr(event, "value", "")),
            plain=getattr(event, "style", None) is None,
        )


def _parsed(text: str) -> Iterator[Any]:
    """The parser's own events, which are not typed; whatever it stumbles over is a mistake of the file."""
    yaml: Any = YAML(typ="safe", pure=True)
    events, line = yaml.parse(text), 1
    while True:
        try:
            event = next(events)
        except StopIteration:
            return
        except MarkedYAMLError as error:
            raise _malformed(error) from None
        except Exception as error:  # the scanner answers some malformed input with accidents of its own
            raise Unreadable(line, f"expected YAML 1.2, found what is none ({type(error).__name__})") from None
        line = event.end_mark.line + 1
        yield event


def _document(events: Iterator[_Event]) -> Node:
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

    def __init__(self, events: Iterator[_Event]) -> None:
        self._events = events
        self._anchors: dict[str, Node] = {}
        self._level = 0

    def node(self, event: _Event) -> Node:
        if event.kind == "alias":
            return self._aliased(event)
        if event.tag is not None:
            raise Unreadable(event.line, f"expected plain values, found the tag `{event.tag}`")
        node = self._plain(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _plain(self, event: _Event) -> Node:
        match event.kind:
            case "object":
                return self._within(event, lambda: object_of(event.line, list(self._members())))
            case "list":
                return self._within(event, lambda: list_of(event.line, list(self._elements())))
            case "scalar":
                return Node(event.line, _scalar(event))
            case _:
                raise Unreadable(event.line, "expected a value, found none")

    def _within(self, event: _Event, build: Callable[[], Node]) -> Node:
        self._level += 1
        if self._level > DEEPEST:
            raise Unreadable(event.line, f"expected at most {DEEPEST} levels, found more")
        node = build()
        self._level -= 1
        return node

    def _aliased(self, event: _Event) -> Node:
        if event.anchor not in self._anchors:
            raise Unreadable(event.line, f"expected an anchor that is complete, found the alias `*{event.anchor}`")
        return self._anchors[event.anchor]

    def _members(self) -> Iterator[tuple[str, int, Node]]:
        for event in self._events:
            if event.kind == "object_end":
                return
            yield _name(event), event.line, self.node(next(self._events))

    def _elements(self) -> Iterator[Node]:
        for event in self._events:
            if event.kind == "list_end":
                return
            yield self.node(event)


def _name(event: _Event) -> str:
    """Read a member's name; what YAML takes for true, null or a number is the word that stands there."""
    if event.kind != "scalar":
        raise Unreadable(event.line, "expected a name, found a list, an object or an alias")
    if event.tag is not None:
        raise Unreadable(event.line, "expected a plain name, found a tag")
    if event.text == "<<" and event.plain:
        raise Unreadable(event.line, "expected a name, found the merge key `<<`, which YAML 1.2 does not have")
    if event.plain and event.text in _TRUE | _FALSE:
        return event.text.lower()
    return "null" if event.plain and event.text in _NULL else event.text


def _scalar(event: _Event) -> Json:
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
