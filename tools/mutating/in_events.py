"""What the events of a streamed list say: a field of an item, an item that became another, and the count in the event that ends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...schemas.blindness import MutationName
from ...schemas.condition import Unset
from ...schemas.wire import Json, Response, State
from ...validators.reading import at, every, integer
from .editing import put, without
from .events import events_of, of_events, retold, told
from .fields import wrong
from .items import another
from .mutant import Mutant
from .places import required
from .sampling import spread_over
from .sound import Sound, Turn
from .totals import miscounts

__all__ = ["in_events"]


def in_events(sound: Sound) -> Iterator[Mutant]:
    """Corrupt what is in the events of every streamed list, as `fields`, `items` and `totals` do it on a page."""
    for index, turn in sound.pages:
        events = events_of(sound.contract, turn)
        if events:
            yield from _items(sound, index, turn, events)
            yield from _total(sound, index, turn, events)


def _items(sound: Sound, index: int, turn: Turn, events: Sequence[bytes]) -> Iterator[Mutant]:
    items = sound.contract.response.items
    if items is None or items.at != "" or isinstance(turn.body.value, list):  # a list is read, and edited, as a page
        return
    values = [told(event) for event in events[:-1]]
    for pointer in dict.fromkeys((*(items.id or ()), *required(items.schema, values))):
        there = [
            (number, where, found.value)
            for number, value in enumerate(values)
            if value is not None
            for where, found in every(value, pointer)
            if found.state is not State.ABSENT
        ]
        for number, where, value in spread_over(there, 3):
            changes: list[tuple[MutationName, Json | Unset]] = [*wrong(value)]
            if pointer in (items.id or ()) and (other := another(value)) is not None:
                changes.append(("item_substituted", other))
            for mutation, new in changes:
                response = _saying(turn, events, number, where, new)
                if response is not None:
                    place = "items" if mutation == "item_substituted" else f"event:*:{pointer}"
                    yield Mutant(
                        mutation=mutation,
                        place=place,
                        turn=turn.name,
                        outcomes={index: response},
                        detail=f"item {number + 1}" if place == "items" else f"{where} of item {number + 1}",
                    )


def _total(sound: Sound, index: int, turn: Turn, events: Sequence[bytes]) -> Iterator[Mutant]:
    total, last = sound.contract.complete.total, len(events) - 1
    if total is None or not total.exact or total.at.source != "terminal" or sound.contract.claim.single:
        return
    stated = integer(at(told(events[last]), total.at.path))
    for mutation, new in miscounts(stated, held=last):
        response = _saying(turn, events, last, total.at.path, new)
        if response is not None:
            yield Mutant(mutation=mutation, place=str(total.at), turn=turn.name, outcomes={index: response})


def _saying(turn: Turn, events: Sequence[bytes], number: int, pointer: str, new: Json | Unset) -> Response | None:
    """Let the event *number* say *new* at *pointer*; None where it would say nothing, or the same."""
    value = told(events[number])
    if isinstance(new, Unset) and not pointer:
        return None
    said = without(value, pointer) if isinstance(new, Unset) else put(value, pointer, new)
    if said == value:
        return None
    return of_events(turn.response, [*events[:number], retold(events[number], said), *events[number + 1 :]])
