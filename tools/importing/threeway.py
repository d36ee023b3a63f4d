"""Three versions of one value become one: what a person changed stays, and what changed upstream is taken.

Pure: JSON values in, one out, with the places where both sides changed.  It knows nothing of tools.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from ..shapes import is_object

__all__ = ["MISSING", "Conflict", "Merged", "Missing", "merged", "same"]


class Missing(Enum):
    """What stands where nothing is written."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
Maybe: TypeAlias = Any  # a JSON value, or MISSING


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place where a person and the description say different things: *ours* was kept."""

    way: tuple[str, ...]
    base: Maybe
    ours: Maybe
    theirs: Maybe


@dataclass(frozen=True, slots=True)
class Merged:
    """The one *value* (MISSING where it is gone), and what could not be had both ways."""

    value: Maybe
    conflicts: tuple[Conflict, ...] = ()


def same(one: Maybe, other: Maybe) -> bool:
    """Say whether two values are the same JSON: 1, 1.0 and true are three values, and the order of names is none.

    >>> same({"a": 1, "b": 2}, {"b": 2, "a": 1}), same(1, True)
    (True, False)
    """
    if one is MISSING or other is MISSING:
        return one is other
    return _written(one) == _written(other)


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=dict)


def merged(base: Maybe, ours: Maybe, theirs: Maybe, way: tuple[str, ...] = ()) -> Merged:
    """Merge *ours* and *theirs*, both made from *base*.

    >>> merged({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 1, "c": 3})
    Merged(value={'a': 2, 'b': 1, 'c': 3}, conflicts=())
    """
    if same(ours, theirs) or same(base, theirs):
        return Merged(ours)
    if same(base, ours):
        return Merged(theirs)
    if _can_be_mixed(base, ours, theirs):
        return _members(base if is_object(base) else {}, ours, theirs, way)
    return Merged(ours, (Conflict(way, base, ours, theirs),))


def _can_be_mixed(base: Maybe, ours: Maybe, theirs: Maybe) -> bool:
    """Half of one kind of walk and half of another would be neither; and an empty object may mean all that there is."""
    if not (is_object(ours) and is_object(theirs)):
        return False
    if base is MISSING:
        return bool(ours) and bool(theirs) and same(ours.get("kind"), theirs.get("kind"))
    before = base.get("kind") if is_object(base) else None
    return same(before, ours.get("kind")) and same(before, theirs.get("kind"))


def _members(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], way: tuple[str, ...]
) -> Merged:
    value: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    for name in _names(ours, theirs):
        one = merged(base.get(name, MISSING), ours.get(name, MISSING), theirs.get(name, MISSING), (*way, name))
        conflicts += one.conflicts
        if one.value is not MISSING:
            value[name] = one.value
    return Merged(value, tuple(conflicts))


def _names(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    yield from ours
    yield from (name for name in theirs if name not in ours)
