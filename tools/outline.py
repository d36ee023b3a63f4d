"""The outline of a page: the names and types of its fields, as one short text that a receipt can hold; never a value.

It costs some microseconds a page, so every call can afford it: the members of the envelope and of the first item.  What is
inside them is looked at only where the contract names a place, because an object may be keyed by data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from ..schemas.location import choice, unescaped
from ..schemas.proof import JsonType, Seen, Shape
from ..schemas.wire import Json
from ..validators.reading import position
from .field_names import is_field_name

__all__ = ["outline", "shape_of"]

_LETTERS: Final[Mapping[type, str]] = {
    type(None): "n",
    bool: "b",
    int: "i",
    float: "f",
    str: "s",
    list: "a",
    dict: "o",
}
_TYPES: Final[Mapping[str, JsonType]] = {
    "n": "null",
    "b": "boolean",
    "i": "integer",
    "f": "number",
    "s": "string",
    "a": "array",
    "o": "object",
}
_MOST: Final = 40


def outline(body: Json, item: Json = None, *, places: tuple[str, ...] = ()) -> str:
    """Write the names and types of *body* and of *item*; what is inside a member only if one of *places* is in it.

    >>> outline({"items": [{"id": 1}], "meta": {"more": False}, "x": {"y": 1}}, {"id": 1}, places=("/meta/more",))
    'items=a;meta=o;meta/more=b;x=o|id=i'
    """
    envelope = ";".join(_fields(body, "", _around(places)))
    return f"{envelope}|{';'.join(_fields(item, '', _NOWHERE))}" if type(item) is dict else envelope


_NOWHERE: Final[frozenset[str]] = frozenset()
_SIGNS: Final = frozenset(";|")
"""What parts an outline."""


@lru_cache(maxsize=1024)
def _around(places: tuple[str, ...]) -> frozenset[str]:
    """The members, and the elements that are chosen (`[rel=next]`), in which *places* are, the outer ones too."""
    steps = [place.split("/")[1:-1] for place in places if _SIGNS.isdisjoint(place)]
    return frozenset("/".join(way[:depth]) for way in steps for depth in range(1, len(way) + 1))


def _chosen(values: list[Json], before: str, inside: frozenset[str]) -> list[str]:
    told: list[str] = []
    for way in sorted(way for way in inside if way.startswith(before)):
        step = unescaped(segment) if "/" not in (segment := way[len(before) :]) else ""
        index = position(values, step) if choice(step) is not None else None
        if index is not None:
            told.append(f"{way}={_LETTERS.get(type(values[index]), 'o')}")
            told += _fields(values[index], f"{way}/", inside)
    return told


def _fields(value: Json, before: str, inside: frozenset[str]) -> list[str]:
    if type(value) is list:
        return _chosen(value, before, inside)
    if type(value) is not dict or len(value) > _MOST:
        return []
    told: list[str] = []
    for name, member in value.items():
        if not is_field_name(name):
            continue
        place = before + name
        told.append(f"{place}={_LETTERS.get(type(member), 'o')}")
        if place in inside:
            told += _fields(member, f"{place}/", inside)
    return told


def shape_of(outlines: Iterable[str]) -> Shape:
    """Put the outlines of several pages together.

    >>> shape_of(["a=i;b=s|id=i", "a=n"]).envelope["/a"]
    Seen(types=('integer', 'null'), seen=2, of=2)
    """
    parts = [text.partition("|") for text in outlines]
    return Shape(envelope=_seen([head for head, _, _ in parts]), items=_seen([tail for _, mark, tail in parts if mark]))


def _seen(texts: list[str]) -> dict[str, Seen]:
    types: dict[str, list[JsonType]] = {}
    for pointer, kind in (pair for text in texts for pair in _read(text)):
        types.setdefault(pointer, []).append(kind)
    return {
        pointer: Seen(types=tuple(sorted(set(kinds))), seen=len(kinds), of=len(texts))
        for pointer, kinds in types.items()
    }


def _read(text: str) -> Iterator[tuple[str, JsonType]]:
    for field in text.split(";"):
        name, equals, letter = field.rpartition("=")
        if equals and letter in _TYPES:
            yield f"/{name}", _TYPES[letter]
