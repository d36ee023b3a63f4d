"""Plain JSON values as YAML 1.2 that people like to read: short things on one line, long ones in blocks.

What `tools/yaml_reading.py` reads of it is the same value.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ...schemas.wire import Json
from ..shapes import members

__all__ = ["WIDTH", "block", "entry", "scalar"]

WIDTH = 110

_PLAIN = re.compile(r"[A-Za-z_/$.][A-Za-z0-9_/$.()<>=+;?!'~^-]*(?:[ :][A-Za-z0-9_/$.()<>=+;?!'~^-]+)*\Z")
_BARE = re.compile(r"[A-Za-z_/][A-Za-z0-9_/.-]*\Z")
_WORDS = frozenset({"null", "true", "false", "~", "yes", "no", "on", "off", "y", "n"})
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]|[0-9])|[-+]?\.(?:inf|nan)\Z", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_FOLDABLE = re.compile(r"[A-Za-z0-9(`\"'<*&/][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]*[^\s]\Z")


def scalar(value: Json) -> str:
    """Write a scalar on one line.

    >>> scalar("body:/next"), scalar("a, b"), scalar("no"), scalar("1.0"), scalar(None)
    ('body:/next', '"a, b"', '"no"', '"1.0"', 'null')
    """
    if not isinstance(value, str):
        return json.dumps(value, allow_nan=False)
    plain = _BARE.match(value) or _PLAIN.match(value)
    if plain and value.lower() not in _WORDS and not _NUMBER.match(value) and " '" not in value:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _UNSAFE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", quoted)


def _name(name: str) -> str:
    """Write the name of a member: in quotes where it holds a colon, which is easily misread."""
    return f'"{name}"' if ":" in name and scalar(name) == name else scalar(name)


def _flow(value: Any, room: int) -> str | None:
    """Write *value* on one line; None where it takes more than *room* characters."""
    match value:
        case Mapping():
            text = _within(
                ((f"{_name(name)}: ", member) for name, member in members(cast("object", value)).items()), room - 2
            )
            return None if text is None else f"{{{text}}}"
        case list() | tuple():
            text = _within((("", element) for element in cast("Sequence[Json]", value)), room - 2)
            return None if text is None else f"[{text}]"
        case _:
            text = scalar(value)
            return text if len(text) <= room else None


def _within(parts: Iterator[tuple[str, Any]], room: int) -> str | None:
    done: list[str] = []
    for before, value in parts:
        room -= len(before) + 2 * bool(done)
        text = _flow(value, room) if room >= 0 else None
        if text is None:
            return None
        room -= len(text)
        done.append(before + text)
    return ", ".join(done)


def block(value: Any, indent: int = 0) -> str:
    """Write *value* as the lines of a block, *indent* columns deep.

    >>> print(block({"a": {"b": [1, 2]}, "c": "x " * 60 + "end"}), end="")
    a: {b: [1, 2]}
    c: >-
      x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x x
      x x x x x x end
    """
    return "".join(f"{text}\n" for text in _lines(value, indent))


def entry(value: Mapping[str, Any], indent: int) -> str:
    """Write *value* as one element of a list, *indent* columns deep, each member on lines of its own.

    >>> print(entry({"name": "x", "claim": "one"}, 2), end="")
      - name: x
        claim: one
    """
    lines = list(_lines(value, indent + 2))
    return f"{' ' * indent}- {lines[0][indent + 2 :]}\n" + "".join(f"{text}\n" for text in lines[1:])


def _lines(value: Any, indent: int) -> Iterator[str]:
    match value:
        case Mapping() if value:
            for name, member in members(cast("object", value)).items():
                yield from _member(f"{' ' * indent}{_name(name)}:", member, indent)
        case list() | tuple() if value:
            for element in cast("Sequence[Json]", value):
                yield from _element(element, indent)
        case _:
            yield " " * indent + (_flow(value, 1_000_000) or "")


def _member(head: str, value: Any, indent: int) -> Iterator[str]:
    text = _flow(value, WIDTH - len(head) - 1)
    if text is not None:
        yield f"{head} {text}"
    elif isinstance(value, str):
        yield from _text(head, value, indent + 2)
    elif isinstance(value, Mapping | list | tuple):
        yield head
        yield from _lines(value, indent + 2)
    else:
        yield f"{head} {scalar(value)}"


def _element(value: Any, indent: int) -> Iterator[str]:
    head = f"{' ' * indent}-"
    text = _flow(value, WIDTH - len(head) - 1)
    if text is not None:
        yield f"{head} {text}"
    elif isinstance(value, str):
        yield from _text(head, value, indent + 2)
    else:
        first, *rest = _lines(value, indent + 2)
        yield f"{head} {first[indent + 2 :]}"
        yield from rest


def _text(head: str, value: str, indent: int) -> Iterator[str]:
    """A long text: folded at blanks where that loses nothing, or else quoted on one line."""
    if _FOLDABLE.match(value) and "  " not in value:
        lines = textwrap.wrap(value, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
        yield f"{head} >-"
        yield from (" " * indent + line for line in lines)
    else:
        yield f"{head} {scalar(value)}"
