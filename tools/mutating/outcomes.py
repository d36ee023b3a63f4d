"""Stop reasons: a generated answer that says that it was cut, refused, paused or failed, or for no known reason, or none."""

from __future__ import annotations

from collections.abc import Iterator

from ...schemas.generation import Outcome as Reasons
from ...schemas.location import Location
from ...schemas.wire import Json, Response, State
from ...validators.reading import at, every
from .editing import changed, put
from .events import events_of, of_events, retold, told
from .mutant import Mutant
from .sound import Sound, Turn

__all__ = ["outcomes"]


def outcomes(sound: Sound) -> Iterator[Mutant]:
    """Let every answer stop for each reason that is no good one."""
    reasons = sound.contract.complete.outcome
    if reasons is None:
        return
    for index, turn in sound.pages:
        for place in dict.fromkeys(part.at for part in reasons.at):
            for word in _words(reasons):
                for response in _stopping(sound, turn, place, word):
                    yield Mutant(
                        mutation="stop_reason",
                        place=str(place),
                        turn=turn.name,
                        outcomes={index: response},
                        detail=str(word),
                    )


def _words(reasons: Reasons) -> list[Json]:
    bad = (*reasons.truncated, *reasons.paused, *reasons.refused, *reasons.tools, *reasons.failed)
    return [*dict.fromkeys(bad), "a_reason_that_nobody_knows", None]


def _stopping(sound: Sound, turn: Turn, place: Location, word: Json) -> Iterator[Response]:
    events = events_of(sound.contract, turn)
    if events is None:
        found = turn.reads(place) if place.source == "body" and "*" not in place.path.split("/") else None
        if found is not None and found.state is not State.ABSENT:
            response = changed(turn, place, word)
            yield from () if response is None else (response,)
        elif place.source == "body":
            yield from _everywhere(turn, place, word)
        return
    holding = [number for number, event in enumerate(events) if _holds(event, place)]
    for number in holding[-1:]:
        value = told(events[number])
        event = retold(events[number], put(value, _where(value, place), word))
        yield of_events(turn.response, [*events[:number], event, *events[number + 1 :]])


def _everywhere(turn: Turn, place: Location, word: Json) -> Iterator[Response]:
    for where, found in every(turn.body.value, place.path):
        if found.state is State.VALUE:
            response = changed(turn, Location("body", where), word)
            yield from () if response is None else (response,)


def _where(value: Json, place: Location) -> str:
    return next(where for where, found in every(value, place.path) if found.state is State.VALUE)


def _holds(event: bytes, place: Location) -> bool:
    value = told(event)
    named = place.source == "terminal" or place.parameter in ("*", _name(event, value))
    return named and value is not None and any(found.state is State.VALUE for _, found in every(value, place.path))


def _name(event: bytes, value: Json) -> str:
    for line in event.splitlines():
        if line.startswith(b"event:"):
            return line[6:].strip().decode(errors="replace")
    kind = at(value, "/type").value
    return kind if isinstance(kind, str) else ""
