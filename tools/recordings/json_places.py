"""Where in a text the plain values of JSON stand, so that some can be replaced and every other byte stays.

A text is one JSON value, or lines of them (JSON lines, events of a stream).  What can be read as neither (it was cut, or a
name stands twice) is gone through all the same: a reader would refuse it, and a value in it must be found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import merge
from itertools import chain
from typing import Final, TypeAlias

from ...schemas.location import choice
from ...schemas.wire import Json
from ..json_reading import read_json
from ..node import Unreadable

__all__ = ["Scalar", "Steps", "begins", "documents", "scalars"]

Steps: TypeAlias = tuple[str, ...]

_TOKEN = re.compile(r'(?<![^\r\n])data:|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_LINE = re.compile(r"(?<![^\r\n\x1e\ufeff])(?:data:)?[ \t]*([\[{][^\r\n\x1e]*)")  # \x1e: RFC 7464, 2.2
_BRACKET = re.compile(r"[\[{]")
_ANY: Final = "*"
_MOST_STEPS: Final = 128  # no way that is declared is longer


@dataclass(frozen=True, slots=True)
class Scalar:
    """One plain value: where it is in its JSON value (*path*), and from where to where it stands in the text."""

    path: Steps
    start: int
    end: int


def begins(path: Steps, way: Steps) -> bool:
    """Whether *path* is at *way*, or below it; `*` in it is any one step, and so is a choice such as `[rel=next]`.

    >>> begins(("items", "0", "owner", "email"), ("items", "*", "owner")), begins(("items",), ("items", "*"))
    (True, False)
    """
    return len(path) >= len(way) and all(
        want in (_ANY, step) or choice(want) is not None for step, want in zip(path, way, strict=False)
    )


def scalars(text: str) -> Iterator[Scalar]:
    """Yield every plain value of the JSON in *text*, in order.

    Where the text is no JSON, what stands in brackets is taken for it, in all of the text and in each of its lines: one that
    two ways lead to comes twice.  The last text may be without its end, and what is no value at all comes too.

    >>> [(one.path, '{"a": [1, "b"]}'[one.start : one.end]) for one in scalars('{"a": [1, "b"]}')]
    [(('a', '0'), '1'), (('a', '1'), '"b"')]
    >>> [one.path for one in scalars('{"a": 1, "a": [NaN, "b')]
    [('a',), ('a', '0'), ('a', '1')]
    """
    if _is_json(text):
        yield from _scalars(text, 0, len(text))
        return
    by_lines = chain.from_iterable(_anyhow(text, line.start(1), line.end(1)) for line in _LINE.finditer(text))
    last = None
    for one in merge(_anyhow(text, 0, len(text)), by_lines, key=_start):
        if one != last:
            yield one
        last = one


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except (Unreadable, RecursionError):
        return False
    return True


def _start(scalar: Scalar) -> int:
    return scalar.start


def _anyhow(text: str, start: int, end: int) -> Iterator[Scalar]:
    """What stands in brackets between *start* and *end*, whatever is around them."""
    while (bracket := _BRACKET.search(text, start, end)) is not None:
        start = yield from _scalars(text, bracket.start(), end)


def documents(text: str) -> Iterator[Json]:
    r"""Yield the JSON values of which *text* consists.

    >>> list(documents('data: {"a": 1}\n\ndata: [DONE]\n'))
    [{'a': 1}]
    """
    try:
        yield read_json(text)
    except (Unreadable, RecursionError):
        for line in _LINE.finditer(text):
            with suppress(Unreadable, RecursionError):
                yield read_json(line[1])


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


def _scalars(text: str, start: int, end: int) -> Generator[Scalar, None, int]:
    """The plain values of the JSON that begins at *start*, sound or not; return where it is over."""
    levels: list[_Level] = []
    for token in _TOKEN.finditer(text, start, end):
        match token[0]:
            case "{" | "[" as bracket:
                levels.append(_Level(is_object=bracket == "{"))
            case "}" | "]":
                levels.pop()
                if not levels:
                    return token.end()
            case ",":
                levels[-1].comma()
            case ":":
                levels[-1].name_due = False
            case "data:":  # an event of a stream goes on (WHATWG HTML, 9.2.6)
                pass
            case name if levels and levels[-1].name_due:
                levels[-1].step = _name(name)
            case _:
                yield Scalar(_path(levels), token.start(), token.end())
    return end


def _name(raw: str) -> str:
    try:
        return str(json.loads(raw))
    except ValueError:
        return raw.strip('"')


def _path(levels: Sequence[_Level]) -> Steps:
    if len(levels) > _MOST_STEPS:
        levels = (*levels[: _MOST_STEPS - 1], levels[-1])
    return tuple(str(level.step) for level in levels)
