"""A tool file as plain JSON values, and the line on which each of them stands.

YAML is read as version 1.2 with its core schema: `on`, `no` and dates are text.  Tags, merge keys, second documents,
duplicate names and anything larger than a tool file can be are refused.  It knows nothing of the language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any, Literal, NoReturn, TypeAlias

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
from .mistake import Way

__all__ = ["LARGEST", "Source", "Unreadable", "parse"]

LARGEST = 8 * 1024 * 1024  # bytes
_DEEPEST = 64
_MOST = 500_000  # values, after every alias is followed


class Unreadable(Exception):  # noqa: N818 - a mistake of the file's author, said in words
    """What stands in the way of reading a file at all, and the line of it."""

    def __init__(self, line: int, says: str) -> None:
        super().__init__(says)
        self.line = line
        self.says = says


@dataclass(frozen=True, slots=True)
class _Node:
    """One value, the line that it begins on, and the lines and nodes of what is in it."""

    line: int
    value: Json
    size: int = 1
    depth: int = 0
    inside: Mapping[str | int, tuple[int, _Node]] = field(default_factory=dict[str | int, "tuple[int, _Node]"])


@dataclass(frozen=True)
class Source:
    """A document as a JSON value; `line` knows where its parts stand."""

    value: Json
    read: Callable[[], _Node] = field(repr=False)

    @cached_property
    def _root(self) -> _Node:
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
    source = _json(text) if is_json else _yaml(text)
    try:
        json.dumps(source.value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable(1, "expected Unicode text, found half of a surrogate pair") from None
    return source


# ---------------------------------------------------------------------------------------------- building


def _object(line: int, members: Sequence[tuple[str, int, _Node]]) -> _Node:
    inside: dict[str | int, tuple[int, _Node]] = {}
    for name, at, node in members:
        if name in inside:
            raise Unreadable(at, f"expected each name once, found `{name}` again (first on line {inside[name][0]})")
        inside[name] = (at, node)
    return _around(line, {name: node.value for name, _, node in members}, inside)


def _list(line: int, elements: Sequence[_Node]) -> _Node:
    inside: dict[str | int, tuple[int, _Node]] = {index: (node.line, node) for index, node in enumerate(elements)}
    return _around(line, [node.value for node in elements], inside)


def _around(line: int, value: Json, inside: Mapping[str | int, tuple[int, _Node]]) -> _Node:
    size = 1 + sum(node.size for _, node in inside.values())
    depth = 1 + max((node.depth for _, node in inside.values()), default=0)
    if size > _MOST:
        raise Unreadable(line, f"expected at most {_MOST:,} values, found more (aliases count each time)")
    if depth > _DEEPEST:
        raise Unreadable(line, f"expected at most {_DEEPEST} levels, found more")
    return _Node(line, value, size, depth, inside)


# -------------------------------------------------------------------------------------------------- YAML

# YAML 1.2.2, 10.3.2: the core schema
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_LONGEST_NUMBER = 300


def _yaml(text: str) -> Source:
    node = _document(_events(text))
    return Source(node.value, lambda: node)


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


def _document(events: Iterator[_Event]) -> _Node:
    found: list[_Node] = []
    reader = _Reader(events)
    for event in events:
        if event.kind == "start":
            if found:
                raise Unreadable(event.line, "expected one document, found a second one")
            found.append(reader.node(next(events)))
    return found[0] if found else _Node(1, None)


class _Reader:
    """Builds nodes out of a stream of *events*; remembers anchors."""

    def __init__(self, events: Iterator[_Event]) -> None:
        self._events = events
        self._anchors: dict[str, _Node] = {}
        self._level = 0

    def node(self, event: _Event) -> _Node:
        if event.kind == "alias":
            return self._aliased(event)
        if event.tag is not None:
            raise Unreadable(event.line, f"expected plain values, found the tag `{event.tag}`")
        node = self._plain(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _plain(self, event: _Event) -> _Node:
        match event.kind:
            case "object":
                return self._within(event, lambda: _object(event.line, list(self._members())))
            case "list":
                return self._within(event, lambda: _list(event.line, list(self._elements())))
            case "scalar":
                return _Node(event.line, _scalar(event))
            case _:
                raise Unreadable(event.line, "expected a value, found none")

    def _within(self, event: _Event, build: Callable[[], _Node]) -> _Node:
        self._level += 1
        if self._level > _DEEPEST:
            raise Unreadable(event.line, f"expected at most {_DEEPEST} levels, found more")
        node = build()
        self._level -= 1
        return node

    def _aliased(self, event: _Event) -> _Node:
        if event.anchor not in self._anchors:
            raise Unreadable(event.line, f"expected an anchor that is complete, found the alias `*{event.anchor}`")
        return self._anchors[event.anchor]

    def _members(self) -> Iterator[tuple[str, int, _Node]]:
        for event in self._events:
            if event.kind == "object_end":
                return
            yield _name(event), event.line, self.node(next(self._events))

    def _elements(self) -> Iterator[_Node]:
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
    return _finite(text, line)


def _finite(text: str, line: int = 1) -> float:
    value = float(text)
    if not isfinite(value):
        raise Unreadable(line, "expected a number that a double can hold, found a larger one")
    return value


# -------------------------------------------------------------------------------------------------- JSON


class _Twice(Exception):  # noqa: N818 - only says that the slow reader must find the place
    """A name that stands twice in one object."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Twice
    return members


def _constant(word: str) -> NoReturn:
    raise Unreadable(1, f"expected a finite number, found `{word}`")


def _json(text: str) -> Source:
    """Read JSON fast; the lines are found only when somebody asks for one."""
    try:
        value: Json = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite)
    except _Twice:
        _Scanner(text).document()  # raises, and knows the line
        raise Unreadable(1, "expected each name once, found one twice") from None
    except json.JSONDecodeError as error:
        raise Unreadable(error.lineno, f"expected JSON, found what is none: {error.msg}") from None
    except RecursionError:
        raise Unreadable(1, f"expected at most {_DEEPEST} levels, found more") from None
    except ValueError:
        raise Unreadable(1, "expected a number that can be read, found a longer one") from None
    _shallow(value, _DEEPEST)
    return Source(value, _Scanner(text).document)


def _shallow(value: Json, left: int) -> None:
    if left < 0:
        raise Unreadable(1, f"expected at most {_DEEPEST} levels, found more")
    match value:
        case dict():
            for member in value.values():
                _shallow(member, left - 1)
        case list():
            for element in value:
                _shallow(element, left - 1)
        case _:
            return


_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+)', re.DOTALL)
_Token: TypeAlias = tuple[str, int]


class _Scanner:
    """Reads JSON that is known to be sound, but for names that stand twice, and keeps the lines."""

    def __init__(self, text: str) -> None:
        self._text = text

    def document(self) -> _Node:
        tokens = self._tokens()
        return self._value(next(tokens), tokens)

    def _tokens(self) -> Iterator[_Token]:
        line, position = 1, 0
        for match in _TOKEN.finditer(self._text):
            line += self._text.count("\n", position, match.start(1))
            position = match.start(1)
            yield match[1], line

    def _value(self, token: _Token, tokens: Iterator[_Token]) -> _Node:
        text, line = token
        match text:
            case "{":
                return _object(line, list(self._members(tokens)))
            case "[":
                return _list(line, list(self._elements(tokens)))
            case _:
                return _Node(line, json.loads(text))

    def _members(self, tokens: Iterator[_Token]) -> Iterator[tuple[str, int, _Node]]:
        for text, line in tokens:
            if text == "}":
                return
            if text != ",":
                next(tokens)  # the colon
                yield json.loads(text), line, self._value(next(tokens), tokens)

    def _elements(self, tokens: Iterator[_Token]) -> Iterator[_Node]:
        for token in tokens:
            if token[0] == "]":
                return
            if token[0] != ",":
                yield self._value(token, tokens)
