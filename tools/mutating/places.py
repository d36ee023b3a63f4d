"""The places of an answer that a contract requires or uses, as the contract itself names them.

A place with `*` stands for every element.  What the contract does not name is none of its promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.location import Location, escaped
from ...schemas.walk import Continue, Cursor, Keyset, Link, NextUrl, Scroll
from .sound import Turn

__all__ = ["inside", "places", "required"]


def places(contract: Contract, turn: Turn) -> list[Location]:
    """Name the places of *turn*'s answer that *contract* requires or uses, each once."""
    match turn.purpose:
        case "census_before" | "census_after":
            named = iter(() if contract.complete.census is None else (contract.complete.census.at,))
        case "open":
            named = iter(() if contract.walk.pin is None else (contract.walk.pin.at,))
        case "settle" | "close":
            named = iter(())
        case "past_end" | "liveness":
            named = _listed(contract.response.items)
        case _:
            named = _of_an_answer(contract)
    return list(dict.fromkeys(named))


def _of_an_answer(contract: Contract) -> Iterator[Location]:
    yield from (Location("body", pointer) for pointer in required(contract.response.schema))
    if contract.response.items is not None:
        yield from _listed(contract.response.items)
        yield from _of_items(contract, contract.response.items)
    elif contract.claim.kind == "one" and contract.response.data:
        yield Location("body", contract.response.data)
    yield from _of_the_walk(contract)
    yield from _of_the_proof(contract)
    yield from (veto.at for veto in contract.response.veto)
    yield from (nested.at for nested in contract.response.nested)


def _listed(items: Items | None) -> Iterator[Location]:
    match items:
        case None:
            return
        case Items(columns=None):
            yield Location("body", items.at)
        case Items(columns=columns):
            yield from (Location("body", column.at) for column in (columns or {}).values())


def inside(items: Items, pointer: str) -> Location | None:
    """Name what *pointer* points to in every item; None where no column holds it."""
    if items.columns is None:
        return Location("body", f"{items.at}/*{pointer}")
    name, slash, rest = pointer[1:].partition("/")
    column = items.columns.get(name)
    return None if column is None else Location("body", f"{column.at}/*{slash}{rest}")


def _of_items(contract: Contract, items: Items) -> Iterator[Location]:
    gate = contract.complete.gate
    key = (contract.walk.key,) if isinstance(contract.walk, Keyset) else ()
    pointers = (*(items.id or ()), *required(items.schema), *key, *(() if gate is None else (gate.at,)))
    yield from (place for pointer in pointers if (place := inside(items, pointer)) is not None)


def _of_the_walk(contract: Contract) -> Iterator[Location]:
    walk = contract.walk
    if walk.more is not None:
        yield walk.more
    if isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll):
        yield walk.next
    yield from walk.stable


def _of_the_proof(contract: Contract) -> Iterator[Location]:
    complete = contract.complete
    if complete.total is not None:
        yield complete.total.at
        if complete.total.relation is not None:
            yield complete.total.relation.at
    if complete.rel_last:
        yield Location("link", "last", "page")
    if complete.fresh is not None and complete.fresh.at is not None:
        yield complete.fresh.at
    if complete.lsn is not None:
        yield complete.lsn.at
    if complete.outcome is not None:
        yield from (part.at for part in (*complete.outcome.at, *complete.outcome.detail))
    if contract.response.generation is not None:
        yield from (part.at for part in contract.response.generation.text)


def required(schema: Mapping[str, Any] | None, base: str = "") -> Iterator[str]:
    """Point to everything that *schema* requires, at any depth; `*` stands for every element of a list.

    >>> list(required({"required": ["a"], "properties": {"a": {"type": "array", "items": {"required": ["id"]}}}}))
    ['/a', '/a/*/id']
    """
    if schema is None:
        return
    for name in _names(schema.get("required")):
        yield f"{base}/{escaped(name)}"
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        for name, inner in cast("Mapping[str, Any]", properties).items():
            yield from required(_schema(inner), f"{base}/{escaped(name)}")
    yield from required(_schema(schema.get("items")), f"{base}/*")
    for part in cast("list[Any]", schema.get("allOf", [])):
        yield from required(_schema(part), base)


def _schema(value: object) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None


def _names(value: object) -> list[str]:
    return [name for name in cast("list[object]", value) if isinstance(name, str)] if isinstance(value, list) else []
