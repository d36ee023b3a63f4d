"""A server that says a recorded stream with one fault in it, at any boundary between two chunks.

A fault is a function from a recording and a boundary to what is said; `sound` says everything.  Each request gets the
next of several, the last one again and again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.standins.streams import Recording
from tests.wire.raw import Peer, Upstream, upstream

__all__ = [
    "BREAKS",
    "ORDERS",
    "Fault",
    "Said",
    "busy",
    "overloaded",
    "relabelled",
    "replaying",
    "sound",
    "stalled",
    "wrapped",
]

_LAST = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said to one request, and what becomes of the connection: kept, closed, reset, or silent for good."""

    content: bytes
    then: Literal["kept", "closed", "reset", "silent"] = "kept"


Fault: TypeAlias = Callable[[Recording, int], Said]


def _marked(chunks: Sequence[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


def _begun(recording: Recording, chunks: Sequence[bytes]) -> bytes:
    return recording.head + b"\r\n\r\n" + _marked(chunks)


def _whole(recording: Recording, chunks: Sequence[bytes]) -> Said:
    return Said(_begun(recording, chunks) + _LAST)


def sound(recording: Recording) -> Said:
    """Everything, as it was recorded."""
    return _whole(recording, recording.chunks)


# ------------------------------------------------------------------ faults that break a stream off or break it open


def ended(recording: Recording, boundary: int) -> Said:
    """The message ends properly, too early."""
    return _whole(recording, recording.chunks[:boundary])


def closed(recording: Recording, boundary: int) -> Said:
    """The connection is closed within the message."""
    return Said(_begun(recording, recording.chunks[:boundary]), "closed")


def reset(recording: Recording, boundary: int) -> Said:
    """The connection is reset within the message."""
    return Said(_begun(recording, recording.chunks[:boundary]), "reset")


def unreadable(recording: Recording, boundary: int) -> Said:
    """One byte in the middle of the next event is none of UTF-8."""
    return _whole(recording, _altered(recording, boundary, lambda event: _with(event, len(event) // 2, b"\xff")))


def unclosed(recording: Recording, boundary: int) -> Said:
    """The last bracket of the next event has become a space."""
    return _whole(recording, _altered(recording, boundary, lambda event: _with(event, len(event.rstrip()) - 1, b" ")))


def halved(recording: Recording, boundary: int) -> Said:
    """The second half of the next event is missing, its end too."""
    return _whole(recording, _altered(recording, boundary, lambda event: event[: len(event) // 2]))


def failed(recording: Recording, boundary: int) -> Said:
    """An error event comes, and the stream ends properly."""
    return _whole(recording, (*recording.chunks[:boundary], _ERRORS[recording.family]))


def interrupted(recording: Recording, boundary: int) -> Said:
    """An error event comes, and the stream goes on as if it had not."""
    return _whole(recording, (*recording.chunks[:boundary], _ERRORS[recording.family], *recording.chunks[boundary:]))


def replaced(recording: Recording, boundary: int) -> Said:
    """A proxy's page stands where the rest of the stream should."""
    return _whole(recording, (*recording.chunks[:boundary], _PAGE))


def _altered(recording: Recording, place: int, alter: Callable[[bytes], bytes]) -> tuple[bytes, ...]:
    return tuple(alter(chunk) if number == place else chunk for number, chunk in enumerate(recording.chunks))


def _with(event: bytes, place: int, byte: bytes) -> bytes:
    return event[:place] + byte + event[place + 1 :]


_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>\n\n"
_ERRORS: Mapping[str, bytes] = {
    "anthropic": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    "chat": b'data: {"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}\n\n',
    "responses": b'event: error\ndata: {"type":"error","code":"server_error","message":"The server had an error","param":null}\n\n',
    "gemini": b'data: {"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}\n\n',
}

BREAKS: Mapping[str, Fault] = {
    fault.__name__: fault
    for fault in (ended, closed, reset, unreadable, unclosed, halved, failed, interrupted, replaced)
}
"""Faults after which a stream must not be taken for whole, at whichever boundary."""

# ------------------------------------------------------------------ faults of a middlebox that loses the order of events


def doubled(recording: Recording, boundary: int) -> Said:
    """The next event comes twice."""
    chunks = recording.chunks
    return _whole(recording, (*chunks[:boundary], *chunks[boundary : boundary + 1], *chunks[boundary:]))


def dropped(recording: Recording, boundary: int) -> Said:
    """The next event is missing."""
    return _whole(recording, (*recording.chunks[:boundary], *recording.chunks[boundary + 1 :]))


def swapped(recording: Recording, boundary: int) -> Said:
    """The next two events come the other way round."""
    chunks = recording.chunks
    pair = chunks[boundary : boundary + 2]
    return _whole(recording, (*chunks[:boundary], *reversed(pair), *chunks[boundary + 2 :]))


ORDERS: Mapping[str, Fault] = {fault.__name__: fault for fault in (doubled, dropped, swapped)}
"""Faults that leave every event sound; whether they can be seen depends on what the family numbers or repeats."""

# ------------------------------------------------------------------ faults of the whole response


def stalled(recording: Recording, boundary: int) -> Said:
    """Nothing more comes, and the connection stays."""
    return Said(_begun(recording, recording.chunks[:boundary]), "silent")


def busy(recording: Recording, boundary: int = 0) -> Said:
    """Another time: 429 with Retry-After."""
    return _plain(b"429 Too Many Requests", _REFUSALS["busy"][recording.family], b"Retry-After: 3\r\n")


def overloaded(recording: Recording, boundary: int = 0) -> Said:
    """Too much to do: 529, or 503 where the family knows no other."""
    status = b"529 Overloaded" if recording.family == "anthropic" else b"503 Service Unavailable"
    return _plain(status, _REFUSALS["overloaded"][recording.family])


def relabelled(recording: Recording, boundary: int = 0) -> Said:
    """A stream under the name of plain JSON."""
    lines = recording.head.split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(b"content-type:")]
    head = b"\r\n".join([*kept, b"Content-Type: application/json"])
    return Said(head + b"\r\n\r\n" + _marked(recording.chunks) + _LAST)


def wrapped(recording: Recording, boundary: int = 0) -> Said:
    """Plain JSON under the name of a stream: the text of an answer, but no event."""
    content = b'{"text":"The harbour opens at six"}'
    return Said(_begun(recording, (content,)) + _LAST)


def _plain(status: bytes, content: bytes, fields: bytes = b"") -> Said:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
    return Said(head % (status, len(content), fields) + content)


_REFUSALS: Mapping[str, Mapping[str, bytes]] = {
    "busy": {
        "anthropic": b'{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}',
        "chat": b'{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
        "responses": b'{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}',
        "gemini": b'{"error":{"code":429,"message":"Resource exhausted","status":"RESOURCE_EXHAUSTED"}}',
    },
    "overloaded": {
        "anthropic": b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
        "chat": b'{"error":{"message":"The server is overloaded","type":"server_error","param":null,"code":null}}',
        "responses": b'{"error":{"message":"The server is overloaded","type":"server_error","param":null,"code":null}}',
        "gemini": b'{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}',
    },
}


@asynccontextmanager
async def replaying(*takes: Said) -> AsyncGenerator[Upstream]:
    """Serve *takes* on a free port of 127.0.0.1, one for each request, the last one for all others."""
    left = list(takes)

    async def behave(peer: Peer) -> None:
        while await peer.request():
            take = left.pop(0) if len(left) > 1 else left[0]
            await peer.say(take.content)
            match take.then:
                case "kept":
                    continue
                case "closed":
                    break
                case "reset":
                    await peer.reset()
                    break
                case "silent":
                    await peer.ended()
                    break

    async with upstream(behave) as server:
        yield server
