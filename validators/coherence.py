"""Are the events of one stream of one piece: none lost, none twice, none of another answer, as far as they tell themselves?

Only what the contract declares is looked at.  A service that leaves a number or an identifier out is not refused for it.
No I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.walk import Stream
from ..schemas.wire import State
from .reading import Found, Message, at, equal, integer, spread
from .stream import marked

__all__ = ["incoherent"]


def incoherent(walk: Stream, message: Message) -> Finding | None:
    """Find what shows that the events of *message*, which has come to its end, are not of one piece."""
    return next((finding for check in _CHECKS if (finding := check(walk, message)) is not None), None)


def _begins_once(walk: Stream, message: Message) -> Finding | None:
    for number, event in enumerate(message.events or () if walk.initial else (), 1):
        if (marked(walk.initial, event, message.response) is None) == (number == 1):
            says = "it does not begin with the event that begins it" if number == 1 else "a second stream begins in it"
            return _broken(says, f"event {number}")
    return None


def _is_one(walk: Stream, message: Message) -> Finding | None:
    for place in walk.same:
        if (where := _changed(_said(message, place))) is not None:
            return _broken("its events belong to different answers", where)
    return None


def _is_stable(walk: Stream, message: Message) -> Finding | None:
    for place in walk.stable:
        said = _said(message, place)
        if not said:
            missing = "the mark of stability is missing"
            return Finding(code="mutated_during_walk", message=missing, where=str(place), have="absent")
        if (where := _changed(said)) is not None:
            return Finding(code="mutated_during_walk", message="the mark of stability changed", where=where)
    return None


def _is_numbered(walk: Stream, message: Message) -> Finding | None:
    due: tuple[int, ...] = (0, 1)
    for where, found in [] if walk.numbered is None else _said(message, walk.numbered):
        number = integer(found)
        if number is None or number not in due:
            return _misnumbered("its events are not numbered without a gap", where, number, due[0])
        due = (number + 1,)
    return None


def _is_of_blocks(walk: Stream, message: Message) -> Finding | None:
    blocks, due, inside = walk.blocks, 0, False
    for place, event in enumerate(message.events or () if blocks else (), 1):
        if blocks is None or event.name not in (blocks.open, blocks.piece, blocks.close):
            continue
        number = integer(at(event.value.value, blocks.number))
        if number != due or inside == (event.name == blocks.open):
            says = "its blocks are not opened, written and closed one after another"
            return _misnumbered(says, f"event {place}:{blocks.number}", number, due)
        inside = event.name != blocks.close
        due += not inside
    return _broken("its last block is never closed", "stream") if inside else None


_Check: TypeAlias = Callable[[Stream, Message], Finding | None]
_CHECKS: tuple[_Check, ...] = (_begins_once, _is_numbered, _is_of_blocks, _is_one, _is_stable)


def _said(message: Message, place: Location) -> list[tuple[str, Found]]:
    """What stands at *place* in all events, but for nothing."""
    nothing = (State.ABSENT, State.NULL, State.EMPTY)
    return [(where, found) for where, found in spread(message, place) if found.state not in nothing]


def _changed(said: list[tuple[str, Found]]) -> str | None:
    """Where something else is said than at first."""
    return next((where for where, found in said if not equal(found.value, said[0][1].value)), None)


def _broken(says: str, where: str) -> Finding:
    return Finding(code="broken_stream", message=f"the stream is not of one piece: {says}", where=where)


def _misnumbered(says: str, where: str, number: int | None, due: int) -> Finding:
    message, have = f"the stream is not of one piece: {says}", "no number" if number is None else number
    return Finding(code="broken_stream", message=message, where=where, have=have, expected=due)
