"""How much of a foreign document is read: levels and values, with every alias of YAML followed.

Values only; nothing is read here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

__all__ = ["DEEPEST", "LARGEST", "MOST", "TooMuch", "within_bounds"]

DEEPEST = 128
MOST = 5_000_000
LARGEST = 64 * 1024 * 1024
"""Bytes of one document."""


_OBJECT: type[Any] = dict
_HOLDING: tuple[type[Any], ...] = (dict, list)


class TooMuch(Exception):  # noqa: N818 - a mistake of the file's author, said in words
    """A document is larger than what is read of one."""


def within_bounds(value: Any) -> Any:
    """Return *value*; raise `TooMuch` where it is too deep or holds too many values."""
    layer: list[Any] = [value] if isinstance(value, _HOLDING) else []
    count = 0
    for _ in range(DEEPEST + 1):
        if not layer:
            return value
        count += len(layer)
        if count > MOST:
            raise TooMuch(f"expected at most {MOST:,} values, found more")
        layer = [inner for outer in layer for inner in _inside(outer) if isinstance(inner, _HOLDING)]
    raise TooMuch(f"expected at most {DEEPEST} levels, found more")


def _inside(value: Any) -> Collection[Any]:
    found: Collection[Any] = value.values() if isinstance(value, _OBJECT) else value
    return found
