"""Reading strict JSON: fast, and the lines of its values only when somebody asks for one.

Duplicate names, numbers that no double holds, and anything too deep are refused.  Nothing but `Unreadable` is raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NoReturn, TypeAlias

from ..schemas.wire import Json
from .node import DEEPEST, Node, Unreadable, finite, list_of, object_of

__all__ = ["read_json", "scan_json"]


class _Twice(Exception):  # noqa: N818 - only says that the slow reader must find the place
    """A name that stands twice in one object."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Twice
    return members


def _constant(word: str) -> NoReturn:
    raise Unreadable(1, f"expected a finite number, found `{word}`")


def read_json(text: str) -> Json:
    """Read *text*; raise `Unreadable` where it is no strict JSON."""
    try:
        value: Json = json.loads(text, object_pairs_hook=_unique, parse_constant=_constant, parse_float=finite)
    except _Twice:
        _Scanner(text).document()  # raises, and knows the line
        raise Unreadable(1, "expected each name once, found one twice") from None
    except json.JSONDecodeError as error:
        raise Unreadable(error.lineno, f"expected JSON, found what is none: {error.msg}") from None
    except RecursionError:
        raise Unreadable(1, f"expected at most {DEEPEST} levels, found more") from None
    except ValueError:
        raise Unreadable(1, "expected a number that can be read, found a longer one") from None
    _shallow(value, DEEPEST)
    return value


def scan_json(text: str) -> Node:
    """Read *text*, known to be JSON, once more and slowly, with its lines; raise `Unreadable` for a name that stands twice."""
    return _Scanner(text).document()


def _shallow(value: Json, left: int) -> None:
    if left < 0:
        raise Unreadable(1, f"expected at most {DEEPEST} levels, found more")
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

    def document(self) -> Node:
        tokens = self._tokens()
        return self._value(next(tokens), tokens)

    def _tokens(self) -> Iterator[_Token]:
        line, position = 1, 0
        for match in _TOKEN.finditer(self._text):
            line += self._text.count("\n", position, match.start(1))
            position = match.start(1)
            yield match[1], line

    def _value(self, token: _Token, tokens: Iterator[_Token]) -> Node:
        text, line = token
        match text:
            case "{":
                return object_of(line, list(self._members(tokens)))
            case "[":
                return list_of(line, list(self._elements(tokens)))
            case _:
                return Node(line, json.loads(text))

    def _members(self, tokens: Iterator[_Token]) -> Iterator[tuple[str, int, Node]]:
        for text, line in tokens:
            if text == "}":
                return
            if text != ",":
                next(tokens)  # the colon
                yield json.loads(text), line, self._value(next(tokens), tokens)

    def _elements(self, tokens: Iterator[_Token]) -> Iterator[Node]:
        for token in tokens:
            if token[0] == "]":
                return
            if token[0] != ",":
                yield self._value(token, tokens)
