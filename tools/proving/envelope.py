"""What stands beside the items on the pages: numbers and flags that the contract may not use, by their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ...schemas.location import Location
from ...schemas.wire import Json
from ...validators.reading import ABSENT, integer, of_fields, read
from ..walk_names import TOTAL_HEADERS, TOTALS, folded
from .shaping import named
from .trial import Sheet, Trial

__all__ = ["beside", "flags", "members", "numbers", "sign_of_more", "totals"]

_COUNTING: Final = re.compile(r"count|total", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Za-z_@$][A-Za-z0-9_.:$-]{0,63}")
_DEEPEST: Final = 4


def numbers(sheets: Iterable[Sheet], items_at: str) -> tuple[Location, ...]:
    """Name every place beside the items where a whole number stands on each of *sheets* that holds items."""
    held = [sheet for sheet in sheets if sheet.count]
    found = _on_each(held, items_at, lambda value: isinstance(value, int) and not isinstance(value, bool))
    return (*found, *_fields(held))


def flags(sheets: Iterable[Sheet], items_at: str) -> tuple[Location, ...]:
    """Name every place beside the items where true or false stands on each of *sheets* that holds items."""
    return _on_each([sheet for sheet in sheets if sheet.count], items_at, lambda value: isinstance(value, bool))


def sign_of_more(trial: Trial, items_at: str, *, but: Location | None = None) -> str | None:
    """Say which number beside the items, by its name a total, is more than came in all of *trial*; None where none is.

    What stands at *but* is known to be none.
    """
    there = len(trial.marks)
    for place in totals(trial.sheets, items_at):
        if place == but:
            continue
        found = [integer(read(sheet.message, place)) for sheet in trial.sheets if sheet.count]
        if len(set(found)) == 1 and (found[0] or 0) > there:
            return f"{named(place, trial.sheets, trial.variant.contract)} says {found[0]}"
    return None


def totals(sheets: Iterable[Sheet], items_at: str) -> tuple[Location, ...]:
    """Name those of the numbers beside the items that are totals by their names."""
    return tuple(filter(_is_total, numbers(sheets, items_at)))


def _is_total(place: Location) -> bool:
    name = folded((place.inside or place.path).rpartition("/")[2])
    return (
        TOTAL_HEADERS.fullmatch(name) is not None if place.source == "header" and not place.inside else name in _TOTALS
    )


_TOTALS: Final = (TOTALS | {"count"}) - {"totalsize", "recordstotal"}
"""Without what may be a number of bytes, or that of all items whatever was asked for."""


def members(items: Iterable[Json]) -> tuple[str, ...]:
    """Name the members that all of *items* have as a text or a whole number, by JSON Pointer, in the order of the first.

    >>> members([{"id": 1, "name": "a"}, {"id": 2, "name": None}])
    ('/id',)
    """
    rows = list(items)
    first = rows[0] if rows else None
    if not isinstance(first, dict):
        return ()
    return tuple(f"/{name}" for name in first if _NAME.fullmatch(name) and all(_identifies(row, name) for row in rows))


def _identifies(row: Json, name: str) -> bool:
    value = row.get(name) if isinstance(row, dict) else None
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _on_each(sheets: list[Sheet], items_at: str, fits: Callable[[Json], bool]) -> tuple[Location, ...]:
    bodies = [sheet.message.body.value for sheet in sheets if sheet.message.body is not ABSENT]
    places = [{place for place, value in beside(body, items_at) if fits(value)} for body in bodies]
    common = set[str].intersection(*places) if places else set[str]()
    return tuple(Location("body", place) for place in sorted(common))


def beside(value: Json, items_at: str, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """Name every place in *value*, which stands at *pointer*, where something stands that is no object, outside of the items."""
    if pointer and pointer == items_at:
        return
    if not isinstance(value, dict):
        yield pointer, value
    elif pointer.count("/") < _DEEPEST:
        for name, member in value.items():
            if _NAME.fullmatch(name):
                yield from beside(member, items_at, f"{pointer}/{name}")


def _fields(sheets: list[Sheet]) -> tuple[Location, ...]:
    """Header fields that are named like a count."""
    named = [
        {
            place
            for place, _ in of_fields(sheet.message.response.headers)
            if _COUNTING.search(place.inside or place.path)
        }
        for sheet in sheets
    ]
    common = set[Location].intersection(*named) if named else set[Location]()
    return tuple(sorted(common, key=str))
