"""What stands before the MCP application over HTTP: health, the token, draining, and answers put in as they are.

It is plain ASGI and knows nothing of MCP: a result leaves the SDK with a random word in the place of each large
member, and the member's JSON takes the word's place in the bytes that go out.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["VISIT", "Doors", "Visit"]

VISIT: Final = "unabridged.visit"
"""Where a request's scope holds its `Visit`."""

_WORD = re.compile(rb'"[0-9a-f]{32}"')


class Visit:
    """One request while it is being answered."""

    def __init__(self) -> None:
        self._members: dict[bytes, bytes] = {}
        self._left: list[Callable[[], None]] = []
        self._start: Message | None = None
        self._answered = False
        self._gone = False

    def hold(self, members: Mapping[str, bytes]) -> dict[str, Any]:
        """Keep the JSON of *members*, and return the words that stand for them until they leave."""
        words = {name: secrets.token_hex(16) for name in members}
        self._members.update({f'"{words[name]}"'.encode(): content for name, content in members.items()})
        return words

    def when_left(self, call: Callable[[], None]) -> None:
        """Call *call* if the client goes before its answer is complete."""
        self._left.append(call)
        if self._gone:
            call()

    def watched(self, receive: Receive) -> Receive:
        """Return *receive*, watched for the client's leaving."""

        async def watch() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.leave()
            return message

        return watch

    def leave(self) -> None:
        """Note that the client is gone; means nothing once the answer is complete."""
        if self._answered or self._gone:
            return
        self._gone = True
        for call in self._left:
            call()

    def filled(self, send: Send) -> Send:
        """Return *send*, which puts the held members into what goes out."""

        async def fill(message: Message) -> None:
            if message["type"] == "http.response.start" and self._members:
                self._start = message
                return
            if message["type"] == "http.response.body":
                await self._body(message, send)
                return
            await send(message)

        return fill

    async def _body(self, message: Message, send: Send) -> None:
        body = message.get("body", b"")
        whole = _WORD.sub(self._held, body) if self._members else body
        if self._start is not None:
            await send(_lengthened(self._start, len(whole) - len(body)))
            self._start = None
        self._answered = not message.get("more_body", False)
        await send({**message, "body": whole})

    def _held(self, word: re.Match[bytes]) -> bytes:
        return self._members.pop(word[0], word[0])


def _lengthened(start: Message, by: int) -> Message:
    headers = [
        (name, str(int(value) + by).encode() if name.lower() == b"content-length" else value)
        for name, value in start.get("headers", ())
    ]
    return {**start, "headers": headers}


class Doors:
    """The ASGI application in front of *inner*, which serves the path *at*.

    `/healthz` says that the process lives, `/readyz` whether it takes requests; both are open to everyone.  All else
    needs the token, if there is one.
    """

    def __init__(self, inner: ASGIApp, *, at: str, token: str | None) -> None:
        self._inner = inner
        self._at = at
        self._token = token
        self._visits = 0
        self._empty = anyio.Event()
        self.draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        match scope["path"]:
            case "/healthz":
                await _say(send, 200, "ok")
            case "/readyz":
                await _say(send, *((503, "draining") if self.draining else (200, "ready")))
            case _ if (challenge := self._challenge(scope)) is not None:
                await _say(send, 401, "unauthorized", (b"www-authenticate", challenge))
            case path if path != self._at:
                await _say(send, 404, f"not found; MCP is served at {self._at}")
            case _ if self.draining:
                await _say(send, 503, "draining", (b"retry-after", b"1"), (b"connection", b"close"))
            case _:
                await self._pass(scope, receive, send)

    async def emptied(self) -> None:
        """Wait until no request is being answered, but for streams that the client opened with GET."""
        while self._visits:
            self._empty = anyio.Event()
            await self._empty.wait()

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = scope[VISIT] = Visit()
        counted = scope["method"] == "POST"
        self._visits += counted
        try:
            await self._inner(scope, visit.watched(receive), visit.filled(send))
        finally:
            visit.leave()
            self._visits -= counted
            self._empty.set()

    def _challenge(self, scope: Scope) -> bytes | None:
        """Return what a request without the right token is asked for (RFC 6750, 3); None where it may pass."""
        if self._token is None:
            return None
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if not given:
            return b'Bearer realm="unabridged"'
        scheme, _, token = given[0].partition(b" ")
        right = hmac.compare_digest(token.strip(), self._token.encode())
        if right and scheme.lower() == b"bearer" and len(given) == 1:
            return None
        return b'Bearer realm="unabridged", error="invalid_token"'


async def _say(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = text.encode() + b"\n"
    plain = (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*plain, *headers]})
    await send({"type": "http.response.body", "body": body})
