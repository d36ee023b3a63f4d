"""The records of one page: are they there, are they whole, and what identifies each?

A list that is missing or null is a finding unless the contract licenses it; it is never an empty list by itself.  No I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..schemas.expectation import Column, Expectation, Items, Nested
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.wire import Json, State
from .columns import side_by_side
from .holding import matches
from .reading import ABSENT, Event, Found, Message, at, spread
from .shape import violation

__all__ = ["Records", "canonical", "records"]


@dataclass(frozen=True, slots=True)
class Records:
    """The items of one page and their identifiers (canonical JSON), empty where the contract names no id.

    *columns* says where each member of the items came from, where they came side by side.
    """

    items: list[Json]
    ids: tuple[str, ...]
    columns: Mapping[str, str] = field(default_factory=dict[str, str])


def records(expectation: Expectation, message: Message) -> Records | Finding:
    """Take the records out of *message*; check each, and the lists inside them."""
    items = expectation.items or Items()
    if items.columns is not None:
        return _from_columns(expectation, items, items.columns, message)
    if message.events is not None:
        return _streamed(expectation, items, message, message.events)
    found = ABSENT if message.body is ABSENT else at(message.body.value, items.at)
    if _licensed(items, found):
        return Records([], ())
    if not isinstance(found.value, list):
        state = found.state.value if found.state in (State.ABSENT, State.NULL) else "not a list"
        return Finding(
            code="items_missing", message=f"the list of items is {state}", where=f"body:{items.at}", have=state
        )
    return _checked(expectation, items, found.value, message)


def _streamed(expectation: Expectation, items: Items, message: Message, events: tuple[Event, ...]) -> Records | Finding:
    """Gather the items of a stream: the events themselves but for the one that ends it, or the list in each of them."""
    values: list[Json] = []
    for number, event in enumerate(events, 1):
        found = at(event.value.value, items.at) if event.value is not ABSENT else ABSENT
        last = number == len(events)
        if items.at == "":
            values += [] if last else [found.value]
        elif isinstance(found.value, list):
            values += found.value
        elif not _licensed(items, found) and not (last and found.state is State.ABSENT):
            state = found.state.value if found.state in (State.ABSENT, State.NULL) else "not a list"
            said = f"the list of items is {state}"
            return Finding(code="items_missing", message=said, where=f"event {number}:{items.at}", have=state)
    return _checked(expectation, items, values, message)


def _licensed(items: Items, found: Found) -> bool:
    """Whether the contract allows that there is no list."""
    absent = found.state is State.ABSENT and items.absent == "empty"
    return absent or (found.state is State.NULL and items.null == "empty")


def _checked(expectation: Expectation, items: Items, values: list[Json], message: Message) -> Records | Finding:
    identified = _identified(items, values)
    if isinstance(identified, Finding):
        return identified
    finding = _invalid(items, values) or _nested(expectation.nested, items, message)
    return finding or Records(values, identified)


def _from_columns(
    expectation: Expectation, items: Items, columns: Mapping[str, Column], message: Message
) -> Records | Finding:
    zipped = side_by_side(columns, message)
    if isinstance(zipped, Finding):
        return zipped
    checked = _checked(expectation, items, zipped.items, message)
    return checked if isinstance(checked, Finding) else replace(checked, columns=zipped.places)


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
    return list(map(canonical, found))


def canonical(value: Json) -> str | None:
    """Write an identifier as evidence does; None where *value* can identify nothing.

    >>> canonical("a"), canonical(7), canonical(""), canonical({})
    ('"a"', '7', None, None)
    >>> canonical({"b": 1, "a": 2})
    '{"a": 2, "b": 1}'
    """
    match value:
        case str():
            return f'"{value}"' if value else None
        case None | []:
            return None
        case dict() if not value:  # the pattern `{}` would match every object
            return None
        case bool() | list() | dict():
            return json.dumps(value, sort_keys=True)
        case _:
            return str(value)


def _identity(value: Json, pointers: tuple[str, ...]) -> str | None:
    parts = [canonical(at(value, pointer).value) for pointer in pointers]
    return None if None in parts else " ".join(part for part in parts if part is not None)


def _invalid(items: Items, values: list[Json]) -> Finding | None:
    if items.schema is None:
        return None
    return violation(items.schema, values, code="item_invalid", base=f"body:{items.at}", each=True)


def _of_items(items: Items, message: Message) -> Message:
    """Silence the events of a stream that hold no items, such as the one that ends it."""
    if message.events is None:
        return message
    *before, last = message.events
    if items.at == "":
        return replace(message, events=(*before, replace(last, value=ABSENT)))
    holding = (isinstance(at(event.value.value, items.at).value, list) for event in message.events)
    kept = (
        event if holds else replace(event, value=ABSENT) for event, holds in zip(message.events, holding, strict=True)
    )
    return replace(message, events=tuple(kept))


def _nested(rules: tuple[Nested, ...], items: Items, message: Message) -> Finding | None:
    looked_into = _of_items(items, message) if rules else message
    for rule in rules:
        for where, found in _places(looked_into, rule.at):
            if found.state is State.ABSENT and rule.absent == "ok":
                continue
            if found.state is State.ABSENT or not matches(found.value, rule.must):
                return Finding(
                    code=rule.code, message="a list inside an item is cut", where=where, have=found.state.value
                )
    return None


def _places(message: Message, place: Location) -> list[tuple[str, Any]]:
    if place.source == "body" and message.body is ABSENT:
        return [(str(place), ABSENT)]
    return list(spread(message, place))
