"""Requests over HTTP whose body cannot be read exactly: refused before the MCP application reads them its own way.

It is plain ASGI around that application, and reads no body of more than the most bytes that one may have.
"""

from __future__ import annotations

from typing import Final

from mcp.server.transport_security import RequestBodyLimitMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..schemas.verdict import Finding
from ..validators import strict_json
from .lines import line_of, unreadable

__all__ = ["exactly"]

_SILENT: Final = "empty_body"
"""What is found where nothing was sent, which the application answers itself."""


def exactly(inner: ASGIApp, *, limit: int) -> ASGIApp:
    """Return *inner* behind a reader that lets nothing but strict JSON of at most *limit* bytes through."""

    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await inner(scope, receive, send)
            return
        first = await receive()
        if (refusal := _refusal(first)) is not None:
            await refusal(scope, receive, send)
            return
        await inner(scope, _after(first, receive), send)

    return RequestBodyLimitMiddleware(read, limit)


def _refusal(message: Message) -> Response | None:
    """Return the answer to a whole body that is no strict JSON; what is not whole comes from a client that has gone."""
    if message["type"] != "http.request" or message.get("more_body", False):
        return None
    body = bytes(message.get("body", b""))
    parsed = strict_json.parse(body)
    if not isinstance(parsed, Finding) or parsed.code == _SILENT:
        return None
    return Response(line_of(unreadable(body, parsed).error), status_code=400, media_type="application/json")


def _after(first: Message, receive: Receive) -> Receive:
    """Return *receive*, which gives *first* once more."""
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
