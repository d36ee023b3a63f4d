"""JSON for people: line ends and indents between the words, and every word as it arrived.

No value is decoded, so that no number changes on its way to a screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["readable"]

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_CONTROL: Final = re.compile(r"[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def readable(text: str, *, width: int = 100) -> str:
    r"""Lay out *text*, which is strict JSON; lists and objects that fit into *width* stay on one line.

    Signs that steer a terminal or turn the direction of a line are written as escapes, which JSON reads as the same.

    >>> print(readable('[{"id":1.10,"tags":[]},{"id":2}]', width=20))
    [
      {
        "id": 1.10,
        "tags": []
      },
      {"id": 2}
    ]
    """
    tokens = [_CONTROL.sub(_escape, word) for word in _TOKEN.findall(text)]
    return "".join(_laid_out(tokens, _extents(tokens), width))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _extents(tokens: list[str]) -> dict[int, tuple[int, int]]:
    """For each opening bracket: where its closing one stands, and how many characters are between them on one line."""
    found: dict[int, tuple[int, int]] = {}
    opened: list[tuple[int, int]] = []
    position = 0
    for index, word in enumerate(tokens):
        if word in "[{":
            opened.append((index, position))
        position += len(word) + (word in ",:")
        if word in "]}":
            start, began = opened.pop()
            found[start] = (index, position - began)
    return found


def _laid_out(tokens: list[str], extents: dict[int, tuple[int, int]], width: int) -> Iterator[str]:
    depth = 0
    flat_until = -1
    for index, word in enumerate(tokens):
        broken = index > flat_until
        match word:
            case "[" | "{" if broken and extents[index][1] + 2 * depth <= width:
                flat_until = extents[index][0]
                yield word
            case "[" | "{" if broken:
                depth += 1
                yield f"{word}\n{'  ' * depth}"
            case "]" | "}" if broken:
                depth -= 1
                yield f"\n{'  ' * depth}{word}"
            case ",":
                yield f",\n{'  ' * depth}" if broken else ", "
            case ":":
                yield ": "
            case _:
                yield word
