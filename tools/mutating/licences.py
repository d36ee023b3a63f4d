"""Licences: what a contract itself lets a field be, so that no line may be proposed that forbids it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ...schemas.blindness import MutationName
from ...schemas.contract import Contract
from ...schemas.location import Location
from ...schemas.walk import Continue, Cursor, Link, NextUrl, Scroll
from ...validators.ending import more_table, next_table

__all__ = ["lacks_its_list", "licensed"]

_STATES: Final[Mapping[MutationName, str]] = {
    "field_dropped": "absent",
    "field_nulled": "null",
    "field_emptied": "empty",
}


def licensed(contract: Contract, mutation: MutationName, pointer: str) -> bool:
    """Say whether *contract* lets what *pointer* points to in a body be as *mutation* makes it."""
    state = _STATES.get(mutation)
    return state is not None and (
        (pointer, state) in set(_licences(contract)) or _is_around_the_list(contract, pointer)
    )


def lacks_its_list(contract: Contract) -> bool:
    """Say whether an answer may lack its list of items, and then perhaps all that stands beside it in the others."""
    items = contract.response.items
    return items is not None and items.columns is None and items.absent == "empty"


def _is_around_the_list(contract: Contract, pointer: str) -> bool:
    items = contract.response.items
    return items is not None and lacks_its_list(contract) and items.at.startswith(f"{pointer}/")


def _licences(contract: Contract) -> Iterator[tuple[str, str]]:
    """Every place of a body with a state in which it may be."""
    items = contract.response.items
    if items is not None and items.columns is None:
        yield from ((items.at, state) for state in ("absent", "null") if getattr(items, state) == "empty")
    if items is not None and items.columns is not None:
        columns = items.columns.values()
        yield from ((one.at, state) for one in columns for state in ("absent", "null") if getattr(one, state) == "omit")
    yield from ((one.at.path, "absent") for one in contract.response.nested if one.absent == "ok")
    yield from ((place.path, state) for place, table in _tables(contract) if place.source == "body" for state in table)


def _tables(contract: Contract) -> Iterator[tuple[Location, Mapping[str, str]]]:
    walk = contract.walk
    if walk.more is not None:
        yield walk.more, more_table(walk)
    if isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll):
        yield walk.next, next_table(walk)
