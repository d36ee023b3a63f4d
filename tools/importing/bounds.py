"""How much of a foreign document is read: levels and values, with every alias of YAML followed.

Values only; nothing is read here.
"""

from __future__ import annotations

from typing import Any

from ..shapes import is_list, is_object

__all__ = ["DEEPEST", "LARGEST", "MOST", "TooMuch", "within_bounds"]

DEEPEST = 256
MOST = 10_000_000
LARGEST = 100_000_000
"""Bytes of one document."""


class TooMuch(Exception):  # noqa: N818 - a mistake of the file's author, said in words
    """A document is larger than what is read of one."""


def within_bounds(value: Any) -> Any:
    """Return *value*; raise `TooMuch` where it is too deep or holds too many values."""
    layer, count = [value], 0
    for _ in range(DEEPEST + 1):
        count += len(layer)
        if count > MOST:
            raise TooMuch(f"expected at most {MOST:,} values, found more")
        layer = [inner for outer in layer for inner in _inside(outer)]
        if not layer:
            return value
    raise TooMuch(f"expected at most {DEEPEST} levels, found more")


def _inside(value: Any) -> list[Any]:
    """The lists and objects directly inside *value*, which is all that can hold more."""
    found = value.values() if is_object(value) else value if is_list(value) else ()
    return [inner for inner in found if isinstance(inner, dict | list)]
