"""The shape of answers: which fields were there, of which types, in how many of how many; never a value.

Names of fields are kept as far as they look like names: an object that is keyed by data (addresses, identifiers) is not
looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ...schemas.proof import JsonType, Seen, Shape
from ...schemas.wire import Json
from ...validators.reading import ABSENT
from .trial import Sheet

__all__ = ["merged", "shape"]

_NAME = re.compile(r"[A-Za-z_@$][A-Za-z_.:$-]*[0-9]{0,3}")
_MOST_NAMES = 64
_DEEPEST = 6


def shape(sheets: Iterable[Sheet], items_at: str | None) -> Shape:
    """Take the shape of accepted answers, each different one once; the list *items_at* a pointer is not looked into."""
    different = {sheet.message.response.content: sheet for sheet in sheets if sheet.message.body is not ABSENT}
    bodies = [sheet.message.body.value for sheet in different.values()]
    items = [item for sheet in different.values() for item in sheet.items or ()]
    return Shape(envelope=_seen(bodies, leaving=items_at), items=_seen(items, leaving=None))


def _seen(values: list[Json], *, leaving: str | None) -> dict[str, Seen]:
    types: dict[str, list[JsonType]] = {}
    for value in values:
        for pointer, kind in _fields(value, "", leaving):
            types.setdefault(pointer, []).append(kind)
    return {
        pointer: Seen(types=tuple(sorted(set(kinds))), seen=len(kinds), of=len(values))
        for pointer, kinds in types.items()
        if pointer
    }


def _fields(value: Json, pointer: str, leaving: str | None) -> Iterator[tuple[str, JsonType]]:
    yield pointer, _type(value)
    if not isinstance(value, dict) or pointer == leaving or pointer.count("/") >= _DEEPEST:
        return
    if len(value) <= _MOST_NAMES and all(_NAME.fullmatch(name) and len(name) <= _MOST_NAMES for name in value):
        for name, member in value.items():
            yield from _fields(member, f"{pointer}/{name}", leaving)


def _type(value: Json) -> JsonType:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def merged(one: Shape, other: Shape) -> Shape:
    """Add up what two experiments saw; a field that one of them did not see was there in none of its answers.

    >>> seen = Seen(types=("string",), seen=3, of=3)
    >>> both = merged(Shape(envelope={"/a": seen, "/b": seen}), Shape(envelope={"/a": seen}))
    >>> both.envelope["/a"].seen, both.envelope["/b"].seen, both.envelope["/b"].of
    (6, 3, 6)
    """
    return Shape(envelope=_added(one.envelope, other.envelope), items=_added(one.items, other.items))


def _added(one: Mapping[str, Seen], other: Mapping[str, Seen]) -> dict[str, Seen]:
    of = sum(max((seen.of for seen in part.values()), default=0) for part in (one, other))
    found: dict[str, Seen] = {}
    for pointer in dict.fromkeys((*one, *other)):
        parts = [part[pointer] for part in (one, other) if pointer in part]
        types: list[JsonType] = sorted({kind for seen in parts for kind in seen.types})
        found[pointer] = Seen(types=tuple(types), seen=sum(seen.seen for seen in parts), of=of)
    return found
