"""Sound conversations to corrupt: a desk of tickets that speaks as its contract says, in memory."""

from __future__ import annotations

import json
from typing import Any

from tests.scripted import Script, World, answer, contract, query
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Request, Response
from unabridged.tools.call import call
from unabridged.tools.mutating.listening import Tap, sounded
from unabridged.tools.mutating.sound import Sound

__all__ = [
    "AT",
    "CURSORS",
    "GENERATED",
    "NOTHING",
    "OFFSETS",
    "PROMISING_NOTHING",
    "TWICE",
    "desk",
    "generating",
    "spoken",
]

AT = 1_000_000.0
TICKETS: list[Json] = [{"id": number, "subject": f"Ticket {number}"} for number in range(1, 9)]


def desk(request: Request) -> Response:
    """Eight tickets, in pages of 3 or of the size that is asked for, with a cursor, a flag and a count."""
    asked = query(request)
    start, size = int(asked.get("after", asked.get("offset", "0"))), int(asked.get("size", "3"))
    end = start + size
    more = end < len(TICKETS)
    meta: dict[str, Json] = {"more": more, "next": str(end) if more else None}
    body: dict[str, Json] = {**meta, "count": len(TICKETS), "partial": False, "tickets": TICKETS[start:end]}
    return answer(body, fields={"date": "Mon, 12 Jan 1970 13:46:40 GMT"})


_SCHEMA = {
    "type": "object",
    "required": ["tickets", "more", "count"],
    "properties": {"tickets": {"type": "array"}, "more": {"type": "boolean"}, "count": {"type": "integer"}},
}
_ITEM = {
    "type": "object",
    "required": ["id", "subject"],
    "properties": {"id": {"type": "integer"}, "subject": {"type": "string", "minLength": 1}},
}
_SIZE = {"send": "query:size", "ask": 3}

CURSORS = contract(
    response={"schema": _SCHEMA, "items": {"at": "/tickets", "id": "/id", "schema": _ITEM}},
    walk={
        "kind": "cursor",
        "more": "/more",
        "next": "/next",
        "send": "query:after",
        "end": {"more": {"true": "continue", "false": "end"}, "next": {"value": "continue", "null": "end"}},
        "page_size": _SIZE,
    },
    complete={"require": "counted", "total": {"at": "/count"}, "fresh": {"max_age": 3600}},
)
"""Everything that the desk offers, but for a second walk."""

TWICE = contract(
    response={"schema": _SCHEMA, "items": {"at": "/tickets", "id": "/id", "schema": _ITEM}},
    walk={"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after", "page_size": _SIZE},
    complete={"require": "differential", "differential": {"page_size": 2}},
)
"""A second walk, and no count."""

OFFSETS = contract(
    response={"items": {"at": "/tickets", "id": "/id"}},
    walk={"kind": "offset", "send": "query:offset", "page_size": _SIZE},
    complete={"require": "counted", "total": {"at": "/count"}},
)
"""A count that is the only mark of the end."""

NOTHING: dict[str, Any] = {
    "response": {"items": {"at": "/tickets"}},
    "walk": {
        "kind": "cursor",
        "next": "/next",
        "send": "query:after",
        "end": {"next": {"value": "continue", "null": "end", "absent": "end", "empty": "end"}},
        "absence": {"documented": "https://desk.test/docs", "liveness": "none"},
        "page_size": _SIZE,
    },
    "complete": {"require": "heuristic"},
}
PROMISING_NOTHING = contract(**NOTHING)
"""A contract that takes nearly anything."""

GENERATED = contract(
    claim="generation",
    response={
        "media": ["text/event-stream"],
        "generation": {"text": "event:piece:/text"},
    },
    walk={"kind": "stream", "terminal": {"event": "done"}, "numbered": "event:*:/number"},
    complete={
        "outcome": {"at": "terminal:/reason", "accept": "stop", "truncated": "length", "refused": "filter"},
    },
)
"""A text in numbered pieces, with the reason why it stopped."""

_EVENTS = [
    {"type": "piece", "number": 1, "text": "Hello"},
    {"type": "piece", "number": 2, "text": ", there"},
    {"type": "piece", "number": 3, "text": "."},
    {"type": "done", "number": 4, "reason": "stop"},
]


def generating(_: Request) -> Response:
    """A text in three pieces."""
    content = "".join(f"data: {json.dumps(event)}\n\n" for event in _EVENTS).encode()
    return Response(
        status=200,
        headers=(("content-type", "text/event-stream"),),
        content=content,
        framing="chunked",
        received_at=AT,
        wire_bytes=len(content),
    )


async def spoken(promise: Contract, script: Script = desk, **arguments: Any) -> Sound:
    """Call *promise* where *script* answers, and take down what was said."""
    world = World(script)
    tap = Tap(world.open)
    whole = await call(promise, arguments, surroundings=tap.around(world.surroundings()))
    assert isinstance(whole, Delivered), whole.verdict.findings
    whole.payload.close()
    sound = await sounded(promise, arguments, tap.exchanges, at=AT, environment={})
    assert isinstance(sound, Sound), sound.verdict.findings
    return sound
