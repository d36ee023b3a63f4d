"""From the bytes of one response to the events of a stream: server-sent events, JSON lines, or the elements of one array.

It reads what is there and never repairs: a stream that stops inside an event is cut, and data that is neither strict JSON
nor a literal that the contract declares is refused.  No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import msgspec

from ..schemas.condition import Mark
from ..schemas.verdict import Finding
from ..schemas.walk import Stream
from ..schemas.wire import Response
from . import strict_json
from .holding import holds
from .reading import ABSENT, Event, Found, Message, state_of

__all__ = ["MEDIA", "Format", "ended", "format_of", "marked", "streamed", "told"]

Format: TypeAlias = Literal["sse", "jsonl", "seq", "array"]

MEDIA: Mapping[str, Format] = {
    "text/event-stream": "sse",
    "application/x-ndjson": "jsonl",
    "application/ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/x-jsonlines": "jsonl",
    "application/json-lines": "jsonl",
    "application/json-seq": "seq",  # RFC 7464
}
"""The media types that say how events follow one another."""

_RAW = msgspec.json.Decoder(list[msgspec.Raw])


def format_of(walk: Stream, media: str, body: Found) -> Format | None:
    """Say how events follow one another in content of the type *media*; None where it is one plain JSON value, *body*.

    The media type is believed first, then the contract; one JSON array is a stream of its elements.
    """
    if media in MEDIA:
        return MEDIA[media]
    if walk.format == "jsonl":
        return "jsonl"
    if isinstance(body.value, list):
        return "array"
    return "sse" if walk.format == "sse" and body is ABSENT else None


def streamed(walk: Stream, response: Response, form: Format, *, cut: str) -> Message | Finding:
    """Read *response* as a stream in the given *form*: all of its events, those that do not count too.

    *cut* is the code for a stream that stops inside an event.
    """
    events: list[Event] = []
    for number, block in enumerate(_BLOCKS[form](response.content), 1):
        event = _event(walk, block) if isinstance(block, _Block) else _stopped(block, cut)
        if isinstance(event, Finding):
            return replace(event, where=f"event {number}")
        events.append(event)
    return Message(response, ABSENT, tuple(events))


def ended(walk: Stream, message: Message, *, cut: str) -> Message | Finding:
    """Leave out of *message* the events that do not count; the last of the others must end it, and no other may."""
    events = tuple(event for event in message.events or () if marked(walk.ignore, event, message.response) is None)
    marks = [marked(walk.terminal, event, message.response) for event in events]
    first = next((number for number, mark in enumerate(marks, 1) if mark is not None), None)
    if first is None:
        said = "the stream stopped before the event that ends it"
        return Finding(code=cut, message=said, where="stream", have=len(events))
    if first != len(events):
        said = "events came after the one that ends the stream"
        return Finding(code="surplus_bytes", message=said, where=f"event {first + 1}", have=len(events), expected=first)
    mark = marks[-1]
    return replace(message, events=events, ended=None if mark is None else told(mark))


def told(mark: Mark) -> str:
    """Name *mark* in the words of the file.

    >>> told(Mark(event="message_stop")), told(Mark(data="[DONE]"))
    ('the event message_stop', 'the data [DONE]')
    """
    if mark.event is not None:
        return f"the event {mark.event}"
    return f"the data {mark.data}" if mark.data is not None else f"an event with {mark.at}"


# ------------------------------------------------------------------------------------------------- marks


def marked(marks: tuple[Mark, ...], event: Event, response: Response) -> Mark | None:
    """Return the first of *marks* that *event* bears; None where it bears none."""
    message = Message(response, event.value)
    return next((mark for mark in marks if _bears(event, mark) and holds(mark, message)), None)


def _bears(event: Event, mark: Mark) -> bool:
    named = mark.event is None or mark.event == event.name
    return named and (mark.data is None or mark.data.encode() == event.data)


# ------------------------------------------------------------------------------------------------ events


@dataclass(frozen=True, slots=True)
class _Block:
    """One event before its data is understood; *name* is empty where the stream itself gives none."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Cut:
    """The content stops inside an event."""


_Blocks: TypeAlias = Iterator[_Block | _Cut | Finding]


def _stopped(block: _Cut | Finding, cut: str) -> Finding:
    return Finding(code=cut, message="the stream stopped inside an event") if isinstance(block, _Cut) else block


def _event(walk: Stream, block: _Block) -> Event | Finding:
    parsed = strict_json.parse(block.data)
    if isinstance(parsed, Finding):
        literal = Event(block.name, block.data, ABSENT)
        return literal if _declared(walk, literal) else parsed
    value = parsed.value
    named = value.get("type") if isinstance(value, dict) else None
    name = block.name or (named if isinstance(named, str) else "")
    return Event(name, block.data, Found(state_of(value), value))


def _declared(walk: Stream, literal: Event) -> bool:
    """Whether data that is no JSON is what the contract names, or one line that does not count.

    Of several lines the others are another event, whose beginning was lost.
    """
    named = [mark for mark in (*walk.terminal, *walk.ignore) if mark.data is not None]
    aside = () if b"\n" in literal.data else walk.ignore
    return any(_bears(literal, mark) for mark in (*named, *aside) if mark.at is None)


# ------------------------------------------------------------------------------------------------- forms

_NAME = re.compile(r"[^\s\"{}\[\]]*")  # a name that holds data has swallowed the line behind it
_LINE_ENDS = re.compile(r"\r\n|\n|\r")  # WHATWG HTML, 9.2.5: these three, and no other of Unicode's


def _server_sent(content: bytes) -> _Blocks:
    """Read server-sent events (WHATWG HTML, 9.2.5 and 9.2.6), but stricter: bad UTF-8, odd names and unknown fields are refused."""
    try:
        *lines, rest = _LINE_ENDS.split(content.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data"
        yield _Cut() if cut else Finding(code="not_json", message="the stream is not UTF-8")
        return
    name, data, open_ = "", list[str](), False
    for line in lines:
        field, _, value = line.partition(":")
        value, open_ = value.removeprefix(" "), open_ or bool(field)
        match field:
            case "" if not line:
                if data:
                    yield _Block(name, "\n".join(data).encode())
                name, data, open_ = "", [], False
            case "event" if _NAME.fullmatch(value):
                name = value
            case "data":
                data.append(value)
            case "" | "id" | "retry":  # comments, and what only matters to who connects again
                pass
            case _:  # ignored by browsers; here it may be what is left of an event
                yield Finding(code="framing_error", message="a line of the stream is no field and no comment")
                return
    if open_ or rest:
        yield _Cut()


def _lines(content: bytes) -> _Blocks:
    """Read JSON lines: each is ended by a line feed, the last one too, or nobody knows whether it is whole."""
    *lines, rest = content.split(b"\n")
    yield from (_Block("", line.strip()) for line in lines if line.strip())
    if rest.strip():
        yield _Cut()


def _sequence(content: bytes) -> _Blocks:
    """Read a JSON text sequence: each text between a record separator and a line feed (RFC 7464, 2.1 and 2.4)."""
    before, *texts = content.split(b"\x1e")
    if before.strip():
        yield Finding(code="framing_error", message="the sequence does not begin with a record separator")
        return
    for text in texts:
        yield _Block("", text.strip()) if text.endswith(b"\n") else _Cut()


def _elements(content: bytes) -> _Blocks:
    """Take the elements of one array, already known to be strict JSON."""
    yield from (_Block("", bytes(element)) for element in _RAW.decode(content))


_BLOCKS: dict[Format, Callable[[bytes], _Blocks]] = {
    "sse": _server_sent,
    "jsonl": _lines,
    "seq": _sequence,
    "array": _elements,
}
