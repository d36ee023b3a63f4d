"""Streams as a sound service writes them: events that hold the items, or the pieces of a generated text, and the one that ends them.

What an event must look like is derived from the contract; the families of model endpoints have their own scripts (`models.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from ...schemas.condition import Mark
from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.location import Location, steps_of
from ...schemas.walk import Stream
from ...schemas.wire import Headers, Json
from ...validators.stream import MEDIA, Format
from .models import Event, Speech, family_of
from .page import Turn, common, counted, moment, revision
from .sheet import Sheet, laid
from .signals import sent_at
from .speech import body_of, speech
from .values import fitting
from .wire import Said
from .yielding import settle, yielding

__all__ = ["Plain", "Written", "generated", "message", "spoken", "streamed"]

Written: TypeAlias = list[Event]
_BATCH: Final = 10  # items in one event, where an event holds a list of them


def streamed(turn: Turn) -> Written:
    """Write a list as a stream: its events, the one that ends it last."""
    contract = turn.contract
    items = contract.response.items or Items()
    if items.at == "":
        events = [Event("", item) for item in turn.items]
    else:
        batches = [list(turn.items[start : start + _BATCH]) for start in range(0, len(turn.items), _BATCH)]
        events = [Event("", laid(_blank(turn), steps_of(items.at), batch)) for batch in batches]
    walk = contract.walk
    if not isinstance(walk, Stream):
        return events
    return _coherent(turn, walk, [*events, _ending(turn, walk, walk.terminal[0])])


def _blank(turn: Turn) -> Json:
    """An event of which nothing is said yet."""
    schema = turn.contract.response.schema
    return {} if schema is None else fitting(schema, turn.seed, "event", lean=True)


def _ending(turn: Turn, walk: Stream, mark: Mark) -> Event:
    """The event that ends a stream, with the total in it where it belongs there."""
    if mark.data is not None:
        return Event(mark.event or "", mark.data, literal=True)
    event = _marked(_blank(turn), mark)
    total = turn.contract.complete.total
    body = event.data
    if total is not None and total.at.source in ("terminal", "event") and not turn.uncounted:
        body = laid(body, steps_of(total.at.path), counted(turn))
        if total.relation is not None:
            body = laid(body, steps_of(total.relation.at.path), total.relation.is_)
    return Event(event.name, body)


def _marked(body: Json, mark: Mark) -> Event:
    """Let an event of *body* bear *mark*."""
    sheet = Sheet(url="", body=body)
    if mark.at is not None:
        settle((mark,), sheet, 200)
    return Event(mark.event or "", sheet.body)


def _coherent(turn: Turn, walk: Stream, events: Written) -> Written:
    """Say in each event what shows that all are of one piece."""
    if walk.initial and events:
        first = walk.initial[0]
        events = [Event(first.event or events[0].name, _marked(events[0].data, first).data), *events[1:]]
    return [_told(turn, walk, event, number) for number, event in enumerate(events)]


def _told(turn: Turn, walk: Stream, event: Event, number: int) -> Event:
    if event.literal:
        return event
    body = event.data
    for place, value in _facts(turn, walk, number):
        if place.source == "event" and place.parameter in ("*", event.name):
            body = laid(body, steps_of(place.path), value)
    sheet = Sheet(url="", body=body)
    yielding(turn.contract.response, sheet, turn.contract.response.status[0])
    return replace(event, data=sheet.body)


def _facts(turn: Turn, walk: Stream, number: int) -> Sequence[tuple[Location, Json]]:
    complete = turn.contract.complete
    facts: list[tuple[Location, Json]] = [(place, "amber-1") for place in walk.same]
    facts += [(place, revision(turn, place)) for place in walk.stable]
    if walk.numbered is not None:
        facts.append((walk.numbered, number))
    if complete.fresh is not None and complete.fresh.at is not None:
        facts.append((complete.fresh.at, moment(turn, complete.fresh.at)))
    return facts


# ---------------------------------------------------------------------------------------- generated texts


@dataclass(frozen=True, slots=True)
class Plain:
    """A generated answer that is no stream."""

    body: Json


def generated(turn: Turn) -> Written | Plain:
    """Write a generated answer: its events, or one body where the contract knows no stream."""
    walk, said = turn.contract.walk, spoken(turn)
    if not isinstance(walk, Stream):
        return Plain(body_of(turn.contract, said))
    family = family_of(walk)
    return _derived(turn, walk, said) if family is None else family(said)


def spoken(turn: Turn) -> Speech:
    """What is said in answer to *turn*."""
    outcome = turn.contract.complete.outcome
    limit = None if outcome is None else outcome.limit
    asked = None if limit is None else sent_at(turn.heard, limit.send)
    return speech(turn.contract, turn, asked if isinstance(asked, int) and not isinstance(asked, bool) else None)


def _derived(turn: Turn, walk: Stream, said: Speech) -> Written:
    """Events for a contract of which only the places are known."""
    generation = turn.contract.response.generation
    if generation is None:
        return []
    place = next((part for part in generation.text if part.at.source == "event"), None)
    events: Written = []
    for piece in said.pieces if place is not None else ():
        sheet = Sheet(url="", body=_blank(turn))
        if place is not None:
            path = place.at.path + place.read
            sheet.body = laid(_listed(sheet.body, path), steps_of(path.replace("*", "0")), piece)
            name = place.at.parameter if place.at.parameter not in (None, "*") else ""
            events.append(Event(name or "", sheet.body))
    last = _ending(turn, walk, walk.terminal[0])
    if not last.literal:
        last = Event(last.name, _summed_up(turn.contract, last.data, said))
    elif events:
        events[-1] = Event(events[-1].name, _summed_up(turn.contract, events[-1].data, said))
    return _coherent(turn, walk, [*events, last])


def _listed(body: Json, path: str) -> Json:
    return body if "*" not in path else laid(body, steps_of(path.partition("/*")[0]), [{}])


def _summed_up(contract: Contract, body: Json, said: Speech) -> Json:
    """Say in the last event why the answer stopped, and what it cost."""
    generation, outcome = contract.response.generation, contract.complete.outcome
    if generation is None or outcome is None:
        return body
    facts = (
        (tuple(part.at for part in outcome.at), said.reason),
        (generation.model, said.model),
        (generation.input_tokens, said.input_tokens),
        (generation.output_tokens, said.output_tokens),
    )
    for places, value in facts:
        at = next((place for place in places if place.source in ("terminal", "event")), None)
        body = body if at is None else laid(body, steps_of(at.path), value)
    return body


# --------------------------------------------------------------------------------------------- on the wire


def message(turn: Turn, events: Written) -> Said:
    """Write *events* as one message."""
    sheet = Sheet(url=turn.heard.url, body=None)
    common(sheet, turn.contract, turn)
    form, media = _form(turn.contract)
    accepted = turn.contract.response.framing
    total = turn.contract.complete.total
    if total is not None and total.at.source == "header" and not turn.uncounted:
        sheet.put(total.at, counted(turn))
    fields = {**sheet.headers, "content-type": media}
    return Said(
        status=turn.contract.response.status[0],
        headers=_headers(fields),
        content=_WRITERS[form](events),
        framing="chunked" if "chunked" in accepted else accepted[0],
    )


def _headers(fields: Mapping[str, str]) -> Headers:
    return tuple(fields.items())


def _form(contract: Contract) -> tuple[Format, str]:
    """How events follow one another, and the media type that says so."""
    walk, media = contract.walk, contract.response.media
    for one in media:
        if one in MEDIA:
            return MEDIA[one], one
    named = walk.format if isinstance(walk, Stream) else None
    return named or "array", media[0]


def _data(event: Event) -> str:
    return str(event.data) if event.literal else json.dumps(event.data, separators=(",", ":"), ensure_ascii=False)


def _server_sent(events: Written) -> bytes:
    blocks = ((f"event: {event.name}\n" if event.name else "") + f"data: {_data(event)}\n\n" for event in events)
    return "".join(blocks).encode()


def _typed(event: Event) -> Event:
    """Where the stream itself gives no names, they are members of the data."""
    named = event.name and isinstance(event.data, dict) and not event.literal
    return Event("", {"type": event.name, **event.data}) if named and isinstance(event.data, dict) else event


def _lines(events: Written) -> bytes:
    return "".join(f"{_data(_typed(event))}\n" for event in events).encode()


def _sequence(events: Written) -> bytes:
    return "".join(f"\x1e{_data(_typed(event))}\n" for event in events).encode()


def _array(events: Written) -> bytes:
    return ("[" + ",".join(_data(_typed(event)) for event in events) + "]").encode()


_WRITERS: Final = {"sse": _server_sent, "jsonl": _lines, "seq": _sequence, "array": _array}
