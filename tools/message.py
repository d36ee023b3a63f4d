"""One request sent and one response read over one connection, to the proven end of the message.

Never interprets a status or a body, never sends twice, and never raises but for cancellation.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import anyio.lowlevel
import h11

from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Framing, Headers, Sent
from ..validators.integrity import framing
from .connection import Connection
from .fault import fault, fault_of

__all__ = ["Message", "Outgoing", "exchange"]

_INTERIM: Final = 16  # 1xx responses before the final one
_EVENTS: Final = 256  # protocol events before other tasks get a turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request as it stands on the wire."""

    method: str
    target: str
    headers: Headers = field(repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A response read to its proven end, content still coded.  *trailers* are the fields behind the content."""

    status: int
    headers: Headers
    trailers: Headers
    content: bytes = field(repr=False)
    framing: Framing


async def exchange(
    connection: Connection, request: Outgoing, *, limit: int, accepted: Sequence[Framing]
) -> Message | Fault:
    """Send *request* and read its response, at most *limit* bytes of content, its end marked in an *accepted* way."""
    try:
        await _send(connection, request)
        return await _receive(connection, request, limit, accepted)
    except h11.LocalProtocolError:
        return fault("definition_error", "The request cannot be written as HTTP/1.1.", sent=_sent(connection))
    except h11.RemoteProtocolError:
        return _cut(connection) if connection.ended else _faulty(connection)
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return _cut(connection)
    except ssl.SSLError:
        return fault("tls_failed", "TLS failed during the exchange.", sent=_sent(connection))
    except OSError:
        return _cut(connection)


def _sent(connection: Connection) -> Sent:
    return "maybe" if connection.sent else "never"


def _cut(connection: Connection) -> Fault:
    if not connection.sent:
        return fault("unreachable", "The connection was lost before the request was sent.", sent="never")
    when = "within the response" if connection.received else "before any response"
    return fault("truncated_body", f"The connection ended {when}.", sent="maybe")


def _faulty(connection: Connection) -> Fault:
    return fault("framing_error", "The response breaks HTTP's framing rules.", sent=_sent(connection))


async def _send(connection: Connection, request: Outgoing) -> None:
    send = connection.protocol.send
    head = h11.Request(method=request.method, target=request.target, headers=list(request.headers))
    parts = (send(head), send(h11.Data(data=request.content)) if request.content else b"", send(h11.EndOfMessage()))
    try:
        await connection.send(b"".join(part for part in parts if part))
    except OSError:
        if not connection.sent:
            raise  # else the server may have answered before it read everything (RFC 9112, 9.5)


async def _receive(
    connection: Connection, request: Outgoing, limit: int, accepted: Sequence[Framing]
) -> Message | Fault:
    head = await _head(connection)
    if isinstance(head, Fault):
        return head
    headers = _fields(head.headers)
    version = head.http_version.decode("ascii")
    mark = framing(method=request.method, status=head.status_code, version=version, headers=headers)
    if isinstance(mark, Finding):
        return fault_of(mark, sent="maybe")
    if mark not in accepted and mark != "none":
        detail = f"Nothing marks the end of the response (status {head.status_code}) but the end of the connection."
        return fault("unproven_end", detail, sent="maybe")
    body = await _content(connection, _length(headers) if mark == "content-length" else None, limit)
    if isinstance(body, Fault):
        return body
    content, trailers = body
    if _has_surplus(connection):
        return fault("surplus_bytes", "Bytes came after the end of the message.", sent="maybe")
    return Message(status=head.status_code, headers=headers, trailers=trailers, content=content, framing=mark)


async def _head(connection: Connection) -> h11.Response | Fault:
    for _ in range(_INTERIM):
        match await _next(connection):
            case h11.Response() as head:
                return head
            case h11.InformationalResponse():
                continue
            case _:
                return _cut(connection)
    return fault("framing_error", "The interim responses do not end.", sent="maybe")


async def _content(connection: Connection, length: int | None, limit: int) -> tuple[bytes, Headers] | Fault:
    if length is not None and length > limit:
        return _too_large(length, limit)
    kept = bytearray()
    events = 0
    while True:
        match await _next(connection):
            case h11.Data() as part:
                kept += part.data
            case h11.EndOfMessage() as end:
                return bytes(kept), _fields(end.headers)
            case _:
                return _cut(connection)
        if len(kept) > limit:
            return _too_large(len(kept), limit)
        events += 1
        if events % _EVENTS == 0:
            await anyio.lowlevel.checkpoint()


def _too_large(have: int, limit: int) -> Fault:
    detail = "The content is larger than the contract allows."
    return fault("body_too_large", detail, sent="maybe", have=have, expected=limit)


async def _next(connection: Connection) -> h11.Event:
    while True:
        event = connection.protocol.next_event()
        if isinstance(event, h11.Event):
            return event
        connection.protocol.receive_data(await connection.receive())


def _has_surplus(connection: Connection) -> bool:
    surplus, _ = connection.protocol.trailing_data
    return bool(surplus) or (not connection.ended and connection.waiting() == "bytes")


def _fields(lines: Sequence[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in lines)


def _length(headers: Headers) -> int:
    return next(int(value.split(",")[0]) for name, value in headers if name == "content-length")
