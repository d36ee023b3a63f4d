"""Streams: cut at an event, an event lost, doubled or moved, and one that says less than it should."""

from __future__ import annotations

from collections.abc import Iterator

from ...schemas.blindness import MutationName
from .events import events_of, of_events, retold, told
from .mutant import Mutant
from .sampling import spread_over
from .sound import Sound, Turn

__all__ = ["streams"]

_MOST = 24


def streams(sound: Sound) -> Iterator[Mutant]:
    """Do to the events of every streamed answer what a dropped connection or a lossy relay does."""
    for index, turn in sound.pages:
        events = events_of(sound.contract, turn)
        if events is not None:
            yield from _cut(index, turn, events)
            yield from _moved(index, turn, events)
            yield from _emptied(index, turn, events)


def _mutant(mutation: MutationName, index: int, turn: Turn, events: list[bytes], detail: str) -> Mutant:
    response = of_events(turn.response, events)
    return Mutant(mutation=mutation, place="stream", turn=turn.name, outcomes={index: response}, detail=detail)


def _cut(index: int, turn: Turn, events: list[bytes]) -> Iterator[Mutant]:
    for kept in spread_over(range(len(events)), _MOST):
        yield _mutant("stream_cut", index, turn, events[:kept], f"after {kept} of {len(events)} events")


def _moved(index: int, turn: Turn, events: list[bytes]) -> Iterator[Mutant]:
    for at in spread_over(range(len(events)), _MOST):
        number = f"event {at + 1}"
        if at < len(events) - 1:  # without the last one it is cut
            yield _mutant("event_lost", index, turn, [*events[:at], *events[at + 1 :]], number)
        yield _mutant("event_doubled", index, turn, [*events[: at + 1], *events[at:]], number)
        if at and events[at] != events[at - 1]:
            moved = [*events[: at - 1], events[at], events[at - 1], *events[at + 1 :]]
            yield _mutant("events_exchanged", index, turn, moved, number)


def _emptied(index: int, turn: Turn, events: list[bytes]) -> Iterator[Mutant]:
    """Say `{}` in the place of what an event says."""
    for at in spread_over(range(len(events)), _MOST):
        if told(events[at]) is not None:
            emptied = retold(events[at], {})
            yield _mutant("event_emptied", index, turn, [*events[:at], emptied, *events[at + 1 :]], f"event {at + 1}")
