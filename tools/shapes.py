"""Narrowing plain values at the border where files come in; it judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

__all__ = ["is_list", "is_object", "members"]


_PLAIN: Final = frozenset({str, int, float, bool, type(None), list, tuple})


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Say whether *value* is an object with names."""
    kind = type(value)
    return kind is dict or (kind not in _PLAIN and isinstance(value, Mapping))  # asking an abstract class is slow


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Say whether *value* is a list."""
    return isinstance(value, list)


def members(value: object) -> Mapping[str, Any]:
    """Return the members of *value*, none where it is no object."""
    return value if is_object(value) else {}
