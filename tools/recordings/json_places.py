"""Where in a text the plain values of JSON stand, so that some can be replaced and every other byte stays.

A text is one JSON value, or lines of them (JSON lines, events of a stream).  What is neither has no places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from ...schemas.wire import Json
from ..json_reading import read_json
from ..node import Unreadable

__all__ = ["Scalar", "Steps", "begins", "documents", "scalars"]

Steps: TypeAlias = tuple[str, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_LINE = re.compile(r"^(?:data:)?[ \t]*([\[{].*?)\s*$", re.MULTILINE)
_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One plain value: where it is in its JSON value (*path*), and from where to where it stands in the text."""

    path: Steps
    start: int
    end: int


def begins(path: Steps, way: Steps) -> bool:
    """Whether *path* is at *way*, or below it; `*` in it is any one step.

    >>> begins(("items", "0", "owner", "email"), ("items", "*", "owner")), begins(("items",), ("items", "*"))
    (True, False)
    """
    return len(path) >= len(way) and all(want in (_ANY, step) for step, want in zip(path, way, strict=False))


def scalars(text: str) -> Iterator[Scalar]:
    """Yield every plain value of the JSON in *text*, in order.

    >>> [(one.path, '{"a": [1, "b"]}'[one.start : one.end]) for one in scalars('{"a": [1, "b"]}')]
    [(('a', '0'), '1'), (('a', '1'), '"b"')]
    """
    for start, end, _ in _read(text):
        yield from _scalars(text, start, end)


def documents(text: str) -> Iterator[Json]:
    r"""Yield the JSON values of which *text* consists.

    >>> list(documents('data: {"a": 1}\n\ndata: [DONE]\n'))
    [{'a': 1}]
    """
    for _, _, value in _read(text):
        yield value


def _read(text: str) -> Iterator[tuple[int, int, Json]]:
    """Each JSON value of *text*, and from where to where it stands: all of it, or else its lines."""
    try:
        yield 0, len(text), read_json(text)
    except (Unreadable, RecursionError):
        for line in _LINE.finditer(text):
            with suppress(Unreadable, RecursionError):
                yield line.start(1), line.end(1), read_json(line[1])


class _Level:
    """An object or an array that is being read, and the step to what stands in it now."""

    __slots__ = ("is_object", "name_due", "step")

    def __init__(self, *, is_object: bool) -> None:
        self.is_object = is_object
        self.name_due = is_object
        self.step: str | int = 0

    def comma(self) -> None:
        self.name_due = self.is_object
        if isinstance(self.step, int):
            self.step += 1


def _scalars(text: str, start: int, end: int) -> Iterator[Scalar]:
    levels: list[_Level] = []
    for token in _TOKEN.finditer(text, start, end):
        match token[0]:
            case "{" | "[" as bracket:
                levels.append(_Level(is_object=bracket == "{"))
            case "}" | "]":
                levels.pop()
            case ",":
                levels[-1].comma()
            case ":":
                levels[-1].name_due = False
            case name if levels and levels[-1].name_due:
                levels[-1].step = json.loads(name)
            case _:
                yield Scalar(_path(levels), token.start(), token.end())


def _path(levels: Sequence[_Level]) -> Steps:
    return tuple(str(level.step) for level in levels)
