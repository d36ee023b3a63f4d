"""The shape of answers: which fields were there, of which types, in how many of how many; never a value.

The names of an object's members are told only where they are fixed: in the outermost object and in an item, where a schema
declares some of them, where the contract reads one, and where pages commonly speak of themselves.  Any other object may be
keyed by data (`{"ada": 6}`), and data has no place in a lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.location import Location, choice, escaped, unescaped
from ...schemas.proof import JsonType, Seen, Shape
from ...schemas.wire import Json
from ...validators.places_read import places_read
from ...validators.reading import ABSENT, at
from ..field_names import is_field_name
from ..json_types import json_type
from .declaring import declared
from .trial import Sheet

__all__ = ["merged", "named", "nearest", "shape"]

_MOST_NAMES: Final = 256
_DEEPEST: Final = 6
_DIGITS: Final = 16
"""Of a digest that only tells answers apart."""
_REMEMBERED: Final = 500
"""Answers of earlier experiments that are known again."""
_PAGING: Final = frozenset(
    {
        *("has_more", "hasMore", "has_next", "hasNext", "has_next_page", "hasNextPage", "more_available"),
        *("next_cursor", "nextCursor", "end_cursor", "endCursor", "next_page", "nextPage", "next_token", "nextToken"),
        *(
            "next_page_token",
            "nextPageToken",
            "per_page",
            "perPage",
            "page_size",
            "pageSize",
            "page_count",
            "pageCount",
        ),
        *("total_count", "totalCount", "total_pages", "totalPages", "total_items", "totalItems", "offset"),
    }
)
"""An object with one of these members speaks of pages, and is no map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """Which names are told: those that are *known*, and in *fixed* objects (of all, where *strangers*) those that look like names.

    What is at *leaving* is not looked into.
    """

    known: frozenset[str]
    fixed: frozenset[str]
    leaving: frozenset[str]
    strangers: bool

    def told(self, value: Mapping[str, Json], pointer: str) -> Iterator[tuple[str, Json]]:
        """The members of the object *value* at *pointer* whose names may be told, by pointer."""
        fixed = self.strangers or pointer in self.fixed or not _PAGING.isdisjoint(value)
        fixed = fixed and len(value) <= _MOST_NAMES and pointer.count("/") < _DEEPEST
        for name, member in value.items():
            place = f"{pointer}/{escaped(name)}"
            if place in self.known or (fixed and is_field_name(name)):
                yield place, member

    def chosen(self, values: list[Json], pointer: str) -> Iterator[tuple[str, Json]]:
        """The elements of the list *values* at *pointer* that a known place chooses (`[rel=next]`), by pointer."""
        for place in sorted(self.known) if pointer in self.fixed else ():
            above, _, segment = place.rpartition("/")
            if above == pointer and choice(unescaped(segment)) is not None:
                found = at(values, f"/{segment}")
                if found is not ABSENT:
                    yield place, found.value


def shape(
    sheets: Iterable[Sheet], contract: Contract, *, counted: Container[str] = (), strangers: bool = False
) -> Shape:
    """Take the shape of accepted answers to *contract*, each different one once, and none that was *counted* before.

    *strangers*: look also into objects of which nothing says that their names are fixed; for what is compared and not kept.
    """
    told = {_digest(sheet): sheet for sheet in sheets if sheet.message.body is not ABSENT}
    different = {digest: sheet for digest, sheet in told.items() if digest not in counted}
    bodies = [sheet.message.body.value for sheet in different.values()]
    items = [item for sheet in different.values() for item in sheet.items or ()]
    read = places_read(contract)
    envelope = _seen(bodies, _of_envelope(contract, read, strangers=strangers))
    return Shape(
        envelope=envelope,
        items=_seen(items, _of_items(contract.response.items, contract, strangers=strangers)),
        channels=tuple(pointer for pointer in envelope if pointer in read),
        answers=tuple(different),
    )


def _digest(sheet: Sheet) -> str:
    return hashlib.sha256(sheet.message.response.content).hexdigest()[:_DIGITS]


def named(place: Location, sheets: Iterable[Sheet], contract: Contract) -> str:
    """Name *place* in answers to *contract*, or else the nearest around it whose name may be told."""
    told = shape(sheets, contract).envelope
    if place.source != "body" or place.path in told:
        return str(place)
    return f"something in {replace(place, path=nearest(place.path, told))}"


def nearest(pointer: str, told: Container[str]) -> str:
    """Return the innermost of what is at and around *pointer* that stands in *told*, and else the outermost.

    >>> nearest("/by/ada", {"/by"}), nearest("/ada/count", {"/by"})
    ('/by', '')
    """
    while pointer and pointer not in told:
        pointer = pointer.rpartition("/")[0]
    return pointer


def _of_envelope(contract: Contract, read: frozenset[str], *, strangers: bool) -> _Names:
    known = read | frozenset(declared(contract.response.schema))
    return _Names(
        known=known, fixed=_around(known), leaving=frozenset(_lists(contract.response.items)), strangers=strangers
    )


def _of_items(items: Items | None, contract: Contract, *, strangers: bool) -> _Names:
    if items is None:
        return _Names(known=frozenset(), fixed=frozenset({""}), leaving=frozenset(), strangers=strangers)
    inside = f"{items.at}/*"
    of_all = {place.removeprefix(inside) for place in declared(contract.response.schema) if place.startswith(inside)}
    known = frozenset({*of_all, *declared(items.schema), *(items.id or ())})
    return _Names(known=known, fixed=_around(known), leaving=frozenset(), strangers=strangers)


def _lists(items: Items | None) -> tuple[str, ...]:
    if items is None:
        return ()
    return (items.at,) if items.columns is None else tuple(column.at for column in items.columns.values())


def _around(known: frozenset[str]) -> frozenset[str]:
    """The outermost object, and those that hold something that is *known*."""
    return frozenset({"", *(pointer.rpartition("/")[0] for pointer in known)})


def _seen(values: list[Json], names: _Names) -> dict[str, Seen]:
    types: dict[str, list[JsonType]] = {}
    for value in values:
        for pointer, kind in _fields(value, "", names):
            types.setdefault(pointer, []).append(kind)
    return {
        pointer: Seen(types=tuple(sorted(set(kinds))), seen=len(kinds), of=len(values))
        for pointer, kinds in types.items()
        if pointer
    }


def _fields(value: Json, pointer: str, names: _Names) -> Iterator[tuple[str, JsonType]]:
    yield pointer, json_type(value)
    if pointer in names.leaving:
        return
    parts = names.told(value, pointer) if isinstance(value, dict) else ()
    parts = names.chosen(value, pointer) if isinstance(value, list) else parts
    for place, part in parts:
        yield from _fields(part, place, names)


def merged(one: Shape, other: Shape) -> Shape:
    """Add up what two experiments saw; a field that one of them did not see was there in none of its answers.

    >>> seen = Seen(types=("string",), seen=3, of=3)
    >>> both = merged(Shape(envelope={"/a": seen, "/b": seen}), Shape(envelope={"/a": seen}))
    >>> both.envelope["/a"].seen, both.envelope["/b"].seen, both.envelope["/b"].of
    (6, 3, 6)
    """
    return Shape(
        envelope=_added(
            one.envelope, other.envelope, _of(one.envelope, len(one.answers)) + _of(other.envelope, len(other.answers))
        ),
        items=_added(one.items, other.items, _of(one.items) + _of(other.items)),
        channels=tuple(dict.fromkeys((*one.channels, *other.channels))),
        answers=tuple(dict.fromkeys((*one.answers, *other.answers)))[-_REMEMBERED:],
    )


def _of(fields: Mapping[str, Seen], without: int = 0) -> int:
    """In how many these *fields* were looked for; where none was found, in those *without*."""
    return max((seen.of for seen in fields.values()), default=without)


def _added(one: Mapping[str, Seen], other: Mapping[str, Seen], of: int) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    for pointer in dict.fromkeys((*one, *other)):
        parts = [part[pointer] for part in (one, other) if pointer in part]
        types: list[JsonType] = sorted({kind for seen in parts for kind in seen.types})
        found[pointer] = Seen(types=tuple(types), seen=sum(seen.seen for seen in parts), of=of)
    return found
