"""Cursors: to the page itself, back to an earlier one, ahead over one, and where there is no more."""

from __future__ import annotations

from collections.abc import Iterator

from ...schemas.blindness import MutationName
from ...schemas.location import Location
from ...schemas.walk import Continue, Cursor, Link, NextUrl, Scroll
from ...schemas.wire import Json, State
from .editing import changed, way_of
from .mutant import Mutant
from .sampling import MOST_PAGES, spread_over
from .sound import Sound, Turn

__all__ = ["cursors"]


def cursors(sound: Sound) -> Iterator[Mutant]:
    """Let every cursor of every walk lead to each place to which it must not lead."""
    walk = sound.contract.walk
    if not isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll):
        return
    for pages in sound.walks:
        given = [_given(turn, walk.next) for _, turn in pages]
        for at, (index, turn) in spread_over(list(enumerate(pages)), MOST_PAGES):
            for to in _others(at, len(pages)):
                cursor = given[to]
                if cursor is not None:
                    yield from _leading(index, turn, walk.next, cursor, _name(at, to, len(pages)))


def _others(at: int, pages: int) -> list[int]:
    """The pages whose cursors are tried on the one numbered *at*: all of a short walk; of a long one the nearest and the outermost.

    >>> _others(1, 4), _others(40, 100)
    ([0, 2, 3], [0, 38, 39, 41, 98])
    """
    near = range(pages) if pages <= MOST_PAGES else (0, at - 2, at - 1, at + 1, pages - 2)
    return [to for to in sorted(set(near)) if 0 <= to < pages and to != at]


def _given(turn: Turn, place: Location) -> Json:
    """What *turn* gives to go on with; None where it gives nothing."""
    found = turn.reads(way_of(place))
    return found.value if found.state in (State.VALUE, State.TRUE) else None


def _name(at: int, to: int, pages: int) -> MutationName:
    """Name a cursor on the page numbered *at* that is really that of the page *to*, and so leads to the one behind it."""
    leads = to + 1
    if at == pages - 1:
        return "cursor_after_the_end"
    if leads == at:
        return "cursor_looped"
    return "cursor_back" if leads < at else "cursor_ahead"


def _leading(index: int, turn: Turn, place: Location, cursor: Json, mutation: MutationName) -> Iterator[Mutant]:
    response = changed(turn, way_of(place), cursor)
    if response is not None:
        yield Mutant(
            mutation=mutation, place=str(place), turn=turn.name, outcomes={index: response}, detail=str(cursor)
        )
