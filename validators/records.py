"""The records of one page: are they there, are they whole, and what identifies each?

A list that is missing or null is a finding unless the contract licenses it; it is never an empty list by itself.  No I/O.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..schemas.contract import Expectation, Items, Nested
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.wire import Json, State
from .reading import ABSENT, Message, at, equal, every, read
from .shape import violation

__all__ = ["Records", "records"]


@dataclass(frozen=True, slots=True)
class Records:
    """The items of one page and their identifiers (canonical JSON), empty where the contract names no id."""

    items: list[Json]
    ids: tuple[str, ...]


def records(expectation: Expectation, message: Message) -> Records | Finding:
    """Take the records out of *message*; check each, and the lists inside them."""
    items = expectation.items or Items()
    found = ABSENT if message.body is ABSENT else at(message.body.value, items.at)
    if (found.state is State.ABSENT and items.absent == "empty") or (
        found.state is State.NULL and items.null == "empty"
    ):
        return Records([], ())
    if not isinstance(found.value, list):
        state = found.state.value if found.state in (State.ABSENT, State.NULL) else "not a list"
        return Finding(
            code="items_missing", message=f"the list of items is {state}", where=f"body:{items.at}", have=state
        )
    identified = _identified(items, found.value)
    if isinstance(identified, Finding):
        return identified
    finding = _invalid(items, found.value) or _nested(expectation.nested, message)
    return finding or Records(found.value, identified)


def _identified(items: Items, values: list[Json]) -> tuple[str, ...] | Finding:
    if items.null_item == "violation" and None in values:
        where = f"body:{items.at}/{values.index(None)}"
        return Finding(code="item_invalid", message="an item is null", where=where, have="null")
    if items.id is None:
        return ()
    single = _member(items.id)
    ids = _members(values, single) if single is not None else [_identity(value, items.id) for value in values]
    if None in ids:
        where = f"body:{items.at}/{ids.index(None)}"
        return Finding(code="id_missing", message="an item has no identifier", where=where)
    return tuple(identity for identity in ids if identity is not None)


def _member(pointers: tuple[str, ...]) -> str | None:
    """The member's name where the identifier is one plain member: the case worth being fast for."""
    plain = len(pointers) == 1 and pointers[0].count("/") == 1 and "~" not in pointers[0]
    return pointers[0][1:] if plain else None


def _members(values: list[Json], name: str) -> list[str | None]:
    found = [value.get(name) if isinstance(value, dict) else None for value in values]
    if set(map(type, found)) == {int}:  # by far the most frequent: no look at each is needed
        return list(map(str, found))
    return list(map(_canonical, found))


def _canonical(value: Json) -> str | None:
    match value:
        case str():
            return f'"{value}"' if value else None
        case None | [] | {}:
            return None
        case bool() | list() | dict():
            return json.dumps(value, sort_keys=True)
        case _:
            return str(value)


def _identity(value: Json, pointers: tuple[str, ...]) -> str | None:
    parts = [_canonical(at(value, pointer).value) for pointer in pointers]
    return None if None in parts else " ".join(part for part in parts if part is not None)


def _invalid(items: Items, values: list[Json]) -> Finding | None:
    if items.schema is None:
        return None
    return violation(items.schema, values, code="item_invalid", base=f"body:{items.at}", each=True)


def _nested(rules: tuple[Nested, ...], message: Message) -> Finding | None:
    for rule in rules:
        for where, found in _places(message, rule.at):
            if found.state is State.ABSENT and rule.absent == "ok":
                continue
            if found.state is State.ABSENT or not equal(found.value, rule.must):
                return Finding(
                    code=rule.code, message="a list inside an item is cut", where=where, have=found.state.value
                )
    return None


def _places(message: Message, place: Location) -> list[tuple[str, Any]]:
    if place.source != "body" or message.body is ABSENT:
        return [(str(place), read(message, place))]
    return [(f"body:{where}", found) for where, found in every(message.body.value, place.path)]
