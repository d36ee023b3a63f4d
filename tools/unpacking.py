"""From a whole message to a response: content codings undone, digests matched.

Never reads a socket; a message that is damaged inside its framing comes out as a fault.
"""

from __future__ import annotations

from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Headers, Request, Response
from ..validators.integrity import decoded, digests
from .fault import fault_of
from .message import Message

__all__ = ["unpacked"]


def unpacked(message: Message, request: Request, *, limit: int, received_at: float, peer: str) -> Response | Fault:
    """Return the response that *message* is to *request*, with at most *limit* bytes of content."""
    content = decoded(message.content, message.headers, limit=limit) if message.framing != "none" else b""
    if isinstance(content, Finding):
        return fault_of(content, sent="maybe")
    matched = _matched(message, request, content) if message.framing != "none" else ()
    if isinstance(matched, Finding):
        return fault_of(matched, sent="maybe")
    return Response(
        status=message.status,
        headers=message.headers,
        content=content,
        framing=message.framing,
        received_at=received_at,
        wire_bytes=len(message.content),
        digests=matched,
        peer=peer,
    )


def _matched(message: Message, request: Request, content: bytes) -> tuple[str, ...] | Finding:
    required = request.integrity if 200 <= message.status < 300 else ()
    return digests(_digest_fields(message, request), coded=message.content, content=content, required=required)


def _digest_fields(message: Message, request: Request) -> Headers:
    """The fields and trailers that may hold digests of this content: some are about another one unless it is a read."""
    fields = message.headers + message.trailers
    if message.status == 200 and request.method in ("GET", "QUERY"):
        return fields
    return tuple(line for line in fields if line[0] not in ("repr-digest", "docker-content-digest"))
