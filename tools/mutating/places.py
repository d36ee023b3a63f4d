"""The places of an answer that a contract requires or uses, as the contract itself names them.

A place with `*` stands for every element.  What the contract does not name is none of its promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.location import Location, choice, escaped, unescaped
from ...schemas.walk import Continue, Cursor, Keyset, Link, NextUrl, Scroll
from ...schemas.wire import Json
from ...validators.reading import at
from .sound import Turn

__all__ = ["inside", "places", "required"]

_MOST: Final = 12


def places(contract: Contract, turn: Turn) -> list[Location]:
    """Name the places of *turn*'s answer that *contract* requires or uses, each once; with what is chosen on the way to them."""
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
            named = _of_an_answer(contract, turn)
    return list(dict.fromkeys(one for place in named for one in (*_chosen(place), place)))


def _chosen(place: Location) -> Iterator[Location]:
    """The elements that are chosen on the way to *place*, and the lists in which they are."""
    steps = place.path.split("/") if place.source == "body" else []
    for depth, step in enumerate(steps):
        if choice(unescaped(step)) is not None:
            yield Location("body", "/".join(steps[:depth]))
            yield Location("body", "/".join(steps[: depth + 1]))


def _of_an_answer(contract: Contract, turn: Turn) -> Iterator[Location]:
    yield from (Location("body", pointer) for pointer in required(contract.response.schema, [turn.body.value]))
    if contract.response.items is not None:
        yield from _listed(contract.response.items)
        yield from _of_items(contract, contract.response.items, turn)
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


def _of_items(contract: Contract, items: Items, turn: Turn) -> Iterator[Location]:
    gate = contract.complete.gate
    key = (contract.walk.key,) if isinstance(contract.walk, Keyset) else ()
    pointers = (
        *(items.id or ()),
        *required(items.schema, _held(items, turn)),
        *key,
        *(() if gate is None else (gate.at,)),
    )
    yield from (place for pointer in pointers if (place := inside(items, pointer)) is not None)


def _held(items: Items, turn: Turn) -> list[Json]:
    """The items of *turn*'s answer; those that come in columns in pieces of one member each."""
    if items.columns is None:
        return turn.holds(items.at) or []
    return [{name: value} for name, column in items.columns.items() for value in turn.holds(column.at) or []]


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


def required(schema: Mapping[str, Any] | None, values: Sequence[Json]) -> Iterator[str]:
    """Point to everything in *values* that *schema* requires, at any depth; `*` stands for every element of a list.

    >>> schema = {"required": ["a"], "properties": {"a": {"type": "array", "items": {"required": ["id"]}}}}
    >>> list(required(schema, [{"a": [{"id": 1}]}])), list(required(schema, [{"a": []}]))
    (['/a', '/a/*/id'], ['/a'])
    """
    return iter(()) if schema is None else iter(dict.fromkeys(_required(schema, schema, "", values, _MOST)))


def _required(
    schema: Mapping[str, Any] | None, root: Mapping[str, Any], base: str, values: Sequence[Json], parts: int
) -> Iterator[str]:
    """As `required`, at *base*; *parts* is how deep a schema may still be put together of others for one value."""
    if schema is None or not values or parts == 0:
        return
    members = _members(values)
    yield from (f"{base}/{escaped(name)}" for name in _names(schema.get("required")) if name in members)
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        for name, inner in cast("Mapping[str, Any]", properties).items():
            yield from _required(_schema(inner), root, f"{base}/{escaped(name)}", members.get(name, []), _MOST)
    elements = [element for value in values if isinstance(value, list) for element in value]
    yield from _required(_schema(schema.get("items")), root, f"{base}/*", elements, _MOST)
    for part in (_referred(schema, root), *cast("list[Any]", schema.get("allOf", []))):
        yield from _required(_schema(part), root, base, values, parts - 1)


def _members(values: Sequence[Json]) -> dict[str, list[Json]]:
    """The members of all objects among *values*, by name."""
    members: dict[str, list[Json]] = {}
    for value in values:
        for name, member in value.items() if isinstance(value, dict) else ():
            members.setdefault(name, []).append(member)
    return members


def _referred(schema: Mapping[str, Any], root: Mapping[str, Any]) -> object:
    """What the `$ref` of *schema* leads to in *root*; None where there is none."""
    reference = schema.get("$ref")
    return at(dict(root), reference[1:]).value if isinstance(reference, str) and reference[:1] == "#" else None


def _schema(value: object) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None


def _names(value: object) -> list[str]:
    return [name for name in cast("list[object]", value) if isinstance(name, str)] if isinstance(value, list) else []
