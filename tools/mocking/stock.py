"""What the mocked service holds of one kind: as many items as are wanted, each with an identifier of its own.

The same seed gives the same items, whichever tool asks for them and on whichever page they come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ...schemas.completeness import Gate
from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.location import steps_of
from ...schemas.walk import Keyset
from ...schemas.wire import Json, State
from ...validators.reading import at
from ...validators.relevance import DISTANCES, passing, threshold
from ..shapes import is_list, members
from .dice import roll
from .sheet import laid
from .values import Schema, Unmakeable, fitting, inside

__all__ = ["Stock", "far_away", "item_schema", "key_of", "may_run_out", "stock"]

_NEAR: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Stock:
    """All *items* of one kind, in the order in which the service has them."""

    items: tuple[Json, ...]
    key: str | None = None

    @cached_property
    def keys(self) -> Mapping[str, int]:
        """From each item's key, as it is sent, to its index."""
        if self.key is None:
            return {}
        return {str(at(item, self.key).value): index for index, item in enumerate(self.items)}


def item_schema(contract: Contract) -> Schema:
    """What the contract says of one item, in the list and in the whole answer."""
    items = contract.response.items or Items()
    root = members(contract.response.schema)
    if items.columns is not None:
        named = {name: inside(root, f"{column.at}/0") for name, column in items.columns.items()}
        found: Schema = {"type": "object", "properties": named, "required": list(named)}
    else:
        found = inside(root, f"{items.at}/0")
    shared = {name: root[name] for name in ("$defs", "definitions", "components") if name in root}
    own = members(items.schema)
    both = {**found, **{name: value for name, value in own.items() if name not in ("properties", "required")}}
    properties = {**members(found.get("properties")), **members(own.get("properties"))}
    required = list(dict.fromkeys([*found.get("required", ()), *own.get("required", ())]))
    if properties:
        both["properties"] = properties
    if required:
        both["required"] = required
    return {**shared, **both}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What the items of one kind have in common; *place* is what chance is drawn for."""

    contract: Contract
    items: Items
    schema: Schema
    count: int
    place: tuple[object, ...]


def stock(contract: Contract, count: int, seed: int) -> Stock:
    """Make *count* items as *contract* describes them.  Raises `Unmakeable`."""
    items = contract.response.items or Items()
    place = (seed, contract.provider.name, contract.request.url, items.at)
    kind = _Kind(contract=contract, items=items, schema=item_schema(contract), count=count, place=place)
    made = tuple(_item(kind, index) for index in range(count))
    if items.id is not None and len({str([at(item, one).value for one in items.id]) for item in made}) < count:
        raise Unmakeable(f"there are not {count} different identifiers that fit the declared schema")
    return Stock(items=made, key=key_of(contract))


def key_of(contract: Contract) -> str | None:
    """Where the sort key of an item is, by which *contract* is continued; None where it is continued by something else."""
    return contract.walk.key if isinstance(contract.walk, Keyset) else None


def may_run_out(contract: Contract) -> bool:
    """Whether there may be fewer different identifiers that fit than items are wanted."""
    items = contract.response.items
    if items is None or not items.id:
        return False
    described = inside(item_schema(contract), items.id[-1])
    return (
        not described.keys().isdisjoint(("enum", "const", "pattern", "format", "maxLength", "maximum"))
        or described.get("type") == "boolean"
    )


def _item(kind: _Kind, index: int) -> Json:
    item = fitting(_described(kind), *kind.place, index, name="item")
    for pointer, value in _laid_over(kind, item, index):
        item = laid(item, steps_of(pointer), value)
    return _led(item, kind.items)


def _led(item: Json, items: Items) -> Json:
    """Let an item begin with what identifies it, as people expect."""
    first = [steps_of(pointer)[0] for pointer in items.id or () if pointer]
    if not isinstance(item, dict):
        return item
    return {**{name: item[name] for name in first if name in item}, **item}


def _described(kind: _Kind) -> Schema:
    """The schema of an item; one of which nothing is said is an object, and has a name at least."""
    if isinstance(kind.schema.get("type"), str) and kind.schema["type"] != "object":
        return kind.schema
    if kind.items.columns is None and not members(kind.schema.get("properties")):
        return {**kind.schema, "type": "object", "properties": {"name": {"type": "string"}}}
    return {**kind.schema, "type": "object"}


def _laid_over(kind: _Kind, item: Json, index: int) -> Iterator[tuple[str, Json]]:
    walk, gate, pointers = kind.contract.walk, kind.contract.complete.gate, kind.items.id or ()
    inside_item = f"{kind.items.at}/*"
    for nested in kind.contract.response.nested:
        if nested.at.source == "body" and nested.at.path.startswith(inside_item):
            yield nested.at.path.removeprefix(inside_item), nested.must
    for number, pointer in enumerate(pointers):
        if number == len(pointers) - 1:
            yield pointer, _unique(_described_at(kind, item, pointer), index, (*kind.place, pointer))
        elif at(item, pointer).state in (State.ABSENT, State.NULL, State.EMPTY):
            yield pointer, "amber"
    if isinstance(walk, Keyset) and walk.key not in pointers:
        yield walk.key, _key(inside(kind.schema, walk.key), index, (*kind.place, walk.key))
    if gate is not None:
        yield gate.at.removeprefix(inside_item), _score(gate, index, kind.count)


def _described_at(kind: _Kind, item: Json, pointer: str) -> Schema:
    """What the schema says of a place in an item; where it says nothing plainly, what was made of it says it."""
    described = inside(kind.schema, pointer)
    return {"type": "string"} if not described and isinstance(at(item, pointer).value, str) else described


def _unique(schema: Schema, index: int, place: tuple[object, ...]) -> Json:
    """An identifier that no other index has, of the type that *schema* wants."""
    kind = schema.get("type")
    kinds: list[Any] = kind if is_list(kind) else [kind]
    if "enum" in schema or "const" in schema:
        options: list[Json] = list(schema.get("enum", [schema.get("const")]))
        return options[index % len(options)]
    if "integer" in kinds or "number" in kinds or kind is None:
        low = schema.get("minimum", 0)
        return int(low) + 1001 + 7 * index
    if kind == "object":
        return {"number": index}
    return _text(schema, index, place)


def _text(schema: Schema, index: int, place: tuple[object, ...]) -> Json:
    described = {**schema, "type": "string"}
    plain = "pattern" not in schema and "format" not in schema
    if plain and int(schema.get("maxLength", 99)) >= 10 and int(schema.get("minLength", 0)) <= 10:
        return f"{roll(*place, 'prefix') % 0xFFFF:04x}{index:06d}"
    return fitting(described, *place, index)


def _key(schema: Schema, index: int, place: tuple[object, ...]) -> Json:
    """The sort key of an item: a list where a sort has several parts."""
    if schema.get("type") == "array":
        return [index]
    return _unique(schema, index, place)


def _score(gate: Gate, index: int, count: int) -> Json:
    """A score that passes: the first item is the nearest, the last one just near enough."""
    bound, share = threshold(gate), index / max(count, 1)
    spread = _NEAR * max(abs(bound), 0.5) * (1 - share)
    score = bound - spread if gate.metric in DISTANCES else bound + spread
    score = round(max(0.0, score) if bound >= 0 else score, 4)
    return score if passing(gate, score) else bound


def far_away(contract: Contract, item: Json) -> Json:
    """The same *item* with a score that does not pass."""
    gate, items = contract.complete.gate, contract.response.items or Items()
    if gate is None:
        return item
    away = threshold(gate) + (1.0 if gate.metric in DISTANCES else -1.0)
    return laid(item, steps_of(gate.at.removeprefix(f"{items.at}/*")), away)
