"""Texts that a regular expression matches, for the expressions that people write into schemas.

It writes literals, classes, groups, alternatives and counts; of anything else it says that it cannot.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from .dice import pick, within

__all__ = ["Unwritable", "matching"]

_DIGITS: Final = string.digits
_WORD: Final = string.ascii_letters + string.digits + "_"
_COMMON: Final = string.ascii_lowercase + string.digits
_PRINTED: Final = "".join(map(chr, range(0x20, 0x7F)))
_CLASSES: Final[Mapping[str, str]] = {
    "d": _DIGITS,
    "w": _WORD,
    "s": " ",
    "D": string.ascii_lowercase,
    "W": "-.",
    "S": _COMMON,
    "n": "\n",
    "t": "\t",
    "r": "\r",
}
_FREE: Final = 3  # how many more than the least are written where a count is open


class Unwritable(Exception):  # noqa: N818 - a limit of this file, told to whoever asks
    """An expression that uses what is not written here."""


Writer: TypeAlias = Callable[[tuple[object, ...]], str]
"""Writes one part of an expression; the parameter is what chance is drawn for."""


def matching(pattern: str, *place: object) -> str:
    """Write a text that *pattern* matches, drawn for *place*; raise `Unwritable` where that is beyond this file.

    >>> matching("^[A-Z]{2}-(a|b)$", 0)[:1].isupper()
    True
    >>> import re
    >>> bool(re.search(r"^10\\.[0-9]{4,9}/.+$", matching(r"^10\\.[0-9]{4,9}/.+$", 7)))
    True
    """
    reader = _Reader(pattern)
    writer = _alternatives(reader)
    if reader.at < len(pattern):
        raise Unwritable(pattern)
    return writer(place)


@dataclass(slots=True)
class _Reader:
    """A place in an expression."""

    pattern: str
    at: int = field(default=0)

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        one = self.peek()
        if not one:
            raise Unwritable(self.pattern)
        self.at += 1
        return one

    def skip(self, text: str) -> bool:
        there = self.pattern.startswith(text, self.at)
        self.at += len(text) if there else 0
        return there


def _alternatives(reader: _Reader) -> Writer:
    options = [_sequence(reader)]
    while reader.skip("|"):
        options.append(_sequence(reader))
    return lambda place: pick(options, *place, "option")((*place, "option"))


def _sequence(reader: _Reader) -> Writer:
    parts: list[Writer] = []
    while reader.peek() not in ("", "|", ")"):
        parts.append(_counted(reader, _atom(reader)))
    return lambda place: "".join(part((*place, number)) for number, part in enumerate(parts))


def _atom(reader: _Reader) -> Writer:
    match reader.take():
        case "(":
            return _group(reader)
        case "[":
            return _one_of(_class(reader))
        case "\\":
            return _one_of(_escaped(reader))
        case ".":
            return _one_of(_COMMON)
        case "^" | "$":
            return lambda _: ""
        case one:
            return lambda _: one


def _one_of(options: str) -> Writer:
    return lambda place: pick(options, *place)


def _group(reader: _Reader) -> Writer:
    if reader.skip("?:"):
        pass
    elif reader.skip("?P<") or reader.skip("?<"):
        if reader.peek() in ("=", "!"):
            raise Unwritable(reader.pattern)
        while reader.take() != ">":
            pass
    elif reader.peek() == "?":
        raise Unwritable(reader.pattern)
    inside = _alternatives(reader)
    if not reader.skip(")"):
        raise Unwritable(reader.pattern)
    return inside


def _escaped(reader: _Reader) -> str:
    one = reader.take()
    if one in ("b", "B", "A", "Z", "z", "p", "P", "u", "x") or one.isdecimal():
        raise Unwritable(reader.pattern)
    return _CLASSES.get(one, one)


def _class(reader: _Reader) -> str:
    negated = reader.skip("^")
    members = ""
    first = True
    while first or reader.peek() != "]":
        low = _member(reader)
        first = False
        if len(low) == 1 and reader.peek() == "-" and reader.pattern[reader.at + 1 : reader.at + 2] != "]":
            reader.take()
            members += "".join(map(chr, range(ord(low), min(ord(_member(reader)), 0x7E) + 1)))
        else:
            members += low
    reader.take()
    return _chosen(members, negated=negated, pattern=reader.pattern)


def _member(reader: _Reader) -> str:
    one = reader.take()
    return _escaped(reader) if one == "\\" else one


def _chosen(members: str, *, negated: bool, pattern: str) -> str:
    """The signs to choose among: plain ones before others."""
    allowed = [one for one in _PRINTED if (one in members) != negated]
    plain = "".join(one for one in allowed if one in _COMMON)
    options = plain or "".join(one for one in allowed if one in _WORD) or "".join(allowed) or members
    if not options:
        raise Unwritable(pattern)
    return options


def _counted(reader: _Reader, atom: Writer) -> Writer:
    least, most = _bounds(reader)
    reader.skip("?")  # lazy or not, the text is the same
    if (least, most) == (1, 1):
        return atom

    def write(place: tuple[object, ...]) -> str:
        times = within(least, most, *place, "times")
        return "".join(atom((*place, number)) for number in range(times))

    return write


def _bounds(reader: _Reader) -> tuple[int, int]:
    if reader.skip("*"):
        return 0, _FREE
    if reader.skip("+"):
        return 1, 1 + _FREE
    if reader.skip("?"):
        return 0, 1
    if reader.peek() != "{":
        return 1, 1
    reader.take()
    inside = ""
    while (one := reader.take()) != "}":
        inside += one
    low, comma, high = inside.partition(",")
    if not low.isdecimal() or (high and not high.isdecimal()):
        raise Unwritable(reader.pattern)
    least = int(low)
    return least, least if not comma else min(int(high), least + _FREE) if high else least + _FREE
