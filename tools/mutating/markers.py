"""Markers of more: an end that comes too early, one that never comes, and a page that looks like the last one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...schemas.blindness import MutationName
from ...schemas.condition import UNSET
from ...schemas.contract import Contract
from ...schemas.location import Location
from ...schemas.walk import Continue, Cursor, Link, NextUrl, Scroll
from ...schemas.wire import Json, State
from .editing import changed, way_of
from .mutant import Mutant
from .sampling import MOST_PAGES, spread_over
from .sound import Sound, Turn, parsed

__all__ = ["as_on", "markers", "marks"]


def markers(sound: Sound) -> Iterator[Mutant]:
    """Give every page the markers of the last one, and the last one those of the first."""
    for walk in sound.walks:
        if len(walk) < 2:
            yield from _flags(sound, walk)
            continue
        last_index, last = walk[-1]
        for index, turn in spread_over(walk[:-1], MOST_PAGES):
            yield from _marked(sound, index, turn, last, "end_early")
        yield from _marked(sound, last_index, last, walk[0][1], "end_late")
        yield from _flags(sound, walk)


def marks(contract: Contract) -> list[Location]:
    """Name the places where a page of *contract* says whether there is more."""
    walk = contract.walk
    flag = [] if walk.more is None else [walk.more]
    if walk.trailing_cursor:  # the cursor says nothing of the end
        return flag
    return [*flag, walk.next] if isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll) else flag


def as_on(contract: Contract, turn: Turn, like: Turn) -> Turn | None:
    """Let *turn* say of more pages what *like* says; None where that cannot be written."""
    for place in map(way_of, marks(contract)):
        found = like.reads(place)
        response = changed(turn, place, UNSET if found.state is State.ABSENT else found.value)
        if response is None:
            return None
        turn = replace(turn, response=response, body=parsed(response))
    return turn


def _marked(sound: Sound, index: int, turn: Turn, like: Turn, mutation: MutationName) -> Iterator[Mutant]:
    marked = as_on(sound.contract, turn, like)
    if marked is not None and marked.response != turn.response:
        where = " and ".join(map(str, marks(sound.contract)))
        yield Mutant(mutation=mutation, place=where, turn=turn.name, outcomes={index: marked.response})


def _flags(sound: Sound, walk: tuple[tuple[int, Turn], ...]) -> Iterator[Mutant]:
    """Turn the flag alone to the other of its values, with the cursor left as it is."""
    place = sound.contract.walk.more
    if place is None:
        return
    said = [found.value for _, turn in walk if (found := turn.reads(place)).state is not State.ABSENT]
    for index, turn in spread_over(walk, MOST_PAGES):
        contrary = _contrary(turn.reads(place).value, said)
        if contrary is not None:
            response = changed(turn, place, contrary)
            if response is not None:
                yield Mutant(mutation="flag_turned", place=str(place), turn=turn.name, outcomes={index: response})


def _contrary(value: Json, said: Sequence[Json]) -> Json:
    """The other of the two values of a flag, which may be words or numbers; None where there are not two.

    >>> _contrary(True, [True]), _contrary("Y", ["Y", "Y", "N"]), _contrary(3, [2, 3, 4]), _contrary("Y", ["Y"])
    (False, 'N', None, None)
    """
    if isinstance(value, bool):
        return not value
    others = [other for other in said if other != value]
    return (
        others[0] if isinstance(value, str | int) and others and all(other == others[0] for other in others) else None
    )
