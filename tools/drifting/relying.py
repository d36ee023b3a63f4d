"""What a contract relies on in an answer: the places in its body that it names, and those that its schemas require."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...schemas.contract import Contract
from ...schemas.location import escaped
from ...schemas.walk import Keyset
from ...validators.places_read import locations_in
from ..shapes import is_list, is_object, members

__all__ = ["Reliance", "closed", "reliance"]

Reliance = tuple[frozenset[str], frozenset[str]]
"""Pointers into the envelope, and pointers into one item."""


def reliance(contract: Contract) -> Reliance:
    """Return the pointers, into the envelope and into one item, without which *contract* refuses an answer."""
    response = contract.response
    places = (contract.walk, contract.complete, response.nested, response.veto)
    envelope = {place.path for part in places for place in locations_in(part) if place.source == "body"}
    envelope |= set(_required(response.schema, "")) | {response.data}
    items: set[str] = set()
    if response.items is not None:
        envelope.add(response.items.at)
        items |= {*(response.items.id or ()), *_required(response.items.schema, "")}
        items |= {pointer.removeprefix(f"{response.items.at}/*") for pointer in envelope if "/*" in pointer}
    if isinstance(contract.walk, Keyset):
        items.add(contract.walk.key)
    if contract.complete.gate is not None:
        items.add(contract.complete.gate.at)
    proven = set(contract.proof.shape.required) if contract.proof is not None else set[str]()
    return frozenset(envelope | proven), frozenset(items)


def closed(contract: Contract) -> Reliance:
    """Return the pointers to the objects, in the envelope and in one item, in which *contract* lets no other names stand."""
    response = contract.response
    envelope = set(_closed(response.schema, ""))
    items: set[str] = set()
    if response.items is not None:
        inside = f"{response.items.at}/*"
        items |= {
            *_closed(response.items.schema, ""),
            *(one.removeprefix(inside) for one in envelope if one.startswith(inside)),
        }
    return frozenset(envelope), frozenset(items)


def _closed(schema: Mapping[str, Any] | None, pointer: str) -> Iterator[str]:
    if not is_object(schema):
        return
    if schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False:
        yield pointer
    for name, member in members(schema.get("properties")).items():
        yield from _closed(member, f"{pointer}/{escaped(name)}")
    yield from _closed(schema.get("items"), f"{pointer}/*")


def _required(schema: Mapping[str, Any] | None, pointer: str) -> Iterator[str]:
    """The pointers that a schema requires, from *pointer* on; `/*` stands for the elements of a list."""
    if not is_object(schema):
        return
    required, properties = schema.get("required"), schema.get("properties")
    for name in required if is_list(required) else ():
        below = f"{pointer}/{escaped(name)}"
        yield below
        yield from _required(properties.get(name) if is_object(properties) else None, below)
    if is_object(items := schema.get("items")):
        yield from _required(items, f"{pointer}/*")
