"""The places in a body from which a contract reads that an answer is whole: continuation, flag, total, vetoes, the items.

Without them nothing could be proven, whatever a schema says of them.  No I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import cast

from ..schemas.contract import Contract
from ..schemas.expectation import Items, Veto
from ..schemas.location import Location

__all__ = ["locations_in", "places_read"]


def places_read(contract: Contract) -> frozenset[str]:
    """Name the places of *contract* in the body of a page, by JSON Pointer, with the objects that they are in.

    What another request is asked for (a census, a snapshot) is no place of a page, and neither is what is inside items.  A
    list of items that may be absent by licence is none, nor what is compared with an argument, which may not be given.
    """
    response = contract.response
    vetoes = tuple(veto.at for veto in response.veto if not _depends(veto))
    parts = (replace(contract.walk, pin=None), replace(contract.complete, census=None), response.nested, vetoes)
    named = {place.path for part in parts for place in locations_in(part) if place.source == "body"}
    named |= {response.data, *_lists(response.items)}
    return frozenset(way for place in named if "*" not in place.split("/") for way in _way(place))


def _depends(veto: Veto) -> bool:
    return any(isinstance(value, str) and "{" in value for value in (veto.is_, veto.not_))


def _lists(items: Items | None) -> Iterator[str]:
    if items is None or items.absent == "empty":
        return
    if items.columns is None:
        yield items.at
        return
    yield from (column.at for column in items.columns.values() if column.absent == "violation")


def _way(pointer: str) -> Iterator[str]:
    """The objects around *pointer*, and itself."""
    steps = pointer.split("/")
    yield from ("/".join(steps[:depth]) for depth in range(2, len(steps) + 1))


def locations_in(value: object) -> Iterator[Location]:
    """Name every place in *value*, a part of a contract, however deep."""
    if isinstance(value, Location):
        yield value
    elif is_dataclass(value):
        for one in fields(value):
            yield from locations_in(getattr(value, one.name))
    elif isinstance(value, tuple):
        for member in cast("tuple[object, ...]", value):
            yield from locations_in(member)
