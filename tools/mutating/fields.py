"""Fields that the contract requires or uses: dropped, nulled, emptied, or of another type."""

from __future__ import annotations

from collections.abc import Iterator

from ...schemas.blindness import MutationName
from ...schemas.condition import UNSET, Unset
from ...schemas.location import Location
from ...schemas.wire import Json, State
from ...validators.reading import ABSENT, every
from .editing import changed
from .mutant import Mutant
from .places import places
from .sampling import spread_over
from .sound import Sound, Turn

__all__ = ["fields", "wrong"]


def fields(sound: Sound) -> Iterator[Mutant]:
    """Drop, null, empty and retype every field that the contract requires or uses, wherever it stands."""
    for index, turn in sound.tried:
        for place in places(sound.contract, turn):
            for where in _concrete(turn, place):
                yield from _one(index, turn, place, where)


def _concrete(turn: Turn, place: Location) -> list[Location]:
    """The places that *place* stands for in this answer: of many elements the first, one in the middle, and the last."""
    if place.source != "body":
        return [place] if turn.reads(place).state is not State.ABSENT else []
    if turn.body is ABSENT:
        return []
    there = [where for where, found in every(turn.body.value, place.path) if found.state is not State.ABSENT]
    return [Location("body", where, place.parameter) for where in spread_over(there, 3)]


def _one(index: int, turn: Turn, place: Location, where: Location) -> Iterator[Mutant]:
    found = turn.reads(where)
    for mutation, new in wrong(found.value):
        response = changed(turn, where, new)
        if response is not None and response != turn.response:
            yield Mutant(
                mutation=mutation, place=str(place), turn=turn.name, outcomes={index: response}, detail=str(where)
            )


def wrong(value: Json) -> Iterator[tuple[MutationName, Json | Unset]]:
    """Yield what a field may hold instead of *value*, and what is wrong with that."""
    yield "field_dropped", UNSET
    yield "field_nulled", None
    match value:
        case bool():
            yield "field_retyped", "yes"
        case str() if value:
            yield "field_emptied", ""
            yield "field_retyped", 7
        case int() | float():
            yield "field_retyped", "?"
        case list() if value:
            yield "field_emptied", []
            yield "field_retyped", "?"
        case dict() if value:
            yield "field_emptied", {}
            yield "field_retyped", list(value.values())
        case _:
            yield "field_retyped", 7
