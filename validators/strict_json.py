"""Strict JSON (RFC 8259, RFC 7493): one value, read exactly or not at all.

Never repairs, never guesses a character set, never recurses without a bound, and never raises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

import jiter
import msgspec

from ..schemas.verdict import Finding
from ..schemas.wire import Json

__all__ = ["DEPTH", "Parsed", "parse"]

DEPTH: Final = 64
"""How many arrays and objects may stand inside one another; an empty one at the bottom does not count."""

_LARGEST = int(1.7976931348623157e308)
_DOUBLE = b"\xcb"  # MessagePack's mark of a double, then eight bytes
_INFINITE = re.compile(rb"\xcb[\x7f\xff]\xf0\x00{6}")
_POSITION = re.compile(r"at line (\d+) column (\d+)\Z")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One JSON value: integers exact, floats finite, names unique."""

    value: Json


def parse(content: bytes) -> Parsed | Finding:
    """Read *content* as strict JSON; a finding `not_json` or `empty_body` when it is anything else.

    Refused: other encodings than UTF-8, a byte order mark, duplicate names, NaN, Infinity, numbers beyond a double
    (`1e400`, integers of more than 309 digits), lone surrogates, more than 64 levels, anything after the value.

    >>> parse(b'{"total": 18446744073709551617}')
    Parsed(value={'total': 18446744073709551617})
    >>> parse(b'{"a": 1, "a": 2}').code
    'not_json'
    >>> parse(b"  ").code
    'empty_body'
    """
    if not content or content.isspace():
        return Finding(code="empty_body", message="The content is empty where JSON was due.")
    try:
        value = _shallow(content) if _is_shallow(content) else _deep(content)
    except ValueError as error:
        return Finding(code="not_json", message=_where(error))
    if value is _TOO_DEEP:
        return Finding(code="not_json", message=f"The content is not one value of at most {DEPTH} levels.")
    parsed = cast("Json", value)
    if _may_overflow(parsed) and any(map(_is_beyond, _numbers(parsed))):
        return Finding(code="not_json", message="A number in the content is larger than a double can hold.")
    return Parsed(parsed)


_TOO_DEEP: Final = object()


def _is_shallow(content: bytes) -> bool:
    """Too few brackets to be too deep, whatever they mean; counted only where that is quick."""
    return len(content) < 4096 and content.count(b"[") + content.count(b"{") <= DEPTH


def _shallow(content: bytes) -> object:
    return jiter.from_json(content, allow_inf_nan=False, cache_mode="keys", catch_duplicate_keys=True)


def _deep(content: bytes) -> object:
    """Let the parser's own limit bound the depth: put so many lists around the content that it allows 64 more.

    A content that closes these lists and opens others (`1],[2`) leaves a list of more than one element behind.
    """
    try:
        value = cast("Json", _shallow(b"".join((b"[" * _wrapping(), content, b"]" * _wrapping()))))
    except ValueError:
        _shallow(content)  # with the position in the content itself
        return _TOO_DEEP
    for _ in range(_wrapping()):
        if not isinstance(value, list) or len(value) != 1:
            return _TOO_DEEP
        value = value[0]
    return value


@cache
def _wrapping() -> int:
    """Count the levels that the parser allows beyond ours, by asking it."""
    levels = DEPTH
    while _accepts(levels + 1):
        levels += 1
    return levels - DEPTH


def _accepts(levels: int) -> bool:
    try:
        jiter.from_json(b"[" * levels + b"0" + b"]" * levels)
    except ValueError:
        return False
    return levels < 10_000


def _where(error: ValueError) -> str:
    found = _POSITION.search(str(error))  # the rest of the text may quote the content
    return "The content is not strict JSON" + (f" (line {found[1]}, column {found[2]})." if found else ".")


def _may_overflow(value: Json) -> bool:
    """Whether *value* can hold a number beyond a double: said quickly by what it is in MessagePack, and never wrongly no."""
    try:
        packed = msgspec.msgpack.encode(value)
    except (OverflowError, RecursionError):  # an integer of more than 64 bits, or a caller deep in the stack
        return True
    return _DOUBLE in packed and _INFINITE.search(packed) is not None


def _numbers(value: Json) -> Iterator[int | float]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as members:
                waiting.extend(members.values())
            case list() as elements:
                waiting.extend(elements)
            case int() | float() as number:
                yield number
            case _:
                pass


def _is_beyond(number: float) -> bool:
    return math.isinf(number) if isinstance(number, float) else abs(number) > _LARGEST
